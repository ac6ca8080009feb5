"""Notes on pictures and confusions on the pages, in Streamlit's own test client."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import DATA_DIR, REPO_ROOT
from portable import put_run, sound_epoch
from streamlit.testing.v1 import AppTest

from fashion_core.data import read_split
from fashion_core.runs.data_notes import NOTE_FILE, DataNote, DataNotes, Pair, Picture
from fashion_core.runs.store import RunStore
from pages.ui import services

BOOT = Picture(split="test", image_id=7)
SHIRTS = Pair(true=6, predicted=0)


@pytest.fixture
def run_id(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let pages see a store with a run, and nobody who computes."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", SimpleNamespace)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    return put_run(store)


@pytest.fixture
def notes(store: RunStore) -> DataNotes:
    return DataNotes(store.root)


def open_confusions(run_id: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    for key, value in ({"run": run_id} | query).items():
        app.query_params[key] = value
    app.switch_page("pages/confusions.py")
    app.run()
    assert not app.exception
    return app


def say(notes: DataNotes, about: Picture | Pair, text: str, *tags: str) -> None:
    notes.save(notes.of(about), text=text, tags=tags)


def write(app: AppTest, name: str, text: str, *tags: str) -> AppTest:
    """Fill a form and press its button."""
    app.text_area(key=f"{name}-text").set_value(text)
    if tags:
        app.session_state[f"{name}-tags"] = list(tags)
    button = next(b for b in app.button if b.form_id == f"{name}-form")
    button.click().run()
    assert not app.exception
    return app


def text_of(app: AppTest, name: str) -> str:
    return app.text_area(key=f"{name}-text").value


def forms(app: AppTest) -> set[str]:
    return {area.key.removesuffix("-text") for area in app.text_area}


def gallery_size(app: AppTest) -> str:
    """Give the heading of the gallery; the pictures of a cell have one with their number."""
    return next(m.value for m in app.markdown if re.search(r" · [\d,]+ pictures?$", m.value))


def test_a_note_on_a_picture_is_written_in_its_dialog(run_id, notes):
    app = open_confusions(run_id, picture="7")
    assert forms(app) == {"note-test-7"}
    write(app, "note-test-7", "a **boot**", "label?")
    assert notes.all() == (DataNote(about=BOOT, text="a **boot**", tags=("label?",)),)
    assert [s.value for s in app.success] == ["Saved."]
    assert text_of(open_confusions(run_id, picture="7"), "note-test-7") == "a **boot**"


def test_the_same_number_of_the_other_split_is_another_picture(run_id, notes):
    say(notes, BOOT, "test")
    image_id = int(read_split(DATA_DIR, "val").image_ids[3])
    app = open_confusions(run_id, picture=str(image_id), split="validation")
    assert text_of(app, f"note-validation-{image_id}") == ""


def test_a_confusion_has_a_note_and_each_direction_its_own(run_id, notes):
    app = open_confusions(run_id, true="Shirt", predicted="T-shirt/top")
    assert forms(app) == {"note-pair-6-0"}
    write(app, "note-pair-6-0", "the collar decides")
    assert notes.of(SHIRTS).text == "the collar decides"
    both = open_confusions(run_id, true="Shirt", predicted="T-shirt/top", both="true")
    assert text_of(both, "note-pair-6-0") == "the collar decides"
    assert text_of(both, "note-pair-0-6") == ""


@pytest.mark.parametrize("query", [{}, {"true": "Bag"}, {"true": "Bag", "predicted": "Bag"}])
def test_only_a_confusion_has_a_note(run_id, query):
    assert forms(open_confusions(run_id, **query)) == set()


def test_a_text_changed_in_another_window_is_said_and_mine_is_still_there(run_id, notes):
    app = open_confusions(run_id, picture="7")
    say(notes, BOOT, "theirs", "their tag")
    write(app, "note-test-7", "mine")
    assert "it says “theirs” now" in app.error[0].value
    assert (text_of(app, "note-test-7"), notes.of(BOOT).text) == ("mine", "theirs")
    write(app, "note-test-7", "theirs and mine")
    assert notes.of(BOOT) == DataNote(about=BOOT, text="theirs and mine", tags=("their tag",))


def test_what_another_window_wrote_is_there_at_the_next_look(run_id, notes):
    app = open_confusions(run_id, picture="7")
    say(notes, BOOT, "theirs")
    app.run()
    assert text_of(app, "note-test-7") == "theirs"


def test_a_damaged_file_is_said_and_what_can_be_read_is_there(run_id, notes, store):
    say(notes, BOOT, "kept")
    say(notes, SHIRTS, "lost")
    path = store.root / NOTE_FILE
    path.write_bytes(path.read_bytes()[:-4])
    app = open_confusions(run_id, picture="7")
    assert text_of(app, "note-test-7") == "kept"
    (copy,) = notes.damaged_copies()
    assert "The file of notes was damaged." in app.warning[0].value
    assert copy.name.rpartition("-")[2] in app.warning[0].value


def test_a_file_that_cannot_be_read_is_said_and_the_page_goes_on(run_id, store):
    (store.root / NOTE_FILE).mkdir()
    app = open_confusions(run_id, picture="7")
    assert "notes on pictures cannot be read" in app.error[0].value
    assert forms(app) == set()
    assert "pictures" in gallery_size(app)


def test_what_cannot_be_written_is_said_and_stays_in_the_form(run_id, store, notes):
    app = open_confusions(run_id, picture="7")
    (store.root / "data-notes.lock").mkdir()
    write(app, "note-test-7", "mine")
    assert "nothing was changed" in app.error[0].value
    assert text_of(app, "note-test-7") == "mine"
    assert notes.all() == ()


def test_a_tag_keeps_the_pictures_that_have_it(run_id, notes):
    wrong = np.flatnonzero(sound_epoch(2).test.predictions != read_split(DATA_DIR, "test").labels)
    app = open_confusions(run_id)
    assert "picture-tag" not in {box.key for box in app.selectbox}
    for image_id in wrong[:3].tolist():
        say(notes, Picture(split="test", image_id=image_id), "", "Label?")
    say(notes, Picture(split="test", image_id=int(wrong[3])), "", "dark")
    say(notes, Picture(split="validation", image_id=int(wrong[4])), "", "label?", "other")
    app.run()
    assert app.selectbox(key="picture-tag").options == ["any tag", "dark", "Label?"]
    app.selectbox(key="picture-tag").set_value("Label?").run()
    assert gallery_size(app) == "**All classes**, wrong · 3 pictures"
    for image_id in wrong[:3].tolist():
        say(notes, Picture(split="test", image_id=image_id), "")
    app.run()
    assert gallery_size(app) == f"**All classes**, wrong · {len(wrong):,} pictures"


def test_no_picture_of_the_cell_has_the_tag(run_id, notes):
    right = int(
        np.flatnonzero(sound_epoch(2).test.predictions == read_split(DATA_DIR, "test").labels)[0]
    )
    say(notes, Picture(split="test", image_id=right), "", "fine")
    app = open_confusions(run_id)
    app.selectbox(key="picture-tag").set_value("fine").run()
    assert [i.value for i in app.info] == ["None has this tag."]


# A tag for all pictures of a gallery


def tag_all(app: AppTest, tag: str, gallery: str = "page") -> AppTest:
    """Choose a tag for a gallery and press its button."""
    box = app.selectbox(key=f"tag-many-{gallery}")
    box.options.append(tag)  # typed: the test client knows no other way
    box.set_value(tag)
    app.button(key=f"tag-many-{gallery}-add").click().run()
    assert not app.exception
    return app


def in_cell(true: int, predicted: int) -> set[Picture]:
    """List the pictures of a cell from the run's own file."""
    labels, said = read_split(DATA_DIR, "test").labels, sound_epoch(2).test.predictions
    ids = np.flatnonzero((labels == true) & (said == predicted))
    return {Picture(split="test", image_id=image_id) for image_id in ids.tolist()}


def tagged(notes: DataNotes, tag: str) -> set[Picture | Pair]:
    return {note.about for note in notes.all() if tag in note.tags}


def test_exactly_the_pictures_of_the_cell_get_the_tag_and_undo_takes_it_off(run_id, notes):
    expected = in_cell(6, 0)
    one = next(iter(expected))
    say(notes, one, "kept", "collar")
    app = tag_all(open_confusions(run_id, true="Shirt", predicted="T-shirt/top"), "collar")
    assert tagged(notes, "collar") == expected
    assert app.success[0].value == f"Tagged {len(expected) - 1}. 1 had it already."
    app.button(key="tag-many-page-undo").click().run()
    assert app.success[0].value == "Taken off again."
    assert notes.all() == (DataNote(about=one, text="kept", tags=("collar",)),)


def test_only_what_the_filters_leave_gets_the_tag(run_id, notes):
    cell = {"true": "Shirt", "predicted": "T-shirt/top"}
    few = sorted(in_cell(6, 0), key=lambda picture: picture.image_id)[:2]
    for picture in few:
        say(notes, picture, "", "dark")
    app = open_confusions(run_id, **cell)
    app.selectbox(key="picture-tag").set_value("dark").run()
    tag_all(app, "seen")
    assert tagged(notes, "seen") == set(few)


def test_both_directions_have_a_button_each(run_id, notes):
    app = open_confusions(run_id, true="Shirt", predicted="T-shirt/top", both="true")
    tag_all(app, "back", gallery="page-back")
    assert tagged(notes, "back") == in_cell(0, 6)


def test_what_became_of_one_cell_is_not_said_of_another(run_id, notes):
    app = tag_all(open_confusions(run_id, true="Shirt", predicted="T-shirt/top"), "collar")
    assert len(app.success) == 1
    app.selectbox(key="predicted").set_value("Coat").run()
    assert not app.success
    assert "tag-many-page-undo" not in {button.key for button in app.button}
    app.selectbox(key="predicted").set_value("T-shirt/top").run()
    app.button(key="tag-many-page-undo").click().run()
    assert notes.all() == ()


def test_no_tag_chosen_is_said(run_id, notes):
    app = open_confusions(run_id, true="Shirt", predicted="T-shirt/top")
    app.button(key="tag-many-page-add").click().run()
    assert "Choose a tag, or type one, first." in app.error[0].value
    assert notes.all() == ()


def test_a_tag_that_cannot_be_written_is_said_and_nothing_is_lost(run_id, store, notes):
    app = open_confusions(run_id, true="Shirt", predicted="T-shirt/top")
    (store.root / "data-notes.lock").mkdir()
    tag_all(app, "collar")
    assert "nothing was changed" in app.error[0].value
    assert app.selectbox(key="tag-many-page").value == "collar"


def test_who_only_watches_can_tag_nothing(run_id, monkeypatch):
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    app = open_confusions(run_id, true="Shirt", predicted="T-shirt/top")
    assert not [box for box in app.selectbox if str(box.key).startswith("tag-many-")]


def test_who_only_watches_sees_notes_but_no_empty_places_for_them(run_id, notes, monkeypatch):
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    app = open_confusions(run_id, true="Shirt", predicted="T-shirt/top", picture="7")
    assert not app.divider
    assert not [each for each in app.get("popover") if each.proto.popover.label == "Note"]
    say(notes, BOOT, "A boot of felt.")
    say(notes, SHIRTS, "No collar.")
    app = open_confusions(run_id, true="Shirt", predicted="T-shirt/top", picture="7")
    assert len(app.divider) == 1
    written = "\n".join(m.value for m in app.markdown)
    assert "A boot of felt" in written
    assert "No collar" in written
