"""The sheet of pictures speaks once and never by itself later, when it could drown a click."""

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Page, WebSocket, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
SHEET_BYTES = 1_000_000


def test_a_window_asks_for_the_sheet_and_says_nothing_when_it_has_it(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    said: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: said.extend(events_of(frame)))

    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)}) as url:
        page = open_page(f"{url}/confusions?true=Shirt&predicted=Coat")
        page.on("websocket", listen)
        page.reload()
        expect(page.locator(".gallery[data-drawn]").first).to_be_attached()
        settled(page)
        page.get_by_role("button", name="Coat predicted as Shirt: ").click()
        expect(page.get_by_text("Coat → Shirt").first).to_be_visible()
        settled(page)
    assert said == ["missing", "cell"]


def test_a_window_asks_once_the_script_has_ended(
    reference_url: str, open_page: Callable[..., Page]
) -> None:
    """Streamlit may forget the rest of a run if a part of the page is asked for just then."""
    held: list[bytes] = []
    released = Event()

    def pass_on(message: bytes) -> list[bytes]:
        if released.is_set() or not (held or kind_of(message) == "script_finished"):
            return [message]
        held.append(message)
        return []

    page = open_page("about:blank")
    wire = Wire(page, pass_on)
    page.goto(f"{reference_url}/confusions?true=Shirt&predicted=Coat")
    expect(page.locator(".gallery").first).to_be_attached()
    wait_for(page, lambda: bool(held))
    page.wait_for_timeout(1_000)
    assert not wire.asked()
    released.set()
    for message in held:
        wire.socket.send(message)
    expect(page.locator(".gallery[data-drawn]").first).to_be_attached()
    assert len(wire.asked()) == 1


def test_a_window_that_asks_again_knows_of_the_cell_that_was_clicked(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    """The sheet got lost, as when a click overtakes it, and all that followed came in one go."""
    lost: list[bytes] = []
    held: list[bytes] = []

    def pass_on(message: bytes) -> list[bytes]:
        if len(message) > SHEET_BYTES and not lost:
            lost.append(message)
            return []
        held.append(message)
        kind = kind_of(message)
        if kind != "script_finished" and (kind == "new_session" or len(held) > 1):
            return []
        passed = held.copy()
        held.clear()
        return passed

    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)}) as url:
        page = open_page("about:blank")
        wire = Wire(page, pass_on)
        page.goto(f"{url}/confusions")
        cell = page.get_by_role("button", name="Shirt predicted as T-shirt/top: ")
        expect(cell).to_be_visible()
        wait_for(page, lambda: bool(lost))
        settled(page)
        cell.click()
        expect(page.locator(".gallery[data-drawn]").first).to_be_attached()
        settled(page)
        assert wire.asked() == [{}, {"true": "Shirt", "predicted": "T-shirt/top"}]
        page.get_by_test_id("stPaginationNext").first.click()
        page.wait_for_url(re.compile("page=2"))
        settled(page)
        assert page.get_by_test_id("stPaginationPageActive").first.inner_text() == "2"


def test_a_window_asks_for_the_page_it_is_on_by_then(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page("about:blank")
    page.add_init_script("window.held = []; window.requestIdleCallback = (act) => held.push(act);")
    page.goto(f"{reference_url}/confusions?true=Shirt&predicted=Coat")
    expect(page.locator(".gallery").first).to_be_attached()
    settled(page)
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_text("What does it look like?")).to_be_attached()
    expect(page.locator(".gallery")).to_have_count(2)
    settled(page)
    assert page.locator(".gallery[data-drawn]").count() == 0
    page.evaluate("held.splice(0).forEach((act) => act())")
    expect(page.locator(".gallery[data-drawn]")).to_have_count(2)


class Wire:
    """The messages between a window and its server.

    Args:
        page: The window, before it opens an address.
        pass_on: Gives what the window is sent when the server has sent a message.
    """

    def __init__(self, page: Page, pass_on: Callable[[bytes], list[bytes]]) -> None:
        self.said: list[bytes] = []
        self._pass_on = pass_on
        page.route_web_socket(re.compile("_stcore/stream"), self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        self.socket, self._server = socket, socket.connect_to_server()
        self._server.on_message(self._to_window)
        socket.on_message(self._to_server)

    def _to_window(self, message: bytes) -> None:
        for each in self._pass_on(message):
            self.socket.send(each)

    def _to_server(self, message: bytes) -> None:
        self.said.append(message)
        self._server.send(message)

    def asked(self) -> list[dict[str, str]]:
        """Give what was chosen, as the window believed, whenever it asked for a sheet."""
        return [classes_in(message) for message in self.said if "missing" in events_of(message)]


def wait_for(page: Page, happened: Callable[[], bool]) -> None:
    while not happened():
        page.wait_for_timeout(20)


def kind_of(message: bytes) -> str | None:
    """Name what the server sends: a part of the page, the beginning or the end of a run."""
    return ForwardMsg.FromString(message).WhichOneof("type")


def classes_in(frame: str | bytes) -> dict[str, str]:
    """Give the classes other than "any" that the browser believes are chosen."""
    return {
        key: widget.string_value
        for widget in BackMsg.FromString(bytes(frame)).rerun_script.widget_states.widgets
        for key in ("true", "predicted")
        if widget.id.endswith(f"-{key}") and widget.string_value != "any"
    }


def events_of(frame: str | bytes) -> list[str]:
    """Give the names of what components say in a message to the server."""
    message = BackMsg.FromString(frame if isinstance(frame, bytes) else frame.encode())
    return [
        event["event"]
        for widget in message.rerun_script.widget_states.widgets
        if widget.json_trigger_value
        for event in json.loads(widget.json_trigger_value)
    ]
