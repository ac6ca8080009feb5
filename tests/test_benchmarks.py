"""The benchmark: its counts, its ratios, and that it runs to the end."""

import subprocess
import sys

import pytest
import torch
from helpers import REPO_ROOT
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import counts
from benchmarks.report import median_ratio, table
from benchmarks.runner import Measured
from benchmarks.variants import Group, Variant, groups, quick_groups
from fashion_core.config import RunSpec
from fashion_core.model import FashionCNN
from fashion_core.training.recipe import generator

ASYMMETRIC = RunSpec(conv_widths=(5, 7), fc_widths=(11, 6), batch_size=3, dropout=0)


def build(spec: RunSpec) -> FashionCNN:
    return FashionCNN(spec, generator(0, "init", 0))


# Counts


def test_operations_of_the_default_network_are_those_counted_by_hand():
    """For example conv 2: 14 x 14 places x 64 channels x 9 x 32 products, 2 operations each."""
    assert counts.forward_flops(RunSpec()) == {
        "conv 1": 451_584,
        "conv 2": 7_225_344,
        "fully connected 1": 3_211_264,
        "fully connected 2": 131_072,
        "output": 2_560,
    }


def test_a_default_step_takes_32_times_three_passes_less_one_gradient():
    assert counts.step_flops(RunSpec()) == 32 * (3 * 11_021_824 - 451_584) == 1_043_644_416


def test_operations_agree_with_the_counter_of_torch():
    counter = FlopCounterMode(display=False)
    with counter:
        build(ASYMMETRIC)(torch.rand(3, 1, 28, 28)).sum().backward()
    assert counts.step_flops(ASYMMETRIC) == counter.get_total_flops()


@pytest.mark.parametrize("spec", [RunSpec(), ASYMMETRIC])
def test_parameters_are_those_of_the_network(spec):
    assert counts.parameters(spec) == sum(p.numel() for p in build(spec).parameters())


def test_adam_moves_seven_floats_a_parameter():
    assert counts.optimizer_bytes(RunSpec()) == 7 * 4 * 1_692_106


def test_the_limit_is_the_sum_of_computing_and_moving():
    """1.043644416 G operations at 100 G/s and 47.378968 MB at 10 GB/s."""
    seconds = counts.limit_seconds(RunSpec(), flops_per_second=100e9, bytes_per_second=10e9)
    assert seconds == pytest.approx(0.01043644416 + 0.0047378968)


# Ratios and table


def test_the_ratio_is_the_median_of_the_ratios_of_each_round():
    """Ratios 4, 2, 3: a slow round slows both and cancels."""
    assert median_ratio([4.0, 20.0, 6.0], [1.0, 10.0, 2.0]) == 3


def test_the_table_compares_with_the_first_variant_and_with_the_limit():
    variants = (Variant(name="a", path="plain"), Variant(name="b", path="ours"))
    group = Group(name="g", variants=variants, limit_threads=1)
    rates = {"flops": [1_043_644_416 / 0.01], "bandwidth": [1e30]}
    rows = table([Measured(group=group, seconds=[[0.04], [0.02]], warm_up=[1.0, 2.5], **rates)])
    assert rows.splitlines()[2:] == [
        "| g | a | 40.0 | 1.00 | 4.00 | 1.0 |",
        "| g | b | 20.0 | 2.00 | 2.00 | 2.5 |",
        "| g | the machine's limit | 10.0 | | 1 | |",
    ]


# Variants


@pytest.mark.parametrize("group", [*groups(compiler=True), *quick_groups()], ids=lambda g: g.name)
def test_every_group_starts_with_the_plain_loop(group):
    assert (group.variants[0].path, group.variants[0].options) == ("plain", ())


def test_a_variant_survives_the_way_to_its_process():
    variant = Variant(name="×", path="plain", options=("fused", "tensors"), passive=True)
    assert Variant.from_json(variant.to_json()) == variant


def test_nothing_is_compiled_without_a_compiler():
    variants = [variant for group in groups(compiler=False) for variant in group.variants]
    assert not [variant for variant in variants if "compiled" in variant.options]


# The whole


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_quick_benchmark_writes_its_table(tmp_path):
    """Half a minute on two cores; the time-out leaves room for a busy machine."""
    command = [sys.executable, "-m", "benchmarks.training", "--quick", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=REPO_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "training.md").read_text()
    assert page.count("| our default path |") == 1
    assert " cores, load " in page
