"""`FashionCNN` and its layer table: the specification's blocks, private random generators."""

import copy
import math
import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from helpers import small_spec, small_split
from torch import nn

from fashion_core.architecture import layer_table, parameter_count
from fashion_core.classes import CLASS_NAMES, FAMILY, FAMILY_PAIRS, class_index
from fashion_core.config import RunSpec
from fashion_core.model import FashionCNN, GeneratorDropout
from fashion_core.training.recipe import as_network_input, make_optimizer, train_step

ASYMMETRIC = RunSpec(conv_widths=(3, 7), fc_widths=(11, 5), dropout=0.25)


def build(spec: RunSpec, seed: int = 1) -> FashionCNN:
    return FashionCNN(spec, torch.Generator().manual_seed(seed))


def leaves(model: nn.Module) -> list[nn.Module]:
    return [layer for layer in model.modules() if not list(layer.children())]


def batch(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Give the first real training pictures as the network wants them."""
    part = small_split("train").take(np.arange(count))
    return as_network_input(torch.tensor(part.images).unsqueeze(1)), torch.tensor(part.labels)


def parameters_of(layer: nn.Module) -> int:
    return sum(p.numel() for p in layer.parameters())


def measured_layers(model: FashionCNN) -> list[tuple[tuple[int, ...], int]]:
    """Run one picture through and note what every layer really gives."""
    rows: list[tuple[tuple[int, ...], int]] = []
    for layer in leaves(model):
        layer.register_forward_hook(
            lambda layer, _, output: rows.append((tuple(output.shape[1:]), parameters_of(layer)))
        )
    model.eval()(batch(1)[0])
    return rows


def random_states() -> tuple[object, ...]:
    return (torch.get_rng_state().tolist(), str(np.random.get_state()), random.getstate())


# Shape of the network


def test_default_network_has_1692106_parameters():
    assert parameters_of(build(RunSpec())) == 1_692_106
    assert parameter_count(RunSpec()) == 1_692_106


def test_blocks_follow_the_order_of_the_specification():
    conv = [nn.Conv2d, nn.ReLU, nn.BatchNorm2d, nn.MaxPool2d]
    fully_connected = [nn.Linear, nn.ReLU, GeneratorDropout]
    expected = [*conv, *conv, nn.Flatten, *fully_connected, *fully_connected, nn.Linear]
    assert [type(layer) for layer in leaves(build(RunSpec()))] == expected


@pytest.mark.parametrize("spec", [RunSpec(), ASYMMETRIC], ids=["default", "asymmetric"])
def test_layer_table_is_what_a_real_picture_meets(spec):
    table = [(row.output_shape, row.parameters) for row in layer_table(spec)]
    assert table == measured_layers(build(spec))


def test_layer_table_of_asymmetric_widths_by_hand():
    rows = {row.name: (row.output_shape, row.parameters) for row in layer_table(ASYMMETRIC)}
    assert rows["Conv 1: 3x3"] == ((3, 28, 28), 3 * 9 + 3)
    assert rows["Conv 2: 3x3"] == ((7, 14, 14), 7 * 3 * 9 + 7)
    assert rows["Flatten"] == ((7 * 7 * 7,), 0)
    assert rows["Fully connected 1"] == ((11,), 343 * 11 + 11)
    assert rows["Fully connected 2"] == ((5,), 11 * 5 + 5)
    assert rows["Output: linear + softmax"] == ((10,), 5 * 10 + 10)


def test_layer_table_names_the_layers_in_order():
    conv = ["Conv {}: 3x3", "ReLU", "BatchNorm", "MaxPool 2x2"]
    fully_connected = ["Fully connected {}", "ReLU", "Dropout 0.25"]
    expected = [name.format(block) for block in (1, 2) for name in conv] + ["Flatten"]
    expected += [name.format(block) for block in (1, 2) for name in fully_connected]
    assert [row.name for row in layer_table(ASYMMETRIC)] == [*expected, "Output: linear + softmax"]


def test_network_gives_ten_logits_and_no_probabilities():
    logits = build(RunSpec())(batch(4)[0])
    assert logits.shape == (4, 10)
    assert logits.min() < 0


def test_dropout_of_the_spec_reaches_both_layers():
    dropouts = [layer for layer in leaves(build(ASYMMETRIC)) if isinstance(layer, GeneratorDropout)]
    assert [layer.probability for layer in dropouts] == [0.25, 0.25]


# Start of training


def test_initial_loss_is_near_ln_10():
    images, labels = batch(200)
    with torch.no_grad():
        loss = nn.functional.cross_entropy(build(RunSpec()).eval()(images), labels)
    assert float(loss) == pytest.approx(math.log(10), abs=0.1)


def test_weights_start_as_torch_draws_them():
    """Uniform in +-1/sqrt(inputs): 1/sqrt(3136) for the first fully connected layer."""
    weight = build(RunSpec()).classifier[1][0].weight.detach()
    bound = 1 / math.sqrt(3_136)
    assert float(weight.abs().max()) == pytest.approx(bound, rel=1e-3)
    assert float(weight.std()) == pytest.approx(bound / math.sqrt(3), rel=0.01)


def test_every_weight_and_bias_is_set():
    """The layers are made without values; what was in memory must not remain."""
    one, other = build(RunSpec(), seed=1), build(RunSpec(), seed=2)
    normalised = {id(p) for layer in one.features for p in layer[2].parameters()}
    names = [name for name, p in one.named_parameters() if id(p) not in normalised]
    same = [n for n in names if torch.equal(one.get_parameter(n), other.get_parameter(n))]
    assert (len(names), same) == (10, [])


def test_same_generator_seed_gives_the_same_weights():
    one, other = build(ASYMMETRIC, seed=3).state_dict(), build(ASYMMETRIC, seed=3).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


# Random state


def test_building_a_network_leaves_all_random_states_alone():
    before = random_states()
    build(RunSpec())
    assert random_states() == before


def test_training_a_network_leaves_all_random_states_alone():
    model, before = build(small_spec()), random_states()
    train_step(model, make_optimizer(model, small_spec()), *batch(8))
    assert random_states() == before


def test_the_process_wide_generator_changes_nothing():
    torch.manual_seed(1)
    one = build(ASYMMETRIC)(batch(2)[0])
    torch.manual_seed(2)
    assert torch.equal(build(ASYMMETRIC)(batch(2)[0]), one)


# Dropout


def dropped(probability: float, seed: int, change: Callable = lambda layer: layer) -> torch.Tensor:
    """Give what dropout leaves of 100,000 ones."""
    generator = torch.Generator().manual_seed(seed)
    return change(GeneratorDropout(probability, generator))(torch.ones(100_000))


def test_same_seed_drops_the_same_units():
    assert torch.equal(dropped(0.25, seed=7), dropped(0.25, seed=7))
    assert not torch.equal(dropped(0.25, seed=7), dropped(0.25, seed=8))


def test_each_step_drops_other_units():
    layer = GeneratorDropout(0.25, torch.Generator().manual_seed(7))
    assert not torch.equal(layer(torch.ones(1_000)), layer(torch.ones(1_000)))


def test_dropout_drops_the_given_share_and_scales_up_the_rest():
    """A quarter of 100,000 dropped, standard deviation 137; the rest is 1 / 0.75."""
    values = dropped(0.25, seed=7)
    assert 24_300 < int((values == 0).sum()) < 25_700
    assert values.unique().tolist() == pytest.approx([0, 4 / 3])


def test_dropout_keeps_the_mean():
    assert float(dropped(0.25, seed=7).mean()) == pytest.approx(1, abs=0.01)


def test_dropout_of_0_is_the_identity():
    assert torch.equal(dropped(0, seed=7), torch.ones(100_000))


def test_dropout_is_the_identity_in_evaluation():
    assert torch.equal(dropped(0.25, seed=7, change=nn.Module.eval), torch.ones(100_000))


def test_evaluation_draws_nothing_from_the_generator():
    model = build(RunSpec()).eval()
    before = model.dropout_generator.get_state()
    model(batch(2)[0])
    assert torch.equal(model.dropout_generator.get_state(), before)


def test_both_dropout_layers_draw_from_the_generator_of_their_network():
    model = build(ASYMMETRIC)
    other = copy.deepcopy(model.dropout_generator.get_state())
    outputs = [model(batch(8)[0]) for _ in range(2) if model.dropout_generator.set_state(other)]
    assert torch.equal(*outputs)


# Classes


def test_classes_are_in_the_order_of_the_labels():
    """Counted in the data sheet: test pictures 0, 1 and 19 are a boot, a pullover, a T-shirt."""
    labels = small_split("test").labels
    assert [CLASS_NAMES[labels[i]] for i in (0, 1, 19)] == ["Ankle boot", "Pullover", "T-shirt/top"]


def test_the_family_is_shirt_like_and_its_pairs_are_all_six():
    assert [CLASS_NAMES[i] for i in FAMILY] == ["T-shirt/top", "Pullover", "Coat", "Shirt"]
    pairs = {frozenset((a, b)) for a in FAMILY for b in FAMILY if a != b}
    assert {frozenset(pair) for pair in FAMILY_PAIRS} == pairs
    assert len(FAMILY_PAIRS) == 6


def test_class_index_is_the_label_of_a_name():
    assert class_index("Coat") == 4


def test_a_name_that_is_no_class_is_refused_with_the_ten():
    with pytest.raises(ValueError, match=r"^Expected one of T-shirt/top, .*, got 'Hat'\.$"):
        class_index("Hat")
