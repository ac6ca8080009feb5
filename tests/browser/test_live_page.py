"""A page without a browser against a real server: it says what Chromium says, and it is live."""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from helpers import run_apart, wait_until
from playwright.sync_api import Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from benchmarks.live_clients import live_clients
from benchmarks.live_page import LivePage
from fashion_core.config import RunSpec
from fashion_core.files import exclusive_lock
from fashion_core.runs import artifacts
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.records import LiveProgress
from fashion_core.runs.store import RunStore

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 60.0  # a busy machine
Server = Callable[..., AbstractContextManager[str]]


def test_a_page_without_a_browser_sends_what_chromium_sends(
    streamlit_server: Server, open_page: Callable[..., Page], settled, tmp_path: Path
) -> None:
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)}) as url:
        sent: list[ClientState] = []
        page = open_page("about:blank")
        page.on("websocket", lambda socket: socket.on("framesent", lambda f: sent.append(state(f))))
        page.goto(f"{url}/train")
        settled(page)
        page.get_by_role("button", name="Quick try").click()
        expect(page.get_by_text("· 63 steps an epoch")).to_be_visible()
        page.get_by_role("button", name="As specified").click()
        expect(page.get_by_text("1,563 steps an epoch")).to_be_visible()
        ours = run_apart(clicked_states(f"{url}/train", ["Quick try", "As specified"]))
    assert len(sent) == 3
    assert [comparable(s) for s in ours] == [comparable(s) for s in sent]


def state(frame: bytes | str) -> ClientState:
    return BackMsg.FromString(frame if isinstance(frame, bytes) else frame.encode()).rerun_script


async def clicked_states(url: str, labels: list[str]) -> list[ClientState]:
    """Give what a page without a browser sends when it opens and when buttons are pressed."""
    page = LivePage(url)
    states = [page.client_state()]
    async with page.open():
        for label in labels:
            states.append(page.client_state(clicked=label))
            await page.click(label)
    return states


def comparable(sent: ClientState) -> tuple[object, ...]:
    """Give everything but the order of the widgets."""
    widgets = {widget.id: widget for widget in sent.widget_states.widgets}
    rest = ClientState()
    rest.CopyFrom(sent)
    rest.ClearField("widget_states")
    return widgets, rest


def test_a_live_page_is_updated_once_a_second_and_learns_of_the_end(
    streamlit_server: Server, tmp_path: Path
) -> None:
    with training(tmp_path) as (run_id, end), serve_runs(streamlit_server, tmp_path) as url:
        seconds = run_apart(watch(f"{url}/train?run={run_id}", end))
    assert seconds > 2.5  # of four updates; a busy machine may take longer


def test_a_page_of_results_fills_and_follows_as_epochs_end(
    streamlit_server: Server, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    reference = ROOT / "examples" / "reference-run"
    with training(tmp_path) as (run_id, _), serve_runs(streamlit_server, tmp_path) as url:
        page = open_page(f"{url}/confusions?run={run_id}")
        expect(page.get_by_text("has not finished its first epoch yet")).to_be_visible()
        store = RunStore(tmp_path)
        for epoch in (1, 2):
            content = artifacts.read_epoch(reference, epoch)
            artifacts.write_epoch(store.run_dir(run_id), content)
            RunJournal(store, run_id).epoch(content.record)
            expect(page.get_by_text(re.compile(rf"epoch {epoch} of 30 \(the best"))).to_be_visible()
            expect(page.get_by_text(re.compile(r"of [\d,]+ mistakes are"))).to_be_visible()


async def watch(url: str, end: Callable[[], None]) -> float:
    """Give the seconds from the first update to the fourth; see the page follow the end."""
    async with LivePage(url).open() as page:
        await until(lambda: page.received.ticks >= 1)
        start = time.monotonic()
        await until(lambda: page.received.ticks >= 4)
        seconds = time.monotonic() - start
        assert page.received.page_runs == 1
        end()
        await until(lambda: page.received.page_runs == 2)
        return seconds


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a page has got something; fail if it does not."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def test_pages_in_a_process_of_their_own_are_counted_one_by_one(
    streamlit_server: Server, tmp_path: Path
) -> None:
    with (
        training(tmp_path) as (run_id, _),
        serve_runs(streamlit_server, tmp_path) as url,
        live_clients(f"{url}/train?run={run_id}", 3) as clients,
    ):
        first = clients.read()
        wait_until(lambda: all(page.ticks >= 2 for page in clients.read().pages), WAIT_SECONDS)
        last = clients.read()
    assert len(last.pages) == 3
    assert all(page.page_runs == 1 for page in last.pages)
    assert last.cpu_seconds > first.cpu_seconds > 0


def test_pages_that_cannot_be_opened_are_reported(capfd) -> None:
    with (
        pytest.raises(ConnectionError, match="has ended"),
        live_clients("http://127.0.0.1:9/train", 1),
    ):
        pass
    assert "Connect call failed" in capfd.readouterr().err


def serve_runs(streamlit_server: Server, folder: Path) -> AbstractContextManager[str]:
    return streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(folder)})


@contextmanager
def training(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Write a run that goes on, as the engine does; yields its id and what ends it."""
    store = RunStore(folder)
    run_id = store.create(RunSpec())
    journal, ended = RunJournal(store, run_id), threading.Event()

    def go_on() -> None:
        step = 0
        while not ended.wait(0.25):
            step += 10
            journal.progress(LiveProgress(phase="training", epoch=1, step=step))

    def end() -> None:
        ended.set()
        thread.join()
        journal.end("stopped", "You stopped it.")

    with exclusive_lock(store.run_dir(run_id) / "lock"):
        assert journal.start()
        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            yield run_id, end
        finally:
            ended.set()
            thread.join()
