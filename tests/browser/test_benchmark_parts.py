"""The parts of the pages' benchmark that need a real server, made short."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks import live_cost, run_list, sliders
from benchmarks.live_cost import measure_live
from benchmarks.many_runs import measure_memory
from benchmarks.map_selection import measure_map
from benchmarks.run_list import measure_run_list
from benchmarks.sliders import measure_sliders
from benchmarks.try_it import measure_try
from benchmarks.ui_table import Row

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def apart(measure: Callable[..., list[Row]], *arguments: int) -> list[Row]:
    """Measure in another thread: Playwright has an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(measure, *arguments).result()


def test_a_run_is_watched_without_and_with_a_live_page(monkeypatch) -> None:
    monkeypatch.setattr(live_cost, "_ROUND", (0, 1))
    monkeypatch.setattr(live_cost, "_WINDOW_SECONDS", 3.0)
    monkeypatch.setattr(live_cost, "_WARM_STEPS", 5)
    alone, live = apart(measure_live, 1)
    assert (alone.what, live.what) == ("training with no page", "training with 1 live page")
    assert 0 < float(alone.result.split()[0]) < 10_000
    assert "server 0 ms" not in live.result
    assert "at least 0.00 times" not in live.result


def test_the_list_of_runs_and_its_page_are_timed_with_few_and_with_more(monkeypatch) -> None:
    monkeypatch.setattr(run_list, "_COUNTS", (1, 3))
    rows = apart(measure_run_list)
    assert [row.what for row in rows] == [
        "store.runs() with 1 runs of 30 epochs",
        "run of the Train page with 1 runs of 30 epochs",
        "store.runs() with 3 runs of 30 epochs",
        "run of the Train page with 3 runs of 30 epochs",
    ]
    assert all("median 0 ms" not in row.result for row in rows[1::2])


def test_both_sliders_are_moved_and_timed(monkeypatch) -> None:
    monkeypatch.setattr(sliders, "_EPOCHS", 3)
    rows = apart(measure_sliders, 2)
    assert [row.what for row in rows] == [
        "move of the slider of epochs to all pictures, 2 moves",
        "move of the slider of confidence to all pictures, 2 moves",
    ]
    assert all(0 < float(row.result.split()[1]) < 20_000 for row in rows)


def test_answers_to_a_changed_picture_are_timed() -> None:
    (row,) = apart(measure_try, 3)
    assert row.what == "move of a slider of Try it to the whole answer, 3 moves"
    assert 0 < float(row.result.split()[1]) < 3_000


def test_boxes_on_the_map_and_frames_under_the_hand_are_timed() -> None:
    first, boxes, *frames = apart(measure_map, 2)
    assert first.what == "map page, address to first drawing"
    assert boxes.what == "box on the map of 10,000 to its gallery, 2 boxes"
    assert 0 < float(boxes.result.split()[1]) < 20_000
    assert [row.what.split(",")[0].split()[-1] for row in frames] == ["hover", "lasso", "move"]
    assert all(0 < float(row.result.split()[1]) < 20_000 for row in frames)


@pytest.mark.timeout(600)  # 20 s of training on an idle machine
def test_memory_is_read_after_a_run_started_through_the_page() -> None:
    (row,) = apart(measure_memory, 1)
    assert row.what == "memory of the server after 1 short runs"
    assert 200 < float(row.result.split()[1]) < 4_000  # MiB, with PyTorch loaded
