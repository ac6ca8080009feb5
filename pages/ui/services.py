"""The bridge from pages to the core: one store, one engine, and what the store knows, cached."""

import atexit
import logging
import os
import sys
from pathlib import Path
from typing import Final, Literal

import streamlit as st

from fashion_core.analysis.headline import Headline, summarise
from fashion_core.analysis.scores import PictureScores
from fashion_core.data import LabelledImages, read_split
from fashion_core.engine.base import Engine, EngineChoice
from fashion_core.engine.embedding import NeighbourMaps
from fashion_core.engine.range_test import RangeTests
from fashion_core.engine.robustness import RobustnessTests
from fashion_core.engine.switch import MOST_SLOTS, open_engine
from fashion_core.epoch_scores import SplitName, read_scores
from fashion_core.errors import FashionError, StoreError
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.importing import import_folder
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.store import RunStore
from pages.ui.command_line import read_engine_choice, read_only
from pages.ui.sheet import load_sheet, make_sheet

ROOT: Final = Path(__file__).parents[2]
REFERENCE: Final = ROOT / "examples" / "reference-run"
SHEET_VERSION: Final = "1"  # the data set never changes; raise it when the layout does
_LOG: Final = logging.getLogger(__name__)
_CORE_NAME: Final[dict[SplitName, Literal["test", "val"]]] = {"test": "test", "validation": "val"}


@st.cache_resource(show_spinner=False)
def store() -> RunStore:
    """Open the run store of this server; the first start brings in the reference run."""
    return _open_store()


def is_read_only() -> bool:
    """Tell whether visitors of this server only watch: it computes and changes nothing."""
    return read_only(sys.argv[1:])


def check_writable() -> None:
    """Refuse a change on a server for watching, also one that no button of it asks for.

    Raises:
        FashionError: if this is one.
    """
    if is_read_only():
        raise FashionError("This dashboard is for watching only: nothing was changed.")


def annotations() -> RunAnnotations:
    """Give what people say about the runs of this server's store, to change it.

    Raises:
        FashionError: if this server is for watching only.
    """
    check_writable()
    return RunAnnotations(store())


def engine() -> Engine:
    """Give the one engine of this server, closed when the server exits.

    Raises:
        FashionError: if this server is for watching only.
    """
    check_writable()
    return _open_engine()


@st.cache_resource(show_spinner=False)
def engine_choice() -> EngineChoice:
    """Give where this server computes new runs; the engine looks at it before every run.

    How many at a time on this machine is what was chosen last, by whoever used the server before.
    """
    choice = read_engine_choice(sys.argv[1:])
    if choice.where != "cluster":
        choice.slots = min(QueueOrder(store()).slots() or choice.slots, MOST_SLOTS)
    return choice


def range_tests() -> RangeTests:
    """Give the range tests of this server; the one that is running ends with the server.

    Raises:
        FashionError: if this server is for watching only.
    """
    check_writable()
    return _open_range_tests()


def neighbour_maps() -> NeighbourMaps:
    """Give the t-SNE maps of this server; the one that is computed ends with the server.

    Raises:
        FashionError: if this server is for watching only.
    """
    check_writable()
    return _open_neighbour_maps()


def robustness_tests() -> RobustnessTests:
    """Give the robustness tests of this server; the one that is running ends with the server.

    Raises:
        FashionError: if this server is for watching only.
    """
    check_writable()
    return _open_robustness_tests()


@st.cache_resource(show_spinner=False, max_entries=2)
def pictures(split: SplitName) -> LabelledImages:
    """Give the pictures and labels of a split, read once per server."""
    return read_split(data_folder(), _CORE_NAME[split])


def data_folder() -> Path:
    """Give the folder of the data set."""
    return _folder("FASHION_DATA", "data")


@st.cache_resource(show_spinner=False)
def training_pictures() -> LabelledImages:
    """Give the 50,000 training pictures, 39 MB; a run learned from the first of them."""
    return read_split(_folder("FASHION_DATA", "data"), "train")


@st.cache_resource(show_spinner=False, max_entries=64)
def scores(run_id: str, epoch: int, split: SplitName) -> PictureScores:
    """Give what an epoch of a run says about every picture of a split."""
    return read_scores(store(), run_id, epoch, split=split, images=pictures(split))


@st.cache_data(show_spinner=False, max_entries=64)
def headline(run_id: str, epoch: int, split: SplitName) -> Headline:
    """Give the headline figures of an epoch with their intervals, computed once."""
    return summarise(scores(run_id, epoch, split))


def send_sheet(split: SplitName) -> None:
    """Hand all pictures of a split to the browser; call once on a page that shows pictures."""
    load_sheet(split, lambda: _sheet(split), SHEET_VERSION)


@st.cache_resource(show_spinner=False, max_entries=2)
def _sheet(split: SplitName) -> bytes:
    return make_sheet(pictures(split).images)


def _open_store() -> RunStore:
    opened = RunStore(_folder("FASHION_RUNS", "runs"))
    was_here = opened.root / f".{REFERENCE.name}"  # who removes it for good is rid of it
    if REFERENCE.is_dir() and not was_here.exists():
        try:
            import_folder(opened, REFERENCE)
            was_here.touch()
        except (StoreError, OSError):  # the store works without it
            _LOG.exception("The reference run could not be brought in.")
    return opened


@st.cache_resource(show_spinner=False)
def _open_engine() -> Engine:
    opened = open_engine(store(), data_folder(), engine_choice())
    atexit.register(opened.close)
    return opened


@st.cache_resource(show_spinner=False)
def _open_range_tests() -> RangeTests:
    opened = RangeTests(_folder("FASHION_DATA", "data"))
    atexit.register(opened.cancel)
    return opened


@st.cache_resource(show_spinner=False)
def _open_neighbour_maps() -> NeighbourMaps:
    opened = NeighbourMaps()
    atexit.register(opened.cancel)
    return opened


@st.cache_resource(show_spinner=False)
def _open_robustness_tests() -> RobustnessTests:
    opened = RobustnessTests(store(), data_folder())
    atexit.register(opened.cancel)
    return opened


def _folder(variable: str, default: str) -> Path:
    """Give a folder: from the environment if set, else beside `dashboard.py`."""
    return Path(os.environ.get(variable, ROOT / default))
