"""Pausing with every engine, on real pictures: background thread and own process."""

from dataclasses import replace

import pytest
from helpers import fingerprint, make_engine, train, wait_until

from fashion_core.config import RunSpec

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TINY = RunSpec(train_images=100, conv_widths=(2, 3), fc_widths=(8, 4), epochs=3)


@pytest.mark.parametrize("where", ["thread", "process"])
def test_a_paused_run_makes_room_and_goes_on_with_the_same_bits(where, store, tmp_path):
    """One test, because every start of a process costs seconds."""
    engine = make_engine(where, store)
    first, second = engine.start(TINY), engine.start(replace(TINY, seed=1, epochs=1))
    wait_until(lambda: store.run(first).epochs_done >= 1, timeout=120)
    engine.pause(first)
    wait_until(lambda: store.run(second).status == "finished", timeout=120)
    assert store.run(first).status == "paused"
    engine.resume(first)
    wait_until(lambda: not store.active(), timeout=120)
    engine.close()
    assert {run.status for run in store.runs()} == {"finished"}
    train(tmp_path / "alone", TINY)
    assert fingerprint(store.run_dir(first)) == fingerprint(tmp_path / "alone")
