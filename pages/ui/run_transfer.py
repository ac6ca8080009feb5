"""Runs that go and come as one zip: the button that saves one, the place to bring one in."""

import io
from typing import Final

import streamlit as st

from fashion_core.errors import FashionError
from fashion_core.runs.exporting import export_bytes, export_run
from fashion_core.runs.records import RunSummary
from fashion_core.runs.zip_import import import_run
from pages.ui import services
from pages.ui.choice import select_run
from pages.ui.literal import literal

_MOST_MEGABYTES: Final = 200  # the server takes no more; the command line does
_UPLOADS: Final = "import-count"
_NEWS: Final = "import-news"


def draw_export(run: RunSummary) -> None:
    """Draw the button that saves a run as a zip; made when it is pressed; none without an epoch.

    One that ended early takes its newest checkpoints along, so that it can go on elsewhere.
    """
    if not run.epochs_done:
        return
    with_checkpoints = run.status != "finished"
    try:
        size = export_bytes(services.store(), run.run_id, with_checkpoints=with_checkpoints)
    except FashionError as error:  # its folder cannot be read
        st.caption(literal(str(error)))
        return
    st.download_button(
        f"Export ({size / 1e6:.1f} MB)",
        data=lambda: _zipped(run.run_id, with_checkpoints=with_checkpoints),
        file_name=f"{run.run_id}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        on_click="ignore",
        help="Settings, curves, predictions of every epoch, best weights, note and tags, to open "
        "in another store or read with other tools.",
    )


def draw_import() -> None:
    """Draw the place to bring in a zip that Export made; nothing where visitors only watch."""
    if services.is_read_only():
        return
    with st.popover("Import", icon=":material/upload:"):
        st.markdown("Bring in a run that **Export** saved here or on another machine.")
        key = f"import-{st.session_state.get(_UPLOADS, 0)}"
        st.file_uploader(
            "Zip of a run",
            type="zip",
            key=key,
            max_upload_size=_MOST_MEGABYTES,
            on_change=_import,
            args=(key,),
        )


def draw_import_news() -> None:
    """Draw what became of the last import, until the next one."""
    if news := st.session_state.get(_NEWS):
        is_in, sentence = news
        if is_in:
            st.success(literal(sentence), icon=":material/check:")
        else:
            st.error(literal(sentence), icon=":material/error:")


def _import(key: str) -> None:
    """Take the uploaded zip in; a callback."""
    file = st.session_state[key]
    if file is None:
        return
    try:
        services.check_writable()
        run_id = import_run(services.store(), file)
        run = services.store().run(run_id)
        select_run(run_id)
        st.session_state[_NEWS] = (True, f"Imported as run {run.number}: {run.name}.")
    except FashionError as error:
        st.session_state[_NEWS] = (False, f"{file.name} was not imported. {error}")
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1  # an empty uploader


def _zipped(run_id: str, *, with_checkpoints: bool) -> bytes:
    file = io.BytesIO()
    export_run(services.store(), run_id, file, with_checkpoints=with_checkpoints)
    return file.getvalue()
