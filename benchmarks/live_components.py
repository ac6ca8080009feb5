"""What a browser does with the dashboard's own components: it says what was clicked or lacks."""

import json
import struct
from dataclasses import dataclass
from typing import Final

from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.WidgetStates_pb2 import WidgetState

_SHEET: Final = "fashion_sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something a component tells the server.

    Attributes:
        state: What is sent beside the values of the widgets.
        fragment: Id of the fragment that runs for it; empty for the whole page.
    """

    state: WidgetState
    fragment: str


class LiveComponents:
    """The components of one window, and the sheets of pictures it holds."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[str, str]] = {}  # name -> (id, fragment)
        self._held: set[str] = set()
        self.awaited: set[str] = set()
        """Sheets that the window lacks and has asked for."""

    def take(self, delta: Delta) -> Event | None:
        """Note a component; give what it says by itself, as assets/sheet.js does."""
        drawn = delta.new_element.bidi_component
        self._places[drawn.component_name] = drawn.id, delta.fragment_id
        if drawn.component_name != _SHEET:
            return None
        if drawn.WhichOneof("data") == "bytes":
            (length,) = struct.unpack_from("<I", drawn.bytes)
            sheet = drawn.bytes[4 : 4 + length].decode()
            self._held.add(sheet)
            self.awaited.discard(sheet)
            return None
        sheet = json.loads(drawn.json)["id"]
        if sheet in self._held | self.awaited:
            return None
        self.awaited.add(sheet)
        return self.event(_SHEET, "missing", sheet)

    def event(self, name: str, event: str, value: object) -> Event:
        """Give what a component sends.

        Raises:
            KeyError: if the page has no such component.
        """
        component, fragment = self._places[name]
        said = json.dumps([{"event": event, "value": value}], separators=(",", ":"))
        key = f"$$STREAMLIT_INTERNAL_KEY_{component}__events"
        return Event(state=WidgetState(id=key, json_trigger_value=said), fragment=fragment)
