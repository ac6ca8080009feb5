"""What can be done with the chosen runs: open, compare, say something about them, delete."""

from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import streamlit as st

from fashion_core.errors import FashionError
from fashion_core.runs.names import MAX_NAME_LENGTH, MAX_NOTE_LENGTH, MAX_TAGS
from fashion_core.runs.records import RunSummary
from pages.ui import services
from pages.ui.damage import say_damage
from pages.ui.frame import status_chip
from pages.ui.literal import literal
from pages.ui.live import say_how_it_ended
from pages.ui.report_download import draw_report
from pages.ui.run_curves import draw_comparison
from pages.ui.run_settings import draw_all_settings
from pages.ui.run_transfer import draw_export
from pages.ui.run_trash import delete_runs

_PROBLEM: Final = "runs-problem"
_ADDED: Final = "runs-add-tags"
_COMPARE: Final = "pages/compare.py"
_MOST_NAMED: Final = 10  # of the chosen runs, by number


def draw_panel(chosen: Sequence[RunSummary], tags: Sequence[str]) -> None:
    """Draw what can be done with the chosen runs.

    Args:
        chosen: The runs of the chosen rows.
        tags: All tags in use, to choose from.
    """
    with st.container():
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(literal(problem), icon=":material/error:")
    with st.container(border=True):
        if not chosen:
            more = "open" if services.is_read_only() else "open, rename, tag or delete"
            st.caption(f"Click a run to {more} it; tick several for all.")
        elif len(chosen) == 1:
            _draw_one(chosen[0], tags)
        else:
            _draw_many(chosen, tags)


def _draw_one(run: RunSummary, tags: Sequence[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        status_chip(run)
        st.markdown(f"**Run {run.number}** · {literal(run.name)}", width="stretch")
    whole = services.store().run(run.run_id)
    say_how_it_ended(whole)
    say_damage(whole)
    with st.container(horizontal=True, vertical_alignment="center"):
        link = {"run": run.run_id}
        if run.is_resumable and not services.is_read_only():
            st.button("Resume", icon=":material/resume:", on_click=_resume, args=(run.run_id,))
        _link("dashboard.py", "Open", ":material/dashboard:", link)
        _link("pages/train.py", "Show on Train", ":material/play_circle:", link)
        if run.best is not None:
            _link(_COMPARE, "Compare with…", ":material/compare_arrows:", link)
        _copy_link(run)
        draw_report(run)
        draw_export(run)
        if not services.is_read_only():
            _delete_button([run])
    if services.is_read_only():
        _say(run)
    else:
        _form(run, tags)
    draw_all_settings(run)


def _resume(run_id: str) -> None:
    """Put a run that ended early back into the queue; a callback."""
    _do(lambda: services.engine().resume(run_id))


def _say(run: RunSummary) -> None:
    """Draw what people have said about a run, for those who only watch."""
    if run.tags:
        st.markdown(" ".join(f":gray-badge[{literal(tag)}]" for tag in run.tags))
    if run.note:
        st.markdown(literal(run.note))


def _draw_many(chosen: Sequence[RunSummary], tags: Sequence[str]) -> None:
    numbers = ", ".join(str(run.number) for run in chosen[:_MOST_NAMED])
    more = f" and {len(chosen) - _MOST_NAMED} more" if len(chosen) > _MOST_NAMED else ""
    st.markdown(f"**{len(chosen)} runs are chosen**: {numbers}{more}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first, second = sorted(chosen, key=lambda run: run.number)[:2]
        if len(chosen) == 2 and first.best and second.best:
            both = {"run": first.run_id, "with": second.run_id}
            _link(_COMPARE, "Compare both", ":material/compare_arrows:", both)
        if not services.is_read_only():
            _tag_all(chosen, tags)
            _delete_button(chosen)
    draw_comparison(chosen)


def _tag_all(chosen: Sequence[RunSummary], tags: Sequence[str]) -> None:
    """Draw the way to put a tag on all chosen runs."""
    st.multiselect(
        "Add tags",
        tags,
        key=_ADDED,
        accept_new_options=True,
        width=260,
        label_visibility="collapsed",
        placeholder="Tags to add",
    )
    st.button("Add", icon=":material/new_label:", on_click=_add_tags, args=(chosen,))


def _add_tags(chosen: Sequence[RunSummary]) -> None:
    added = st.session_state[_ADDED]
    for run in chosen:
        _do(lambda run_id=run.run_id: services.annotations().tag(run_id, add=added))
    st.session_state[_ADDED] = []


def _form(run: RunSummary, tags: Sequence[str]) -> None:
    """Draw name, note and tags; saved together, and only what was changed here."""
    keys = {field: f"run-{field}-{run.run_id}" for field in ("name", "note", "tags")}
    seen_key = f"run-seen-{run.run_id}"
    now: dict[str, Any] = {"name": run.name, "note": run.note, "tags": list(run.tags)}
    if st.session_state.get(seen_key) != now or any(
        k not in st.session_state for k in keys.values()
    ):
        st.session_state[seen_key] = now  # another tab has changed it, or it is new here
        st.session_state.update({keys[field]: value for field, value in now.items()})
    with st.form(f"run-form-{run.run_id}", border=False):
        left, right = st.columns(2)
        left.text_input("Name", key=keys["name"], max_chars=MAX_NAME_LENGTH)
        left.multiselect(
            "Tags",
            list(dict.fromkeys([*tags, *run.tags])),
            key=keys["tags"],
            accept_new_options=True,
            max_selections=MAX_TAGS,
            placeholder="Choose or type a new one",
        )
        right.text_area("Note", key=keys["note"], max_chars=MAX_NOTE_LENGTH, height=122)
        right.form_submit_button("Save", icon=":material/save:", on_click=_save, args=(run, keys))


def _save(run: RunSummary, keys: dict[str, str]) -> None:
    """Write down what was changed in the form; a callback."""
    notes, said = services.annotations(), {f: st.session_state[key] for f, key in keys.items()}
    if said["name"] != run.name:
        _do(lambda: notes.rename(run.run_id, said["name"]))
    if said["note"] != run.note:
        _do(lambda: notes.note(run.run_id, said["note"]))
    added = [tag for tag in said["tags"] if tag not in run.tags]
    removed = [tag for tag in run.tags if tag not in said["tags"]]
    if added or removed:
        _do(lambda: notes.tag(run.run_id, add=added, remove=removed))


def _delete_button(chosen: Sequence[RunSummary]) -> None:
    label = "Delete" if len(chosen) == 1 else f"Delete {len(chosen)} runs"
    st.button(
        label,
        key="delete-" + " ".join(run.run_id for run in chosen),  # a late click means these alone
        icon=":material/delete:",
        on_click=lambda: _do(lambda: delete_runs(chosen)),
        help="Can be undone until the deleted runs are removed for good.",
    )


def _copy_link(run: RunSummary) -> None:
    """Draw the address of a run, with a button that copies it."""
    with st.popover("Link", icon=":material/link:"):
        st.caption("Opens this run on the Overview page. The button at its right end copies it.")
        st.code(link_to(st.context.url, run.run_id), language=None)


def link_to(address: str | None, run_id: str) -> str:
    """Give the address of a run on the Overview page, as seen from the browser.

    Args:
        address: Address of this page in the browser, or None if it is not known.
        run_id: The run.
    """
    query = f"?{urlencode({'run': run_id})}"
    if address is None:
        return f"/{query}"
    parts = urlsplit(address)
    folder = parts.path.rpartition("/")[0]
    return f"{parts.scheme}://{parts.netloc}{folder}/{query}"


def _link(page: str, label: str, icon: str, query: dict[str, str]) -> None:
    st.page_link(page, label=label, icon=icon, query_params=query)


def _do(action: Callable[[], None]) -> None:
    """Do what a button asks and keep the sentence if it cannot be done."""
    try:
        action()
    except FashionError as error:
        st.session_state[_PROBLEM] = str(error)
