"""Choosing some pictures of a gallery, in Streamlit's own test client."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from helpers import REPO_ROOT
from portable import put_run
from streamlit.testing.v1 import AppTest

from fashion_core.runs.data_notes import DataNotes, Picture
from fashion_core.runs.store import RunStore
from pages.ui import chosen_pictures, services
from pages.ui.chosen_pictures import Choosing, choosing

PLACE = "chosen-pictures-page"


@pytest.fixture
def app(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Open the mistakes of all classes of a run."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", SimpleNamespace)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    app.query_params["run"] = put_run(store)
    app.switch_page("pages/confusions.py")
    return checked(app.run())


@pytest.fixture
def notes(store: RunStore) -> DataNotes:
    return DataNotes(store.root)


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def gallery(app: AppTest) -> dict[str, Any]:
    """Give what the first gallery was given."""
    parts = [json.loads(part.proto.json or "{}") for part in app.get("bidi_component")]
    return next(part for part in parts if "positions" in part)


def turn_on(app: AppTest) -> AppTest:
    return checked(app.toggle(key="choose-page").set_value(True).run())


def choose(app: AppTest, *image_ids: int) -> AppTest:
    """Keep in the session what a click on tiles does: the test client has no component."""
    app.session_state[PLACE] = replace(app.session_state[PLACE], image_ids=frozenset(image_ids))
    return checked(app.run())


def put_tag(app: AppTest, tag: str) -> AppTest:
    box = app.selectbox(key="tag-many-page")
    box.options.append(tag)
    box.set_value(tag)
    return checked(app.button(key="tag-many-page-add").click().run())


def labels(app: AppTest) -> set[str]:
    """Name the boxes on the page that put tags on pictures."""
    found = (each.proto.popover.label for each in app.get("popover"))
    return {label for label in found if label.startswith("Tag ")}


def tagged(notes: DataNotes) -> set[Picture]:
    return {note.about for note in notes.all() if note.tags}


def pictures(image_ids: list[int]) -> set[Picture]:
    return {Picture(split="test", image_id=image_id) for image_id in image_ids}


def gallery_of_unsure(app: AppTest) -> list[int]:
    """Leave the less sure half of the gallery, and give its first page."""
    checked(app.slider(key="confidence").set_value((0, 50)).run())
    return gallery(app)["ids"]


def test_only_the_chosen_pictures_get_the_tag_and_undo_takes_it_off(app, notes):
    some = gallery(turn_on(app))["ids"][3:6]
    put_tag(choose(app, *some), "collar")
    assert labels(app) == {"Tag 3 chosen"}
    assert tagged(notes) == pictures(some)
    assert app.success[0].value == "Tagged 3."
    app.button(key="tag-many-page-undo").click().run()
    assert (app.success[0].value, notes.all()) == ("Taken off again.", ())


def test_undo_outlasts_the_next_choice_and_takes_off_what_was_put_on(app, notes):
    some = gallery(turn_on(app))["ids"][:2]
    put_tag(choose(app, *some), "collar")
    choose(app, some[0], *gallery(app)["ids"][7:9])
    checked(app.button(key="tag-many-page-undo").click().run())
    assert notes.all() == ()
    app.selectbox(key="true").set_value("Shirt").run()
    assert not checked(app).success


def test_a_gallery_is_sent_what_is_chosen_only_while_pictures_can_be_chosen(app):
    assert "chosen" not in gallery(app)
    assert gallery(app)["labels"][0].endswith(". Open")
    first = gallery(turn_on(app))["ids"][0]
    shown = gallery(choose(app, first))
    assert shown["chosen"]["ids"] == [first]
    assert shown["labels"][0].endswith(". Choose")
    app.toggle(key="choose-page").set_value(False).run()
    assert "chosen" not in gallery(app)
    assert labels(app) == {"Tag all"}


def test_the_choice_is_kept_on_other_pages_and_in_another_order(app):
    some = gallery(turn_on(app))["ids"][:2]
    app.session_state["page"] = 2
    second = gallery(app.run())["ids"]
    assert not set(some) & set(second)
    choose(app, *some, second[0])
    assert labels(app) == {"Tag 3 chosen"}
    app.selectbox(key="order").set_value("lowest first").run()
    assert gallery(app)["chosen"]["ids"] == sorted([*some, second[0]])


def test_a_chosen_picture_that_a_filter_leaves_out_gets_no_tag_until_it_is_back(app, notes):
    surest = gallery(turn_on(app))["ids"][0]
    unsure = gallery_of_unsure(app)[0]
    choose(app, surest, unsure)
    assert labels(app) == {"Tag 1 chosen"}
    put_tag(app, "dark")
    assert tagged(notes) == pictures([unsure])
    checked(app.slider(key="confidence").set_value((0, 100)).run())
    assert labels(app) == {"Tag 2 chosen"}


@pytest.mark.parametrize("box", ["true", "predicted"])
def test_another_cell_begins_with_none_chosen(app, box):
    some = gallery(turn_on(app))["ids"]
    choose(app, *some)
    checked(app.selectbox(key=box).set_value("Shirt").run())
    assert labels(app) == {"Tag 0 chosen"}
    checked(app.selectbox(key=box).set_value("any").run())
    assert gallery(app)["chosen"]["ids"] == []


def test_the_same_numbers_of_the_other_split_are_not_chosen(app):
    choose(turn_on(app), *range(60_000))
    app.segmented_control(key="split").set_value("validation").run()
    assert labels(checked(app)) == {"Tag 0 chosen"}


def test_choose_none_takes_all_back_and_clicks_on_their_way_with_it(app):
    before = gallery(choose(turn_on(app), *gallery(app)["ids"][:4]))["chosen"]
    assert len(before["ids"]) == 4
    checked(app.button(key="choose-none-page").click().run())
    after = gallery(app)["chosen"]
    assert (after["ids"], app.button(key="choose-none-page").disabled) == ([], True)
    assert after["token"] != before["token"]


def test_what_is_chosen_waits_while_clicks_open_pictures(app):
    first = gallery(turn_on(app))["ids"][0]
    choose(app, first)
    for is_on in (False, True):
        checked(app.toggle(key="choose-page").set_value(is_on).run())
    assert gallery(app)["chosen"]["ids"] == [first]


def test_both_directions_are_chosen_from_apart(app):
    for key, value in {"true": "Shirt", "predicted": "T-shirt/top", "both": True}.items():
        app.session_state[key] = value
    app.run()
    turn_on(app)
    assert labels(app) == {"Tag 0 chosen", "Tag all"}


def test_who_only_watches_can_choose_nothing(app, monkeypatch):
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    app.run()
    assert not [each for each in app.toggle if "choose" in str(each.key)]
    app.session_state["choose-page"] = True
    assert "chosen" not in gallery(app.run())


# What the browser says


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give a session with a gallery that pictures are chosen from."""
    kept: dict[str, Any] = {"choose-page": True}
    monkeypatch.setattr(chosen_pictures, "st", SimpleNamespace(session_state=kept))
    monkeypatch.setattr(services, "is_read_only", lambda: False)
    return kept


def of_cell(*image_ids: int, of: str = "cell") -> Choosing:
    found = choosing(np.array(image_ids), split="test", key="page", of=of)
    assert found is not None
    return found


def said(by: Choosing, *image_ids: int, turn: int = 1) -> dict[str, Any]:
    return by.to_browser()["chosen"] | {"turn": turn, "ids": list(image_ids)}


def test_a_click_is_answered_with_its_turn(session):
    cell = of_cell(7, 3, 5)
    cell.hear(said(cell, 7, 3, turn=4))
    answer = of_cell(7, 3, 5).to_browser()["chosen"]
    assert (answer["ids"], answer["turn"]) == ([3, 7], 4)


def test_a_picture_that_is_not_in_the_gallery_is_not_chosen(session):
    cell = of_cell(7, 3)
    cell.hear(said(cell, 7, 4))
    assert of_cell(7, 3, 4).chosen == (7,)


def test_a_click_leaves_what_a_filter_hides(session):
    cell = of_cell(7, 3, 5)
    cell.hear(said(cell, 7, 3))
    filtered = of_cell(7, 5)
    filtered.hear(said(filtered, 5, turn=2))
    assert of_cell(7, 3, 5).chosen == (3, 5)


def test_a_click_that_comes_too_late_does_not_count_for_another_gallery(session):
    cell = of_cell(7, 3)
    late = said(cell, 7)
    other = of_cell(7, 3, of="another cell")
    other.hear(late)
    assert other.chosen == ()


@pytest.mark.parametrize("noise", [None, 7, [7], {}, {"ids": [7]}])
def test_what_no_gallery_says_changes_nothing(session, noise):
    cell = of_cell(7, 3)
    cell.hear(noise)
    assert cell.chosen == ()


@pytest.mark.parametrize("change", [{"ids": "7"}, {"ids": ["7", None]}, {"turn": "1"}])
def test_what_is_not_a_list_of_numbers_chooses_nothing(session, change):
    cell = of_cell(7, 3)
    cell.hear(said(cell, 7) | change)
    assert cell.chosen == ()
