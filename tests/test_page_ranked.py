"""The sorts and filters of the Confusions gallery, and the same row on the Image page."""

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from helpers import DATA_DIR
from streamlit.testing.v1 import AppTest
from votes import as_csv, made_up_votes

from fashion_core.analysis.ranking import SortKey
from fashion_core.data import read_split
from fashion_core.runs import artifacts
from fashion_core.runs.data_notes import DataNotes, Picture
from fashion_core.runs.importing import import_folder
from fashion_core.runs.store import RunStore
from pages.ui import epoch_history, people_data, services
from pages.ui.picture_row import Row

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "reference-run"
CONFUSIONS, IMAGE = "pages/confusions.py", "pages/image.py"
LABELS = read_split(DATA_DIR, "test").labels
WRONG = artifacts.read_epoch(EXAMPLE, 8).test.predictions != LABELS
EPOCHS = range(1, 31)


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with the reference run, made once, to copy."""
    root = tmp_path_factory.mktemp("ranked") / "runs"
    import_folder(RunStore(root), EXAMPLE)
    return root


@pytest.fixture(autouse=True)
def store(
    imported: Path, archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> RunStore:
    """Give the store that the pages use, with the reference run and without votes."""
    shutil.copytree(imported, tmp_path / "runs")
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("FASHION_DATA", str(archives))
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    return services.store()


@pytest.fixture
def votes(store: RunStore) -> np.ndarray:
    """Give the made-up votes, uploaded."""
    people_data.keep_upload(as_csv(made_up_votes()))
    return made_up_votes()


def open_page(page: str = CONFUSIONS, /, **query: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(page)
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception
    assert not app.error
    return app


def parts(app: AppTest, key: str) -> list[dict[str, Any]]:
    """Give what the components that know a word were given."""
    found = [json.loads(part.proto.json) for part in app.get("bidi_component")]
    return [content for content in found if key in content]


def gallery(app: AppTest) -> dict[str, Any]:
    """Give what the first gallery was given, that of the chosen cell."""
    return parts(app, "predictedNames")[0]


def row_ids(app: AppTest) -> list[int]:
    """Give the ids that previous and next on the Image page lead through."""
    (found,) = parts(app, "outside")
    return found["ids"]


def size(app: AppTest) -> int:
    """Give how many pictures the gallery says it has."""
    (said,) = [m.value for m in app.markdown if m.value.startswith("**") and " · " in m.value][:1]
    return int(said.rpartition(" · ")[2].split()[0].replace(",", ""))


def texts(app: AppTest) -> str:
    kinds = (app.caption, app.warning, app.info)
    return "\n".join(element.value for kind in kinds for element in kind)


def right(image_id: int) -> list[bool]:
    """Tell for each epoch whether a picture is named right, read from the files."""
    return [answers(epoch)[image_id] == LABELS[image_id] for epoch in EPOCHS]


def answers(epoch: int) -> np.ndarray:
    if epoch not in _READ:
        _READ[epoch] = artifacts.read_epoch(EXAMPLE, epoch).test.predictions
    return _READ[epoch]


_READ: dict[int, np.ndarray] = {}


def since(image_id: int) -> int | None:
    """Give the epoch from which on a picture is right, counted backwards."""
    first = None
    for epoch, is_right in reversed(list(zip(EPOCHS, right(image_id), strict=True))):
        if not is_right:
            break
        first = epoch
    return first


# The sorts


def test_gallery_is_sorted_by_the_epoch_learned_for_good():
    app = open_page(sort="learned for good", order="lowest first")
    shown = gallery(app)
    expected = sorted(since(i) or 99 for i in np.flatnonzero(WRONG).tolist())
    assert [since(i) or 99 for i in shown["ids"]] == expected[:48]
    assert shown["values"] == [f"right since epoch {epoch}" for epoch in expected[:48]]
    assert "right since epoch 9" in shown["labels"][0]


def test_never_right_for_good_comes_first_where_the_latest_do_and_is_said():
    app = open_page(sort="learned for good")
    shown = gallery(app)
    assert {since(i) for i in shown["ids"]} == {None}
    assert set(shown["values"]) == {"never right for good"}
    assert "Never right for good: wrong at the last epoch" in texts(app)


@pytest.mark.parametrize("order", ["highest first", "lowest first"])
def test_gallery_is_sorted_by_times_forgotten_and_never_learned_comes_last(order):
    app = open_page(sort="times forgotten", order=order)
    ids = np.flatnonzero(WRONG).tolist()
    learned = [i for i in ids if any(right(i))]
    expected = sorted(map(times, learned), reverse=order == "highest first")
    assert [times(i) for i in gallery(app)["ids"]] == expected[:48]
    assert "Never learned: not right at any epoch" in texts(app)
    last = open_page(sort="times forgotten", order=order, page="17")
    assert set(gallery(last)["values"]) == {"never learned"}


def times(image_id: int) -> int:
    return "".join("+" if one else "-" for one in right(image_id)).count("+-")


def test_gallery_is_sorted_by_how_many_people_disagree(votes):
    app = open_page(sort="people disagree")
    shown = gallery(app)
    share = [1 - row[label] / sum(row) for row, label in zip(votes.tolist(), LABELS, strict=True)]
    expected = sorted((share[i] for i in np.flatnonzero(WRONG)), reverse=True)
    assert [share[i] for i in shown["ids"]] == pytest.approx(expected[:48])
    assert shown["values"][0] == "90\u00a0% disagree"


def test_loss_and_margin_stand_below_the_pictures_and_confidence_once():
    assert gallery(open_page(sort="loss"))["values"][0].startswith("loss ")
    assert gallery(open_page(sort="margin"))["values"][0].startswith("margin 1.00")
    assert gallery(open_page())["values"] == []


def test_without_votes_there_is_no_sort_by_disagreement():
    app = open_page(sort="people disagree")
    assert "people disagree" not in app.selectbox(key="sort").options
    assert app.selectbox(key="sort").value == "confidence"
    assert "Only test pictures that people voted on can be sorted" in texts(app)
    assert "Only test pictures" not in texts(checked(app.run()))


def test_validation_pictures_have_no_sort_by_disagreement(votes):
    app = open_page(sort="people disagree")
    app.segmented_control(key="split").set_value("validation").run()
    checked(app)
    assert app.selectbox(key="sort").value == "confidence"
    assert "Only test pictures that people voted on can be sorted" in texts(app)


def test_epochs_are_followed_only_for_the_sorts_that_need_them(monkeypatch):
    asked = []
    followed = epoch_history.count_forgetting
    monkeypatch.setattr(
        epoch_history, "count_forgetting", lambda *args: asked.append(1) or followed(*args)
    )
    for sort in ("confidence", "loss", "margin"):
        open_page(sort=sort)
    assert asked == []
    for _ in range(2):
        open_page(sort="times forgotten")
    assert asked == [1]


def test_damaged_epochs_are_left_out(store):
    (damaged,) = (store.run_dir("r-reference-as-specified") / "epochs").glob("epoch-0030-*")
    damaged.write_bytes(damaged.read_bytes()[:-1])
    shown = gallery(open_page(sort="learned for good"))
    assert all(answers(29)[i] != LABELS[i] for i in shown["ids"])


# The galleries of other pages


def test_people_gallery_is_sorted_by_loss_until_another_order_is_chosen(votes):
    app = open_page("pages/people.py", kind="all mistakes")
    loss = artifacts.read_epoch(EXAMPLE, 8).test.loss
    expected = sorted(np.flatnonzero(WRONG).tolist(), key=lambda i: (-loss[i], i))
    assert gallery(app)["ids"] == expected[:48]
    app.selectbox(key="sort").set_value("people disagree").run()
    shown = gallery(checked(app))
    assert shown["values"][0] == "90\u00a0% disagree"
    share = votes[np.arange(len(LABELS)), LABELS] / votes.sum(axis=1)
    assert share[shown["ids"]].tolist() == sorted(share[WRONG])[:48]


def test_compare_galleries_keep_their_own_order_until_another_is_chosen():
    query = {"with": "r-reference-as-specified", "with_epoch": "30", "epoch": "8"}
    own, _ = parts(open_page("pages/compare.py", **query), "predictedNames")
    fixed, broken = parts(
        open_page("pages/compare.py", **query, sort="times forgotten"), "predictedNames"
    )
    assert own["values"] == []
    is_fixed = WRONG & (answers(30) == LABELS)
    expected = sorted((times(i) for i in np.flatnonzero(is_fixed)), reverse=True)
    assert [times(i) for i in fixed["ids"]] == expected[:24]
    assert fixed["notes"][0].startswith("was ")
    assert {times(i) for i in broken["ids"]} <= set(range(1, 20))


def test_confidence_galleries_can_be_sorted_otherwise():
    page = "pages/certainty.py"
    answered, _ = parts(open_page(page, sort="learned for good", sure="60"), "predictedNames")
    probs = artifacts.read_epoch(EXAMPLE, 8).test.pred_probs.max(axis=1).astype(float)
    never = [i for i in np.flatnonzero(WRONG & (probs >= 0.6)).tolist() if since(i) is None]
    assert set(answered["ids"]) <= set(never)
    assert "Closest to the threshold first" in texts(open_page(page))


def test_picture_of_the_confidence_page_opens():
    app = open_page("pages/certainty.py", picture="0")
    assert explain_link(app)["picture"] == "0"


# The filters


def test_a_range_of_confidences_keeps_its_pictures():
    app = open_page(confidence=["40", "60"])
    probs = artifacts.read_epoch(EXAMPLE, 8).test.pred_probs.max(axis=1).astype(float)
    expected = np.flatnonzero(WRONG & (probs >= 0.4) & (probs <= 0.6))
    assert size(app) == len(expected)
    assert set(gallery(app)["ids"]) <= set(expected.tolist())
    app.slider(key="confidence").set_value((0, 100)).run()
    assert size(checked(app)) == WRONG.sum()


def test_filters_combine():
    probs = artifacts.read_epoch(EXAMPLE, 8).test.pred_probs.max(axis=1).astype(float)
    said = answers(8)
    keep = (LABELS == 6) & (said == 4) & (probs >= 0.5) & (probs <= 0.9)
    app = open_page(true="Shirt", predicted="Coat", confidence=["50", "90"])
    assert sorted(gallery(app)["ids"]) == np.flatnonzero(keep).tolist()


def test_a_range_without_pictures_says_so():
    app = open_page(confidence=["0", "5"])
    assert "None is 0 to 5\u00a0% sure." in texts(app)


def test_confidently_wrong_takes_the_range_back():
    app = open_page(true="Shirt", predicted="Coat", confidence=["50", "90"])
    next(
        button for button in app.button if button.label == "All mistakes, surest first"
    ).click().run()
    assert size(checked(app)) == WRONG.sum()


@pytest.mark.parametrize(
    "bad", [["abc", "50"], ["5"], ["1", "2", "3"], ["-5", "150"], ["nan", "x"]]
)
def test_a_link_with_an_impossible_range_shows_every_confidence(bad):
    assert size(open_page(confidence=bad)) == WRONG.sum()
    app = open_page(IMAGE, confidence=bad)
    assert "unknown value for “confidence”. It can be: two numbers from 0 to 100" in texts(app)
    assert parts(app, "outside")[0]["total"] == WRONG.sum()


def test_a_link_with_an_empty_range_is_a_link_without_one():
    app = open_page(IMAGE, confidence=["nan", ""])
    assert "unknown value" not in texts(app)
    assert parts(app, "outside")[0]["total"] == WRONG.sum()


def test_a_range_the_wrong_way_round_is_the_same_range():
    app = open_page(confidence=["60", "40"])
    assert size(app) == size(open_page(confidence=["40", "60"]))
    assert checked(app.run()).slider(key="confidence").value == (40, 60)
    assert app.query_params["confidence"] == ["40", "60"]
    there, back = ({"sort": "loss", "confidence": [a, b]} for a, b in (("60", "40"), ("40", "60")))
    assert row_ids(open_page(IMAGE, **there)) == row_ids(open_page(IMAGE, **back))


# The link


QUERIES: list[dict[str, str | list[str]]] = [
    {"sort": "learned for good", "order": "lowest first"},
    {"sort": "times forgotten", "outcome": "right", "true": "Shirt"},
    {"sort": "people disagree", "predicted": "Coat", "outcome": "all"},
    {"sort": "margin", "confidence": ["40", "62"]},
    {"sort": "times forgotten", "confidence": ["50", "100"], "true": "Shirt", "predicted": "Coat"},
]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: str(query["sort"]))
def test_image_page_has_the_row_of_the_gallery_that_led_there(votes, query):
    ids = gallery(open_page(**query))["ids"]
    there = explain_link(open_page(**query, picture=str(ids[3])))
    app = open_page(IMAGE, **there)
    assert row_ids(app)[: len(ids)] == ids
    (total,) = [part["total"] for part in parts(app, "outside")]
    assert total == size(open_page(**query))


def test_link_of_one_cell_names_no_outcome():
    """Nothing on the Confusions page would take it out, and the row would not be restored."""
    assert Row(true=6, predicted=4, sort=SortKey.MARGIN).link() == {
        "true": "Shirt",
        "predicted": "Coat",
        "sort": "margin",
        "order": "highest first",
    }
    assert Row(true=6, outcome="right").link()["outcome"] == "right"


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: str(query["sort"]))
def test_image_page_leads_back_to_the_same_gallery(votes, query):
    back = link(open_page(IMAGE, **query), "See them as a gallery")
    assert gallery(open_page(**back))["ids"] == gallery(open_page(**query))["ids"]


def test_image_page_says_the_order_in_words(votes):
    app = open_page(IMAGE, sort="people disagree", confidence=["40", "60"])
    expected = "In order: all mistakes, 40 to 60\u00a0% sure, highest disagreement of people first."
    assert expected in texts(app)


def test_image_page_without_votes_says_what_it_can_sort_by():
    app = open_page(IMAGE, sort="people disagree")
    said = "It can be: confidence, loss, margin, learned for good, times forgotten."
    assert said in texts(app)


def test_a_tag_stands_in_the_link_and_in_the_row_of_the_image_page(store):
    tagged = np.flatnonzero(WRONG)[[5, 2, 9]].tolist()
    notes = DataNotes(store.root)
    for image_id in tagged:
        about = Picture(split="test", image_id=image_id)
        notes.save(notes.of(about), text="", tags=("Label*?*",))
    query = {"picture-tag": "Label*?*", "sort": "times forgotten"}
    ids = gallery(open_page(**query))["ids"]
    assert sorted(ids) == sorted(tagged)
    app = open_page(IMAGE, **explain_link(open_page(**query, picture=str(ids[1]))))
    assert row_ids(app) == ids
    assert r"tagged “Label\*?\*”" in texts(app)


def test_a_tag_that_no_picture_has_gets_a_sentence():
    app = open_page(**{"picture-tag": "gone"})
    assert "The link names a tag that no picture here has. All are shown." in texts(app)
    assert size(app) == WRONG.sum()
    app = open_page(IMAGE, **{"picture-tag": "gone"})
    assert "unknown value for “picture-tag”" in texts(app)


def explain_link(app: AppTest) -> dict[str, str | list[str]]:
    return link(app, "Explain this picture")


def link(app: AppTest, label: str) -> dict[str, str | list[str]]:
    """Give the query parameters of a link of the page."""
    found = next(one for one in app.get("page_link") if one.proto.label == label)
    query = parse_qs(found.proto.query_string)
    return {key: value if len(value) > 1 else value[0] for key, value in query.items()}
