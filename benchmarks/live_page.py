"""One open page without a browser: speaks Streamlit's protocol as its page does, draws nothing.

Compared with what Chromium sends on the same page (Streamlit 1.67): the same first message, the
same widget values, and a timer for every `auto_rerun` of the server, which lets that fragment run
at every interval, whether its last run has ended or not. The server expects no acknowledgement.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState, ContextInfo
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.live_components import Event, LiveComponents
from benchmarks.live_timers import LiveTimers
from benchmarks.live_widgets import LiveWidgets

_WAIT_SECONDS: Final = 120.0  # for a run of the page; a busy machine
# What the browser names without a login; `getSessionTokens` in Streamlit's page.
_PROTOCOLS: Final = ("streamlit", "PLACEHOLDER_AUTH_TOKEN")


@dataclass(slots=True, kw_only=True)
class Received:
    """What a page has received so far.

    Attributes:
        page_runs: Runs of the whole script that ended.
        ticks: Runs of the fastest fragment that brought new elements.
        message_bytes: Size of all messages.
        errors: Exceptions and boxes of kind error that were drawn.
    """

    page_runs: int = 0
    ticks: int = 0
    message_bytes: int = 0
    errors: list[str] = field(default_factory=list)


class LivePage:
    """A page as a browser keeps it.

    Args:
        url: Address as a visitor types it, e.g. "http://127.0.0.1:8501/train?run=r-1".
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._url = f"{self._origin}{parts.path}"
        self._name, self._query = parts.path.strip("/"), parts.query
        self._page_hash = ""
        self._socket: ClientConnection | None = None
        self._listener: asyncio.Task[None] | None = None
        self._timers = LiveTimers(self._rerun)
        self._widgets = LiveWidgets()
        self._components = LiveComponents()
        self._events: asyncio.Queue[Event] = asyncio.Queue()  # what components say by themselves
        self._updated: set[str] = set()  # fragments with new elements since their last run ended
        self._closed: set[tuple[int, ...]] = set()  # places of pop-ups: drawn when opened only
        self._cached: set[str] = set()  # hashes of messages the server need not send again
        self._page_run_ended, self._part_run_ended = asyncio.Event(), asyncio.Event()
        self._part = ""  # fragment whose end is waited for
        self._pictures_came = asyncio.Event()
        self.received = Received()
        self._handlers = {
            "new_session": self._start_run,
            "navigation": self._show_page,
            "page_info_changed": self._change_link,
            "delta": self._take_delta,
            "auto_rerun": self._start_timer,
            "stop_auto_rerun": self._stop_timers,
            "script_finished": self._end_run,
        }

    @asynccontextmanager
    async def open(self) -> AsyncIterator["LivePage"]:
        """Open the page, wait until it is drawn, and keep it live.

        Raises:
            ConnectionError: if the server does not answer in time or hangs up.
        """
        address = f"ws{self._origin.removeprefix('http')}/_stcore/stream"
        async with connect(
            address,
            origin=self._origin,
            subprotocols=_PROTOCOLS,
            max_size=None,
            ping_interval=None,  # a browser sends no pings
        ) as self._socket:
            self._listener = asyncio.create_task(self._listen())
            answers = asyncio.create_task(self._answer())
            try:
                await self._run_page()
                yield self
            finally:
                self._timers.stop_all()
                for task in (self._listener, answers):
                    task.cancel()
                    with suppress(asyncio.CancelledError, ConnectionClosed):
                        await task

    async def click(self, label: str) -> None:
        """Press a button and wait until the page has run.

        Raises:
            KeyError: if the page has no such button.
            ConnectionError: if the server does not answer in time.
        """
        await self._run_page(clicked=label)

    async def go_to(self, name: str, query: str = "") -> None:
        """Follow a link to another page in the same window and wait until it has run.

        Chromium names the page by its hash, which is the same to the server.

        Raises:
            ConnectionError: if the server does not answer in time.
        """
        self._timers.stop_all()
        self._widgets.forget()
        self._name, self._query, self._page_hash = name, query, ""
        self._url = f"{self._origin}/{name}"
        await self._run_page()

    async def tell(self, component: str, event: str, value: object) -> None:
        """Use a component, e.g. click a cell, and wait until its part of the page has run.

        Raises:
            KeyError: if the page has no such component.
            ConnectionError: if the server does not answer in time.
        """
        said = self._components.event(component, event, value)
        self._part = said.fragment
        self._part_run_ended.clear()
        await self._send(said)
        await self._wait_for(self._part_run_ended)

    async def wait_for_pictures(self) -> None:
        """Wait until the window holds all pictures it lacked.

        Raises:
            ConnectionError: if they do not come in time.
        """
        if self._components.awaited:
            self._pictures_came.clear()
            await self._wait_for(self._pictures_came)

    async def _run_page(self, clicked: str | None = None) -> None:
        self._page_run_ended.clear()
        await self._rerun(clicked=clicked)
        await self._wait_for(self._page_run_ended)

    async def _wait_for(self, event: asyncio.Event) -> None:
        ended = asyncio.create_task(event.wait())
        await asyncio.wait(
            {ended, self._listener}, timeout=_WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        if not ended.done():
            ended.cancel()
            raise ConnectionError(f"The page {self._url} was not drawn: no answer, or hung up.")

    async def _rerun(self, fragment: str = "", *, clicked: str | None = None) -> None:
        state = self.client_state(fragment, clicked=clicked)
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def _send(self, event: Event) -> None:
        state = self.client_state(event.fragment)
        state.is_auto_rerun = False
        state.widget_states.widgets.append(event.state)
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def _answer(self) -> None:
        """Send what components say by themselves, once the page is drawn, as in the browser."""
        while True:
            event = await self._events.get()
            await self._page_run_ended.wait()
            await self._send(event)

    def client_state(self, fragment: str = "", *, clicked: str | None = None) -> ClientState:
        """Give what is sent to let the script run.

        Args:
            fragment: Id of the fragment to run; empty runs the whole page.
            clicked: Label of a button that was pressed.

        Raises:
            KeyError: if the page has no such button.
        """
        return ClientState(
            query_string=self._query,
            widget_states=self._widgets.values(clicked=clicked),
            page_script_hash=self._page_hash,
            page_name="" if self._page_hash else self._name,
            fragment_id=fragment,
            is_auto_rerun=bool(fragment),
            cached_message_hashes=self._cached,
            context_info=ContextInfo(
                timezone="UTC",
                timezone_offset=0,
                locale="en-US",
                url=self._url,
                is_embedded=False,
                color_scheme="light",
            ),
        )

    async def _listen(self) -> None:
        async for content in self._socket:
            self.received.message_bytes += len(content)
            self._take(ForwardMsg.FromString(content))

    def _take(self, message: ForwardMsg) -> None:
        """Do what the browser does with a message of the server."""
        if message.metadata.cacheable:
            self._cached.add(message.hash)
        if (handle := self._handlers.get(message.WhichOneof("type"))) is not None:
            handle(message)

    def _show_page(self, message: ForwardMsg) -> None:
        self._page_hash = message.navigation.page_script_hash

    def _change_link(self, message: ForwardMsg) -> None:
        self._query = message.page_info_changed.query_string

    def _start_timer(self, message: ForwardMsg) -> None:
        self._timers.start(message.auto_rerun.fragment_id, message.auto_rerun.interval)

    def _stop_timers(self, message: ForwardMsg) -> None:
        self._timers.stop(message.stop_auto_rerun.fragment_ids)

    def _start_run(self, message: ForwardMsg) -> None:
        if not message.metadata.run.fragment_ids:  # the whole page, not a fragment
            self._timers.stop_all()
            self._closed.clear()
            self._widgets.start_run()

    def _take_delta(self, message: ForwardMsg) -> None:
        delta, path = message.delta, tuple(message.metadata.delta_path)
        if delta.add_block.HasField("popover"):
            self._closed.add(path)
        if delta.WhichOneof("type") == "new_element":
            self._updated.add(delta.fragment_id)
            self._take_element(delta)
            if not any(path[: len(closed)] == closed for closed in self._closed):
                self._widgets.take(delta.new_element)

    def _take_element(self, delta: Delta) -> None:
        element = delta.new_element
        match element.WhichOneof("type"):
            case "exception":
                self.received.errors.append(element.exception.message)
            case "alert" if element.alert.format == Alert.ERROR:
                self.received.errors.append(element.alert.body)
            case "bidi_component":
                if (event := self._components.take(delta)) is not None:
                    self._events.put_nowait(event)
                if not self._components.awaited:
                    self._pictures_came.set()

    def _end_run(self, message: ForwardMsg) -> None:
        if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self._widgets.end_run()
            self.received.page_runs += 1
            self._page_run_ended.set()
            self._part_run_ended.set()  # it ran the parts, too
        elif message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            if self._part in message.metadata.run.fragment_ids:
                self._part_run_ended.set()
            brought = self._updated.intersection(message.metadata.run.fragment_ids)
            self.received.ticks += self._timers.fastest() in brought
            self._updated -= brought
