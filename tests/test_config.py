"""`RunSpec`: defaults of the specification, sentences at the door, JSON both ways."""

import dataclasses
import json
import math

import pytest

from fashion_core.config import SUGGESTED_LEARNING_RATES, RunSpec

SPECIFICATION = {
    "learning_rate": 0.001,
    "epochs": 30,
    "batch_size": 32,
    "seed": 0,
    "dropout": 0.5,
    "conv_widths": [32, 64],
    "fc_widths": [512, 128],
    "horizontal_flip": False,
    "train_images": 50_000,
    "threads": 1,
}

# Fields that came later, each at a value that uses it.
LATER = {
    "schedule": "one-cycle",
    "weight_decay": 0.05,
    "label_smoothing": 0.125,
    "shift_pixels": 3,
    "erase_probability": 0.75,
    "average_decay": 0.996,
    "mirror_average": True,
    "precision": "bfloat16",
}

UNUSUAL = RunSpec(
    learning_rate=0.03,
    epochs=7,
    batch_size=48,
    seed=4_294_967_295,
    dropout=0.25,
    conv_widths=(3, 5),
    fc_widths=(11, 7),
    horizontal_flip=True,
    train_images=1_234,
    threads=2,
    **LATER,
)

RATE = "Expected a learning rate above 0 and at most 100, got {}."
RATE_NUMBER = "Expected learning rate to be a finite number, got {}."
DROPOUT = "Expected dropout from 0 to 0.95, got {}."
DROPOUT_NUMBER = "Expected dropout to be a finite number, got {}."
EPOCHS = "Expected epochs to be a whole number from 1 to 1,000, got {}."
BATCH = "Expected batch size to be a whole number from 1 to 10,000, got {}."
SEED = "Expected seed to be a whole number from 0 to 4,294,967,295, got {}."
IMAGES = "Expected training pictures to be a whole number from 100 to 50,000, got {}."
THREADS = "Expected threads to be a whole number from 1 to 64, got {}."
CONV = "Expected convolution widths to be two whole numbers, got {}."
CONV_WIDTH = "Expected convolution widths to be a whole number from 1 to 256, got {}."
FC = "Expected fully connected widths to be two whole numbers, got {}."
FC_WIDTH = "Expected fully connected widths to be a whole number from 1 to 2,048, got {}."
DECAY = "Expected weight decay from 0 to 1, got {}."
SMOOTHING = "Expected label smoothing from 0 to 0.5, got {}."
SHIFT = "Expected shift to be a whole number from 0 to 7, got {}."
ERASE = "Expected erase probability from 0 to 1, got {}."
AVERAGE = "Expected average decay from 0 to 0.9999, got {}."
AVERAGE_NUMBER = "Expected average decay to be a finite number, got {}."
MIRROR = "Expected mirror average to be true or false, got {}."
SCHEDULE = "Expected schedule to be constant or one-cycle, got {}."
PRECISION = "Expected precision to be float32 or bfloat16, got {}."
FLIP = "Expected horizontal flip to be true or false, got {}."

REFUSED = [
    ("learning_rate", 0, RATE.format("0")),
    ("learning_rate", -0.001, RATE.format("-0.001")),
    ("learning_rate", 100.5, RATE.format("100.5")),
    ("learning_rate", math.nan, RATE_NUMBER.format("nan")),
    ("learning_rate", math.inf, RATE_NUMBER.format("inf")),
    ("learning_rate", True, RATE_NUMBER.format("True")),
    ("learning_rate", "0.1", RATE_NUMBER.format("'0.1'")),
    ("learning_rate", None, RATE_NUMBER.format("None")),
    ("dropout", -0.1, DROPOUT.format("-0.1")),
    ("dropout", 0.96, DROPOUT.format("0.96")),
    ("dropout", math.nan, DROPOUT_NUMBER.format("nan")),
    ("dropout", -math.inf, DROPOUT_NUMBER.format("-inf")),
    ("dropout", False, DROPOUT_NUMBER.format("False")),
    ("dropout", "half", DROPOUT_NUMBER.format("'half'")),
    ("epochs", 0, EPOCHS.format("0")),
    ("epochs", 1_001, EPOCHS.format("1001")),
    ("epochs", 30.0, EPOCHS.format("30.0")),
    ("epochs", True, EPOCHS.format("True")),
    ("epochs", "30", EPOCHS.format("'30'")),
    ("epochs", math.nan, EPOCHS.format("nan")),
    ("batch_size", 0, BATCH.format("0")),
    ("batch_size", 10_001, BATCH.format("10001")),
    ("batch_size", math.inf, BATCH.format("inf")),
    ("batch_size", True, BATCH.format("True")),
    ("seed", -1, SEED.format("-1")),
    ("seed", 2**32, SEED.format("4294967296")),
    ("seed", 0.5, SEED.format("0.5")),
    ("seed", False, SEED.format("False")),
    ("train_images", 99, IMAGES.format("99")),
    ("train_images", 50_001, IMAGES.format("50001")),
    ("train_images", None, IMAGES.format("None")),
    ("threads", 0, THREADS.format("0")),
    ("threads", 65, THREADS.format("65")),
    ("threads", True, THREADS.format("True")),
    ("conv_widths", (32,), CONV.format("(32,)")),
    ("conv_widths", (32, 64, 128), CONV.format("(32, 64, 128)")),
    ("conv_widths", 32, CONV.format("32")),
    ("conv_widths", "34", CONV.format("'34'")),
    ("conv_widths", (32, 257), CONV_WIDTH.format("257")),
    ("conv_widths", (0, 64), CONV_WIDTH.format("0")),
    ("conv_widths", (True, 64), CONV_WIDTH.format("True")),
    ("conv_widths", (32, 64.0), CONV_WIDTH.format("64.0")),
    ("fc_widths", (), FC.format("()")),
    ("fc_widths", None, FC.format("None")),
    ("fc_widths", (512, 2_049), FC_WIDTH.format("2049")),
    ("fc_widths", (math.nan, 128), FC_WIDTH.format("nan")),
    ("horizontal_flip", 1, FLIP.format("1")),
    ("horizontal_flip", "false", FLIP.format("'false'")),
    ("horizontal_flip", None, FLIP.format("None")),
    ("weight_decay", -1e-3, DECAY.format("-0.001")),
    ("weight_decay", 1.01, DECAY.format("1.01")),
    ("label_smoothing", 0.51, SMOOTHING.format("0.51")),
    ("label_smoothing", -0.1, SMOOTHING.format("-0.1")),
    ("shift_pixels", 8, SHIFT.format("8")),
    ("shift_pixels", 1.0, SHIFT.format("1.0")),
    ("erase_probability", 1.5, ERASE.format("1.5")),
    ("average_decay", 1, AVERAGE.format("1")),
    ("average_decay", math.nan, AVERAGE_NUMBER.format("nan")),
    ("mirror_average", 1, MIRROR.format("1")),
    ("schedule", "cosine", SCHEDULE.format("'cosine'")),
    ("schedule", None, SCHEDULE.format("None")),
    ("precision", "float16", PRECISION.format("'float16'")),
    ("precision", [], PRECISION.format("[]")),
]


@pytest.mark.parametrize(("field", "value", "sentence"), REFUSED)
def test_a_value_out_of_range_is_refused_with_expected_and_got(field, value, sentence):
    with pytest.raises(ValueError, match="Expected") as refused:
        RunSpec(**{field: value})
    assert str(refused.value) == sentence


def test_every_field_has_a_refused_value():
    assert {field for field, _, _ in REFUSED} == set(SPECIFICATION) | set(LATER)
    assert {field.name for field in dataclasses.fields(RunSpec)} == set(SPECIFICATION) | set(LATER)


def test_mirror_images_are_asked_about_only_if_there_were_some_in_training():
    with pytest.raises(ValueError, match=r"^Expected mirror average only together with horizontal"):
        RunSpec(mirror_average=True)
    assert RunSpec(mirror_average=True, horizontal_flip=True).mirror_average


def test_a_whole_number_too_large_for_a_float_is_refused():
    with pytest.raises(
        ValueError, match=r"^Expected learning rate to be a finite number, got 1000"
    ):
        RunSpec(learning_rate=10**400)


@pytest.mark.parametrize(
    ("field", "low", "high"),
    [
        ("learning_rate", 1e-9, 100.0),
        ("epochs", 1, 1_000),
        ("batch_size", 1, 10_000),
        ("seed", 0, 2**32 - 1),
        ("dropout", 0.0, 0.95),
        ("conv_widths", (1, 1), (256, 256)),
        ("fc_widths", (1, 1), (2_048, 2_048)),
        ("train_images", 100, 50_000),
        ("threads", 1, 64),
        ("weight_decay", 0.0, 1.0),
        ("label_smoothing", 0.0, 0.5),
        ("shift_pixels", 0, 7),
        ("erase_probability", 0.0, 1.0),
        ("average_decay", 0.0, 0.9999),
    ],
)
def test_both_ends_of_a_range_are_accepted(field, low, high):
    assert getattr(RunSpec(**{field: low}), field) == low
    assert getattr(RunSpec(**{field: high}), field) == high


def test_defaults_are_the_specification():
    assert RunSpec().to_dict() == SPECIFICATION


def test_the_four_learning_rates_of_the_specification_are_suggested():
    assert SUGGESTED_LEARNING_RATES == (0.1, 0.01, 0.001, 0.0001)


@pytest.mark.parametrize(
    ("images", "batch_size", "steps"),
    [(50_000, 32, 1_563), (100, 32, 4), (96 + 32, 32, 4), (100, 101, 1), (100, 1, 100)],
)
def test_an_epoch_includes_the_smaller_last_batch(images, batch_size, steps):
    assert RunSpec(train_images=images, batch_size=batch_size).steps_per_epoch == steps


@pytest.mark.parametrize("spec", [RunSpec(), UNUSUAL])
def test_json_round_trip_gives_an_equal_spec(spec):
    assert RunSpec.from_json(spec.to_json()) == spec
    assert RunSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_json_of_a_spec_survives_reading_and_writing_unchanged():
    assert RunSpec.from_json(UNUSUAL.to_json()).to_json() == UNUSUAL.to_json()


def test_unusual_spec_differs_from_the_default_in_every_field():
    """Otherwise the round trip could lose a field unseen."""
    defaults = {field.name: field.default for field in dataclasses.fields(RunSpec)}
    unchanged = [name for name, value in defaults.items() if getattr(UNUSUAL, name) == value]
    assert unchanged == []
    assert UNUSUAL.to_dict().keys() == defaults.keys()


def test_a_later_field_at_its_default_is_left_out_of_the_text():
    """The text that the first release wrote, and by which stores compare specs."""
    assert RunSpec(seed=3).to_json() == (
        '{"batch_size": 32, "conv_widths": [32, 64], "dropout": 0.5, "epochs": 30, '
        '"fc_widths": [512, 128], "horizontal_flip": false, "learning_rate": 0.001, '
        '"seed": 3, "threads": 1, "train_images": 50000}'
    )
    written_out = RunSpec.from_dict({"weight_decay": 0, "precision": "float32", "seed": 3})
    assert written_out.to_json() == RunSpec(seed=3).to_json()


@pytest.mark.parametrize("field", LATER)
def test_a_later_field_in_use_is_written(field):
    spec = RunSpec(horizontal_flip=True, **{field: LATER[field]})
    assert spec.to_dict().keys() - SPECIFICATION.keys() == {field}
    assert RunSpec.from_json(spec.to_json()) == spec


def test_missing_fields_take_their_defaults():
    assert RunSpec.from_dict({"seed": 5}) == RunSpec(seed=5)


def test_equal_specs_give_equal_text():
    one = RunSpec(learning_rate=1, dropout=0, conv_widths=[3, 5])
    other = RunSpec(conv_widths=(3, 5), dropout=-0.0, learning_rate=1.0)
    assert one == other
    assert one.to_json() == other.to_json()


def test_a_spec_from_lists_can_be_hashed():
    assert hash(RunSpec(conv_widths=[3, 5])) == hash(RunSpec(conv_widths=(3, 5)))


def test_an_unknown_field_is_refused_by_name():
    with pytest.raises(ValueError, match=r"^Expected only the fields .*, got momentum\.$"):
        RunSpec.from_dict({"momentum": 0.9, "epochs": 3})


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "null", '"epochs"', "3"])
def test_text_that_is_no_json_object_is_refused(text):
    with pytest.raises(ValueError, match=r"^Expected a (run specification as JSON|JSON object)"):
        RunSpec.from_json(text)


@pytest.mark.parametrize("text", ['{"learning_rate": NaN}', '{"learning_rate": 1e999}'])
def test_json_numbers_that_are_not_finite_are_refused(text):
    with pytest.raises(ValueError, match="finite number"):
        RunSpec.from_json(text)


def test_a_spec_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RunSpec().epochs = 3


def test_a_run_is_as_specified_whatever_its_seed_and_threads():
    assert RunSpec(seed=7, threads=2).is_as_specified
    assert not RunSpec(train_images=2_000).is_as_specified
    assert not RunSpec(learning_rate=10).is_as_specified
