"""The benchmark of the pages: its ratios, its made-up runs, and a page without a browser."""

import asyncio
import os
import threading

import psutil
import pytest
from helpers import run_apart
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element

from benchmarks import ui
from benchmarks.crowd import Round
from benchmarks.crowd import rows_of as crowd_rows
from benchmarks.live_components import LiveComponents
from benchmarks.live_timers import LiveTimers
from benchmarks.live_widgets import LiveWidgets
from benchmarks.live_windows import Window, rows_of, slowdowns
from benchmarks.made_runs import add_finished_runs
from benchmarks.many_runs import rows_of as memory_rows
from benchmarks.process_times import Memory, busiest_thread, memory_of, process_cpu, thread_times
from benchmarks.ui_table import Row, markdown, spread
from fashion_core.runs.folders import read_outcome
from fashion_core.runs.rebuild import rebuild
from fashion_core.runs.store import RunStore


def window(pages: int, steps: int, **changes) -> Window:
    """Give a window of 10 s in which the training thread computed 6 s and waited 2 s."""
    usual = {
        "seconds": 10.0,
        "trainer_cpu": 6.0,
        "trainer_waiting": 2.0,
        "server_cpu": 0.0,
        "clients_cpu": 0.0,
        "ticks": 0,
    }
    return Window(pages=pages, steps=steps, **{**usual, **changes})


# Windows of training with and without pages


def test_a_window_with_pages_is_compared_with_its_two_neighbours_only():
    """Beside 40 and 20 steps/s: 24 instead of 30 is a fifth slower."""
    windows = [window(p, s) for p, s in [(0, 400), (1, 240), (0, 200), (10, 50), (0, 300)]]
    assert slowdowns(windows, 1) == [pytest.approx(0.2)]
    assert slowdowns(windows, 10) == [pytest.approx(0.8)]


def test_blocked_is_neither_computing_nor_waiting_for_a_core():
    """10 s less 2 s of waiting leave 8 s, of which 6 s computed."""
    assert window(0, 100).blocked_fraction == pytest.approx(0.25)


def test_the_cost_of_a_page_is_shared_among_pages_and_seconds():
    assert window(4, 100).per_page(2.0) == pytest.approx(50)


def test_the_rows_name_the_slowest_page_and_the_clients_own_cost():
    live = window(2, 270, server_cpu=1.2, clients_cpu=0.1, ticks=9)
    alone, shared = rows_of([window(0, 300), live, window(0, 300)])
    assert alone.result == "30.0 steps/s, blocked 25.0 % of its time"
    assert shared.what == "training with 2 live pages"
    assert shared.result == (
        "10 % slower, blocked 25.0 % of its time; CPU a page-second: server 60 ms, client 5 ms; "
        "each page updated at least 0.90 times a second"
    )


# A class


def test_the_rows_of_a_class_compare_with_the_neighbours_and_take_all_visits_together():
    """Beside 40 and 20 steps/s, 15 is half as fast; beside 20 and 30, 20 is a fifth slower."""
    watching = (window(0, 400), window(30, 150, server_cpu=3.0), window(0, 200))
    visits = [{"what": what, "seconds": s} for what, s in [("Train", 2.0), ("a cell", 0.5)]]
    said = {"visits": visits, "problems": ["gone"], "pages": [{"errors": []}, {"errors": ["bad"]}]}
    rows = crowd_rows([Round(watching, [window(30, 200, server_cpu=6.0)], window(0, 300), said)])
    assert [(row.what, row.result) for row in rows] == [
        ("training with no page, for the class", "30.0 steps/s"),
        (
            "training with 30 that watch",
            "50 % slower (50 to 50 in 1 windows); CPU a page-second: server 10 ms",
        ),
        (
            "training with 30 that go from page to page",
            "20 % slower (20 to 20 in 1 windows); CPU a page-second: server 20 ms",
        ),
        ("errors of 30 visitors", "2 (gone)"),
        ("any page or cell", "median 1250 ms, p95 2000 ms, 2 times"),
        ("Train", "median 2000 ms, p95 2000 ms, 1 times"),
        ("a cell", "median 500 ms, p95 500 ms, 1 times"),
    ]


def sheet_delta(**data: object) -> Delta:
    delta = Delta(fragment_id="part")
    drawn = delta.new_element.bidi_component
    drawn.id, drawn.component_name = "sheet", "fashion_sheet"
    for name, value in data.items():
        setattr(drawn, name, value)
    return delta


def test_a_window_asks_for_the_pictures_it_lacks_once():
    components = LiveComponents()
    asked = components.take(sheet_delta(json='{"id": "test/1"}'))
    assert asked.fragment == "part"
    assert asked.state.id == "$$STREAMLIT_INTERNAL_KEY_sheet__events"
    assert asked.state.json_trigger_value == '[{"event":"missing","value":"test/1"}]'
    assert components.take(sheet_delta(json='{"id": "test/1"}')) is None
    assert components.awaited == {"test/1"}
    assert components.take(sheet_delta(bytes=b"\x06\0\0\0test/1PNG")) is None
    assert components.awaited == set()
    assert components.take(sheet_delta(json='{"id": "test/1"}')) is None


# What a page remembers as a browser does


def number_input(**values) -> Element:
    element = Element()
    for name, value in {"id": "n", **values}.items():
        setattr(element.number_input, name, value)
    return element


def button(label: str) -> Element:
    element = Element()
    element.button.id, element.button.label = f"id of {label}", label
    return element


def values(widgets: LiveWidgets) -> list[tuple[str, int]]:
    return [(state.id, state.int_value) for state in widgets.values().widgets]


def test_a_widget_has_its_default_until_the_script_sets_a_value():
    widgets = LiveWidgets()
    widgets.take(number_input(default=30))
    assert values(widgets) == [("n", 30)]
    widgets.take(number_input(default=7))
    assert values(widgets) == [("n", 30)]
    widgets.take(number_input(default=30, value=2, set_value=True))
    assert values(widgets) == [("n", 2)]


def test_every_kind_of_widget_sends_the_value_it_shows():
    widgets, box, choice, group = LiveWidgets(), Element(), Element(), Element()
    box.checkbox.id, box.checkbox.default = "box", True
    choice.selectbox.id, choice.selectbox.default = "choice", 1
    choice.selectbox.options.extend(["a", "b"])
    group.button_group.id = "group"
    group.button_group.default.append(1)
    for text in ("x", "y"):
        group.button_group.options.add(content=text)
    rate = number_input(id="rate", default=0.5, data_type=1)
    span, pages = Element(), Element()
    span.slider.id = "span"
    span.slider.default.extend([0.0, 100.0])
    pages.pagination.id, pages.pagination.default = "pages", 3
    for element in (box, choice, group, rate, span, pages):
        widgets.take(element)
    sent = {state.id: state for state in widgets.values().widgets}
    assert sent["box"].bool_value is True
    assert sent["choice"].string_value == "b"
    assert sent["group"].string_array_value.data == ["y"]
    assert sent["rate"].double_value == 0.5
    assert list(sent["span"].double_array_value.data) == [0.0, 100.0]
    assert sent["pages"].int_value == 3


def test_a_click_is_sent_once_and_with_all_values():
    widgets = LiveWidgets()
    widgets.take(number_input(default=30))
    widgets.take(button("Start"))
    clicked = widgets.values(clicked="Start").widgets
    assert [(state.id, state.trigger_value) for state in clicked] == [
        ("n", False),
        ("id of Start", True),
    ]
    assert values(widgets) == [("n", 30)]


def test_widgets_that_a_run_did_not_draw_are_forgotten():
    widgets = LiveWidgets()
    widgets.take(number_input(default=30))
    widgets.take(button("Stop"))
    widgets.start_run()
    widgets.take(number_input(id="other", default=4))
    widgets.end_run()
    assert values(widgets) == [("other", 4)]
    with pytest.raises(KeyError):
        widgets.values(clicked="Stop")


async def ticked(do) -> list[str]:
    """Let timers run until fragment "a" has been asked for three times; give what was asked."""
    asked, enough = [], asyncio.Event()

    async def rerun(fragment: str) -> None:
        asked.append(fragment)
        if asked.count("a") == 3:
            enough.set()

    timers = LiveTimers(rerun)
    do(timers)
    await asyncio.wait_for(enough.wait(), 10)
    timers.stop_all()
    return asked


def test_timers_ask_again_and_again_until_stopped():
    def do(timers: LiveTimers) -> None:
        timers.start("a", 0.01)
        timers.start("b", 0.001)
        timers.stop(["b", "unknown"])

    assert run_apart(ticked(do)) == ["a", "a", "a"]


def test_a_new_interval_replaces_the_old_one():
    def do(timers: LiveTimers) -> None:
        timers.start("a", 1_000)
        timers.start("b", 500)
        assert timers.fastest() == "b"
        timers.start("a", 0.01)
        assert timers.fastest() == "a"

    assert run_apart(ticked(do)) == ["a", "a", "a"]


# What the kernel counts


def test_the_busiest_thread_is_found_and_its_time_counted():
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            pass

    thread = threading.Thread(target=spin)
    thread.start()
    try:
        assert busiest_thread(os.getpid(), seconds=0.3) == thread.native_id
        assert thread_times(os.getpid(), thread.native_id).cpu > 0
    finally:
        stop.set()
        thread.join()


def test_cpu_and_memory_are_those_of_the_process():
    own = psutil.Process()
    assert process_cpu(os.getpid()) == pytest.approx(sum(own.cpu_times()[:2]), abs=0.2)
    memory = memory_of(os.getpid())
    assert memory.rss == pytest.approx(own.memory_info().rss, rel=0.05)
    assert 0 < memory.pss <= memory.rss


def test_growth_is_counted_from_the_second_run():
    """From 200 to 235 MiB are 36.7 MB; the first run loads PyTorch."""
    mebibytes = [100, 200, 210, 220, 235]
    memory = [Memory(rss=m * 2**20, pss=(m - 1) * 2**20) for m in mebibytes]
    held, grown = memory_rows(memory)
    assert held.what == "memory of the server after 1, 2, 5 short runs"
    assert held.result == "RSS 100, 200, 235 MiB; PSS 99, 199, 234 MiB"
    assert (grown.what, grown.result) == ("growth from run 2 to run 5", "37 MB (RSS)")


# Made-up runs


def test_made_up_runs_are_finished_runs_to_the_store(tmp_path):
    store = RunStore(tmp_path)
    add_finished_runs(store, 3)
    runs = store.runs()
    assert [(run.status, run.epochs_done, run.best.epoch) for run in runs] == [
        ("finished", 30, 8)
    ] * 3
    assert len({run.spec for run in runs}) == 3


def test_made_up_runs_have_folders_that_say_the_same(tmp_path):
    store = RunStore(tmp_path)
    add_finished_runs(store, 2)
    runs = store.runs()
    assert all(read_outcome(store.run_dir(run.run_id))[0] == "finished" for run in runs)
    store.database.unlink()
    rebuild(store.database)
    rebuilt = {run.run_id: run.spec for run in store.runs()}
    assert rebuilt == {run.run_id: run.spec for run in runs}


# Options and table


def test_the_spread_is_median_and_95th_percentile():
    """Of 1, 2, ... 21: the 11th and the 20th."""
    assert spread(range(21, 0, -1)) == "median 11 ms, p95 20 ms"


def test_a_part_is_measured_alone_and_its_table_not_kept(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(ui, "RESULTS", tmp_path / "ui.md")
    monkeypatch.setitem(ui._PARTS, "runs", lambda _: [Row(what="a", result="1 ms", goal="2 ms")])
    ui.main(["--only", "runs"])
    assert "| a | 1 ms | 2 ms |" in capsys.readouterr().out
    assert not ui.RESULTS.exists()


def test_a_named_file_keeps_the_table_of_a_part(monkeypatch, tmp_path):
    monkeypatch.setitem(ui._PARTS, "memory", lambda o: [Row(what="runs", result=str(o.runs))])
    ui.main(["--only", "memory", "--runs", "4", "--results", str(tmp_path / "a" / "b.md")])
    assert "| runs | 4 |  |" in (tmp_path / "a" / "b.md").read_text()


def test_the_whole_table_is_kept_in_the_order_of_the_parts(monkeypatch, tmp_path):
    monkeypatch.setattr(ui, "RESULTS", tmp_path / "ui.md")
    for name in ui._PARTS:
        monkeypatch.setitem(ui._PARTS, name, lambda _, name=name: [Row(what=name, result="")])
    ui.main([])
    lines = ui.RESULTS.read_text().splitlines()
    named = [line.split()[1] for line in lines if line.startswith("| ")]
    parts = ["cold", "clicks", "sliders", "try", "map", "live", "crowd", "memory", "runs"]
    assert named == ["what", *parts]


@pytest.mark.parametrize("bad", [["--only", "all"], ["--clicks", "0"], ["--rounds", "some"]])
def test_bad_options_are_refused(bad, capsys):
    with pytest.raises(SystemExit):
        ui.main(bad)
    assert "error: argument" in capsys.readouterr().err


def test_the_table_names_the_machine():
    assert " cores, load " in markdown([])
