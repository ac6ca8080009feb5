"""Fixtures of all tests: small real pictures, a store in a temporary folder."""

from pathlib import Path

import pytest
import torch
from helpers import ARCHIVES, DATA_DIR, RAW, link_or_copy, load_small_split

from fashion_core.runs.store import RunStore

# The machine that runs the tests may be busy: two threads on two busy cores are slower than one.
torch.set_num_threads(1)


@pytest.fixture
def small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs see the first 300 real pictures of each split only.

    The archives are verified by SHA-256, so a smaller data set cannot be put on disk, and to
    evaluate 20,000 pictures after every epoch would take minutes in all.
    """
    monkeypatch.setattr("fashion_core.training.execute.load_split", load_small_split)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """Give an empty run store."""
    return RunStore(tmp_path / "runs")


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    """Give a data folder with the four real archives; replace one, never write into it."""
    raw = tmp_path / "data" / RAW
    raw.mkdir(parents=True)
    for name in ARCHIVES:
        link_or_copy(DATA_DIR / RAW / name, raw / name)
    return tmp_path / "data"
