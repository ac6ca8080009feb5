"""The sheet of pictures speaks once and never by itself later, when it could drown a click."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


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


def events_of(frame: str | bytes) -> list[str]:
    """Give the names of what components say in a message to the server."""
    message = BackMsg.FromString(frame if isinstance(frame, bytes) else frame.encode())
    return [
        event["event"]
        for widget in message.rerun_script.widget_states.widgets
        if widget.json_trigger_value
        for event in json.loads(widget.json_trigger_value)
    ]
