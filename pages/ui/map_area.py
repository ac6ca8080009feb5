"""What is selected on a map and which groups are hidden: it stands in the link."""

import streamlit as st

from fashion_core.analysis.areas import Area, read_area
from pages.ui import cell
from pages.ui.picture_map import Picked

_AREA, _HIDDEN = "area", "without"


def linked() -> Picked:
    """Give what the link says is selected and hidden; a sentence if it cannot be read."""
    text = st.query_params.get(_AREA, "")
    if text and _read(text) is None:
        st.warning("The link names an area that cannot be read. Nothing is selected.")
        text = ""
    hidden = [name for name in st.query_params.get(_HIDDEN, "").split(",") if name]
    return Picked(area=text, hidden=hidden)


def area_of(picked: Picked) -> Area | None:
    """Give the selected area, if there is one."""
    return _read(picked.area) if picked.area else None


def choose(text: str) -> None:
    """Select an area, or none; for callbacks."""
    _write(_AREA, text if _read(text) else "")


def hide(names: list[str]) -> None:
    """Hide the groups of these names and no others; for callbacks."""
    _write(_HIDDEN, ",".join(names))


def forget_area() -> None:
    """Select nothing, because the plane is another one; for callbacks."""
    _write(_AREA, "")


def forget_hidden() -> None:
    """Hide no group, because the groups are others; for callbacks."""
    _write(_HIDDEN, "")


def _write(key: str, text: str) -> None:
    if text:
        st.query_params[key] = text
    else:
        st.query_params.pop(key, None)
    cell.first_page()


def _read(text: str) -> Area | None:
    """Read an area; None if it is none."""
    try:
        return read_area(text)
    except ValueError:
        return None
