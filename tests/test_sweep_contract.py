"""Pausing with every engine, on real pictures: background thread and own process."""

from dataclasses import replace

import pytest
from helpers import DATA_DIR, fingerprint, train, wait_until

from fashion_core.config import RunSpec
from fashion_core.engine.process import ProcessEngine
from fashion_core.engine.thread import ThreadEngine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TINY = RunSpec(train_images=100, conv_widths=(2, 3), fc_widths=(8, 4), epochs=3)


@pytest.mark.parametrize("kind", [ThreadEngine, ProcessEngine])
def test_a_paused_run_makes_room_and_goes_on_with_the_same_bits(kind, store, tmp_path):
    """One test, because every start of a process costs seconds."""
    engine = kind(store, DATA_DIR)
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
