"""The People page and the votes beside every test picture, with a made-up table of votes."""

import json
from pathlib import Path

import numpy as np
import pytest
from helpers import DATA_DIR, link_or_copy
from streamlit.testing.v1 import AppTest
from votes import as_csv, made_up_votes, public_table

from fashion_core.classes import CLASS_NAMES
from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.errors import DataError
from fashion_core.runs import artifacts
from fashion_core.runs.importing import import_folder
from fashion_core.runs.store import RunStore
from pages.ui import people_data, services

ROOT = Path(__file__).parents[1]
REFERENCE_RUN = ROOT / "examples" / "reference-run"
REFERENCE = "r-reference-as-specified"
LABELS = read_split(DATA_DIR, "test").labels


@pytest.fixture(autouse=True)
def caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pages caches of their own, no engine, and only the runs of the test."""
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))


@pytest.fixture
def data(tmp_path: Path, archives: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a data folder of the test's own: whoever develops may have the votes in theirs."""
    monkeypatch.setenv("FASHION_DATA", str(archives))
    return archives


@pytest.fixture
def store(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Give the store that the pages use, with the reference run."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    import_folder(services.store(), REFERENCE_RUN)
    return services.store()


@pytest.fixture
def with_votes(store: RunStore) -> RunStore:
    """Give the store with the made-up table uploaded."""
    people_data.keep_upload(as_csv(made_up_votes()))
    return store


def open_page(page: str = "pages/people.py", **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if page != "dashboard.py":
        app.switch_page(page)
    return app.run()


def words(app: AppTest) -> str:
    """Give all the text of a page; `app` must be free of exceptions."""
    assert not app.exception
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error, app.metric)
    return "\n".join(
        f"{getattr(element, 'label', '')} {element.value}" for kind in kinds for element in kind
    )


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def answers(epoch: int = 8) -> np.ndarray:
    return artifacts.read_epoch(REFERENCE_RUN, epoch).test.predictions


def kinds_of(votes: np.ndarray, said: np.ndarray) -> list[int]:
    """Count own, shared and disputed mistakes in plain loops."""
    found = [0, 0, 0]
    for row, label, answer in zip(votes.tolist(), LABELS.tolist(), said.tolist(), strict=True):
        others = max(count for c, count in enumerate(row) if c != label)
        if answer != label:
            found[2 if 10 * others >= 7 * sum(row) else 0 if row[label] >= others else 1] += 1
    return found


# Without votes


def test_without_votes_who_only_watches_is_asked_for_no_file(store, monkeypatch) -> None:
    monkeypatch.setattr(services, "is_read_only", lambda: True)
    text = words(open_page())
    assert "Drop it below" not in text
    assert "for watching only: whoever runs it can bring the table" in text


def test_without_votes_the_page_says_what_to_do_and_where_they_come_from(store) -> None:
    app = open_page()
    text = words(app)
    assert app.title[0].value == "Where do people fail too?"
    assert "Nobody has brought the votes yet." in text
    assert "https://github.com/takashiishida/irreducible" in text
    assert "GPL-3.0" in text
    assert len(app.get("file_uploader")) == 1


def test_page_without_a_run_says_what_to_do(data, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "empty"))
    assert "Nothing was trained yet." in words(open_page())


def test_page_of_a_run_without_an_epoch_says_so(data, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "empty"))
    services.store().create(RunSpec())
    assert "has not finished its first epoch yet" in words(open_page())


@pytest.mark.parametrize("page", ["pages/confusions.py", "pages/compare.py", "pages/labels.py"])
def test_without_votes_a_picture_has_no_hole(store, page) -> None:
    text = words(open_page(page, picture="1111"))
    assert "picture 1111" in text or "True class" in text
    assert "people voted" not in text
    assert "votes" not in text


# With votes


def test_sentence_and_kinds_agree_with_plain_loops(with_votes) -> None:
    app = open_page()
    own, shared, disputed = kinds_of(made_up_votes(), answers())
    assert own
    assert shared
    assert disputed
    text = words(app)
    mistakes = int((answers() != LABELS).sum())
    assert f"Of {mistakes} mistakes, {own} are the network's own; on the other" in text
    shown = metrics(app)
    assert shown["The network's own"] == str(own)
    assert shown["People fail too"] == str(shared)
    assert shown["Label disputed"] == str(disputed)
    assert own + shared + disputed == mistakes


def test_kinds_are_defined_exactly_on_the_page(with_votes) -> None:
    text = words(open_page())
    assert "No class has more votes than the label" in text
    assert "Another class has more votes than the label, but none has 70 %" in text
    assert "At least 70 % of the votes are for one class that is not the label" in text
    assert "does not make the label wrong" in text


def test_accuracies_of_network_of_most_people_and_of_one(with_votes) -> None:
    votes = made_up_votes()
    for_label = votes[np.arange(10_000), LABELS]
    shown = metrics(open_page())
    assert shown["The network"] == f"{100 * (answers() == LABELS).mean():.1f}\u00a0%"
    assert shown["Most people"] == f"{100 * (for_label == votes.max(axis=1)).mean():.1f}\u00a0%"
    assert shown["A single person"] == f"{100 * for_label.sum() / votes.sum():.1f}\u00a0%"


def test_another_epoch_has_other_mistakes_of_its_own(with_votes) -> None:
    own = kinds_of(made_up_votes(), answers(20))[0]
    assert own != kinds_of(made_up_votes(), answers())[0]
    assert metrics(open_page(epoch="20"))["The network's own"] == str(own)


def test_page_shows_test_pictures_whatever_is_chosen(with_votes) -> None:
    text = words(open_page(split="validation"))
    assert "test pictures, the only ones that people voted on" in text
    assert f"Of {(answers() != LABELS).sum()} mistakes" in text


@pytest.mark.parametrize(
    ("kind", "index"), [("the network's own", 0), ("people fail too", 1), ("label disputed", 2)]
)
def test_gallery_counts_the_pictures_of_a_kind(with_votes, kind, index) -> None:
    number = kinds_of(made_up_votes(), answers())[index]
    assert f"**{number} pictures**, highest loss first" in words(open_page(kind=kind))


def test_both_matrices_have_one_colour_scale_and_say_so(with_votes):
    app = open_page()
    sent = [json.loads(part.proto.json) for part in app.get("bidi_component")]
    first, second = (each for each in sent if "fractions" in each)
    assert first["most"] == second["most"]
    assert first["unit"] == "pictures; right answers in grey; the same scale in both"
    largest = [
        max(part for row in each["fractions"] for part in row if part is not None)
        for each in (first, second)
    ]
    assert max(largest) == 1.0
    assert min(largest) < 1.0


def test_gallery_of_a_cell_of_the_crowds_matrix(with_votes) -> None:
    """Shirts (6) that most people take for sneakers (7): every seventh, if it is one."""
    votes = made_up_votes()
    most = votes.max(axis=1)
    chosen = (LABELS == 6) & (votes[:, 7] == most) & (votes[:, 6] < most)
    right = int((answers() == LABELS)[chosen].sum())
    text = words(open_page(kind="all pictures", true="Shirt", people="Sneaker"))
    assert f"**{chosen.sum()} pictures**" in text
    assert f"The network is right on {100 * right / chosen.sum():.1f}\u00a0%" in text


def test_gallery_of_a_cell_of_the_networks_matrix(with_votes) -> None:
    chosen = (LABELS == 6) & (answers() == 0)
    text = words(open_page(kind="all mistakes", true="Shirt", predicted="T-shirt/top"))
    assert f"**{chosen.sum()} pictures**" in text
    assert "The network is right on" not in text


def test_a_cell_without_pictures_says_so(with_votes) -> None:
    text = words(open_page(kind="label disputed", true="Bag", predicted="Bag"))
    assert "No picture is like this." in text


def test_one_picture_is_called_one(with_votes) -> None:
    cells = list(zip(LABELS.tolist(), answers().tolist(), strict=True))
    true, predicted = next(pair for pair in cells if cells.count(pair) == 1)
    text = words(
        open_page(kind="all pictures", true=CLASS_NAMES[true], predicted=CLASS_NAMES[predicted])
    )
    assert "**1 picture**" in text


# Votes beside a picture


@pytest.mark.parametrize(
    "page", ["pages/people.py", "pages/confusions.py", "pages/compare.py", "pages/labels.py"]
)
def test_every_test_picture_shows_how_people_voted(with_votes, page) -> None:
    """Picture 7 is one of those on which nine of ten people contradict the label."""
    app = open_page(page, picture="7")
    text = words(app)
    assert "**How 10 people voted**" in text
    assert "Label disputed: 90.0\u00a0% see" in text


def test_validation_pictures_show_no_votes(with_votes) -> None:
    image_id = int(read_split(DATA_DIR, "val").image_ids[0])
    app = open_page("pages/confusions.py", split="validation", picture=str(image_id))
    text = words(app)
    assert "True class" in text
    assert "people voted" not in text


@pytest.mark.parametrize(
    ("picture", "sentence"), [("1", "Most people see"), ("11", "People fail too: more see")]
)
def test_a_picture_says_in_words_what_people_make_of_it(with_votes, picture, sentence) -> None:
    assert sentence in words(open_page(picture=picture))


# Bringing, checking, removing


def test_the_data_folder_is_looked_into(store, data) -> None:
    (data / "human-votes").mkdir()
    path = data / "human-votes" / "fmh_counts.csv"
    path.write_bytes(as_csv(made_up_votes()))
    app = open_page()
    assert "are the network's own" in words(app)
    assert str(path) in words(app)
    assert not [b for b in app.button if b.label == "Remove the uploaded table"]


def test_an_uploaded_table_goes_before_and_can_be_removed(with_votes) -> None:
    app = open_page()
    next(b for b in app.button if b.label == "Remove the uploaded table").click().run()
    assert "Nobody has brought the votes yet." in words(app)
    assert not people_data.uploaded_path().exists()


def test_upload_is_checked_kept_and_used(store) -> None:
    app = open_page()
    app.get("file_uploader")[0].upload("anything.csv", as_csv(made_up_votes()), "text/csv").run()
    assert "are the network's own" in words(app)
    assert people_data.uploaded_path().read_bytes() == as_csv(made_up_votes())


def test_a_wrong_upload_is_a_sentence_and_changes_nothing(store) -> None:
    app = open_page()
    reversed_rows = as_csv(made_up_votes()[::-1])
    app.get("file_uploader")[0].upload("votes.csv", reversed_rows, "text/csv").run()
    text = words(app)
    assert "not in the order of the test pictures" in text
    assert "Nobody has brought the votes yet." in text
    assert not people_data.uploaded_path().exists()


def test_a_damaged_file_is_a_sentence_here_and_no_hole_elsewhere(with_votes) -> None:
    path = people_data.uploaded_path()
    path.write_bytes(path.read_bytes()[:-100])
    app = open_page()
    assert "of the votes has" in words(app) or "Expected 10,000 rows" in words(app)
    assert [b for b in app.button if b.label == "Remove the uploaded table"]
    text = words(open_page("pages/confusions.py", picture="7"))
    assert "True class" in text
    assert "people voted" not in text


def test_a_changed_file_is_read_again(with_votes) -> None:
    before = metrics(open_page())["A single person"]
    votes = made_up_votes().copy()
    votes[np.arange(10_000), LABELS] += 5
    people_data.keep_upload(as_csv(votes))
    assert metrics(open_page())["A single person"] != before


def test_a_table_that_cannot_be_removed_is_a_sentence(with_votes) -> None:
    people_data.uploaded_path().unlink()
    people_data.uploaded_path().mkdir()
    with pytest.raises(DataError, match="cannot be removed"):
        people_data.remove_upload()
    assert "cannot be read" in words(open_page())


def test_a_damaged_epoch_is_a_sentence(with_votes) -> None:
    (path,) = (with_votes.run_dir(REFERENCE) / "epochs").glob("epoch-0008-*")
    path.write_bytes(path.read_bytes()[:-7])
    assert "The answers of epoch 8 of run 1 cannot be shown" in words(open_page())


def test_the_public_table_gives_what_was_measured(store) -> None:
    """Where a copy lies beside the repository; else the made-up table gives the same shape."""
    public = public_table()
    votes = made_up_votes()
    if public is None:
        people_data.keep_upload(as_csv(votes))
    else:
        link_or_copy(public, people_data.uploaded_path())
        votes = np.loadtxt(public, delimiter=",", dtype=np.int64)
    own, shared, disputed = kinds_of(votes, answers())
    if public is not None:
        assert (own, shared, disputed) == (283, 454, 74)
    shown = metrics(open_page())
    assert [shown[k] for k in ("The network's own", "People fail too", "Label disputed")] == [
        str(own),
        str(shared),
        str(disputed),
    ]


def test_votes_in_the_data_folder_cannot_be_committed() -> None:
    assert "/data/human-votes/" in (ROOT / ".gitignore").read_text().split()
