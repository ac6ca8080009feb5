"""What a browser knows about the widgets of a page: their values, and the ids to click."""

from typing import Any

from streamlit.proto.Element_pb2 import Element
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates


class LiveWidgets:
    """The widgets of one page with their values, kept as the browser keeps them."""

    def __init__(self) -> None:
        self._states: dict[str, WidgetState] = {}
        self._buttons: dict[str, str] = {}  # label -> id
        self._seen: set[str] = set()

    def start_run(self) -> None:
        """Begin to note which widgets a run of the whole page draws."""
        self._seen.clear()

    def end_run(self) -> None:
        """Forget the widgets that the run did not draw."""
        for widget_id in self._states.keys() - self._seen:
            del self._states[widget_id]
        self._buttons = {label: i for label, i in self._buttons.items() if i in self._seen}

    def take(self, element: Element) -> None:
        """Note an element if it is a widget: a new one has its default value."""
        kind = element.WhichOneof("type")
        if kind == "button":
            self._buttons[element.button.label] = element.button.id
            self._seen.add(element.button.id)
            return
        state = _state(element, kind)
        if state is not None:
            self._seen.add(state.id)
            if state.id not in self._states or getattr(element, kind).set_value:
                self._states[state.id] = state

    def forget(self) -> None:
        """Forget all, as a browser does that goes to another page."""
        self._states.clear()
        self._buttons.clear()

    def values(self, *, clicked: str | None = None) -> WidgetStates:
        """Give all values as they are sent, with a button pressed if one is named.

        Raises:
            KeyError: if there is no such button.
        """
        states = WidgetStates(widgets=self._states.values())
        if clicked is not None:
            states.widgets.append(WidgetState(id=self._buttons[clicked], trigger_value=True))
        return states


def _state(element: Element, kind: str | None) -> WidgetState | None:
    """Give the value a widget shows: the one the script set, else its default."""
    match kind:
        case "selectbox" | "radio":
            chooser = getattr(element, kind)
            text = chooser.raw_value if chooser.set_value else chooser.options[chooser.default]
            return WidgetState(id=chooser.id, string_value=text)
        case "button_group":
            group = element.button_group
            default = [group.options[i].content for i in group.default]
            chosen = group.raw_values if group.set_value else default
            return WidgetState(id=group.id, string_array_value={"data": chosen})
        case "number_input" | "slider" | "pagination" | "checkbox":
            return _plain_state(getattr(element, kind), kind)
    return None  # not a widget, or one whose value is sent only after it was used


def _plain_state(widget: Any, kind: str) -> WidgetState:
    """Give the value of a widget whose value and default are of one kind."""
    value = widget.value if widget.set_value else widget.default
    if kind == "checkbox":
        return WidgetState(id=widget.id, bool_value=value)
    if kind == "slider":
        return WidgetState(id=widget.id, double_array_value={"data": value})
    if kind == "pagination" or widget.data_type == widget.INT:
        return WidgetState(id=widget.id, int_value=int(value))
    return WidgetState(id=widget.id, double_value=value)
