"""The table of people's votes on the test pictures, where somebody brought one."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import streamlit as st

from fashion_core.analysis.human_votes import Crowd, count_crowd
from fashion_core.errors import DataError
from fashion_core.vote_table import read_votes, save_votes
from pages.ui import services

_IN_DATA: Final = Path("human-votes", "fmh_counts.csv")
_IN_STORE: Final = "human-votes.csv"  # also where the checkout cannot be written


def crowd() -> Crowd | None:
    """Give how people voted on the test pictures; None if nobody brought the table.

    Raises:
        DataError: if there is one that cannot be used.
    """
    path = table_path()
    if path is None:
        return None
    with suppress(OSError):
        about = path.stat()
        return _read(path, about.st_mtime_ns, about.st_size)
    return _read(path, 0, 0)


def crowd_if_usable() -> Crowd | None:
    """Give the same, and None also for a table that cannot be used; the People page says why."""
    with suppress(DataError):
        return crowd()
    return None


def table_path() -> Path | None:
    """Give the file that is used: an uploaded one, else one in the data folder, else None."""
    places = (uploaded_path(), services.data_folder() / _IN_DATA)
    return next((path for path in places if path.exists()), None)


def uploaded_path() -> Path:
    """Give where an uploaded table is kept: in the folder of the runs."""
    return services.store().root / _IN_STORE


def keep_upload(content: bytes) -> None:
    """Check an uploaded table and keep it.

    Raises:
        DataError: if it cannot be used or written.
        FashionError: if this server is for watching only.
    """
    services.check_writable()
    save_votes(uploaded_path(), content, services.pictures("test").labels)


def remove_upload() -> None:
    """Remove the uploaded table; one in the data folder stays.

    Raises:
        DataError: if it cannot be removed.
        FashionError: if this server is for watching only.
    """
    services.check_writable()
    try:
        uploaded_path().unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"The file {uploaded_path()} cannot be removed ({error.strerror}). "
            "See that the folder is writable, or remove it by hand."
        ) from error


@st.cache_resource(show_spinner=False, max_entries=1)
def _read(path: Path, changed: int, size: int) -> Crowd:
    labels = services.pictures("test").labels
    return count_crowd(votes=read_votes(path, labels), labels=labels)
