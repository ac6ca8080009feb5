"""The Robustness page, opened cold by Streamlit's own test client."""

import base64
import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import wait_until
from streamlit.testing.v1 import AppTest

from fashion_core.analysis.corruptions import CORRUPTIONS, corrupt, corruption_of
from fashion_core.classes import CLASS_NAMES
from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.engine import robustness
from fashion_core.files import sha256
from fashion_core.history import EpochRecord
from fashion_core.robust_answers import questions
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.robustness import computing, fingerprint, write_answers
from fashion_core.runs.store import RunStore
from pages.ui import robustness_table, services
from pages.ui.robustness_html import change_colour, loss_colour

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "reference-run"
RUN = "r-reference-as-specified"
LABELS = read_split(ROOT / "data", "test").labels
IMAGES = read_split(ROOT / "data", "test").images
CLEAN = artifacts.read_epoch(EXAMPLE, 8).test.predictions
KEYS = [corruption.key for corruption in CORRUPTIONS]
HANGS = "import sys; sys.stdin.read()"
DIES = "import sys; sys.exit(3)"


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    """Give a store with the reference run, a silent engine, and caches of their own."""
    store = RunStore(tmp_path / "runs")
    import_folder(store, EXAMPLE)
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    monkeypatch.setattr(
        robustness, "_command", lambda *_: [sys.executable, "-c", HANGS]
    )  # no real test
    yield store
    services._open_robustness_tests().cancel()


def answers_of(number: int, harm: float = 1.0) -> np.ndarray:
    """Give made-up answers, uint8 (3, N): each strength names more trousers what they are not."""
    answers = np.repeat(CLEAN[np.newaxis], 3, axis=0)
    for row in range(3):
        chosen = np.random.default_rng(number).random(len(CLEAN)) < harm * number * (row + 1) / 40
        answers[row, chosen] = np.where(LABELS[chosen] == 1, 3, 8)
    return answers


def keep(store: RunStore, run_id: str = RUN, epoch: int = 8, keys=KEYS, harm: float = 1.0) -> None:
    """Put made-up answers into a run's folder; later corruptions do more harm."""
    folder = store.run_dir(run_id)
    clean = fingerprint(store.epoch_file(run_id, epoch).test)
    with computing(folder):
        for number, asked in enumerate(
            questions(epoch=epoch, clean=clean, pictures=10_000), start=1
        ):
            if asked.key in keys:
                write_answers(folder, asked, answers_of(number, harm))


def add_run(store: RunStore) -> str:
    """Add a run without weights that answers as the reference run's epoch 8 does."""
    run_id = store.create(RunSpec(epochs=3), name="The *second*")
    journal, source = RunJournal(store, run_id), artifacts.read_epoch(EXAMPLE, 8)
    journal.start()
    figures = EpochRecord(
        epoch=1, train_loss=1, train_accuracy=0.5, val_loss=0.9, val_accuracy=0.5, seconds=2
    )
    artifacts.write_epoch(
        store.run_dir(run_id), EpochFile(record=figures, val=source.val, test=source.test)
    )
    journal.epoch(figures)
    journal.end("finished", "")
    return run_id


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    for key, value in {"run": RUN, **query}.items():
        app.query_params[key] = value
    return app.switch_page("pages/robustness.py").run()


def words(app: AppTest) -> str:
    """Give all the text of a page outside of tables; `app` must be free of exceptions."""
    assert not app.exception
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


class _Cells(HTMLParser):
    """Collects the text of each row's cells."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
        elif tag in {"span", "small"} and self.rows:
            self.rows[-1][-1] += " "

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def table(app: AppTest, caption: str) -> list[list[str]]:
    """Give the texts of the one table of a caption, head first."""
    (found,) = [h.value for h in app.get("html") if f"<caption>{caption}" in str(h.value)]
    cells = _Cells()
    cells.feed(found.split("</caption>")[1])
    return cells.rows


def broken_pictures(app: AppTest) -> dict[str, Any]:
    """Give what the gallery of broken pictures was sent."""
    sent = [json.loads(each.proto.json or "{}") for each in app.get("bidi_component")]
    (found,) = [content for content in sent if content.get("pixels")]
    return found


def button(app: AppTest, label: str):
    (found,) = [b for b in app.button if b.label == label]
    return found


def share(answers: np.ndarray) -> str:
    return f"{100 * (answers == LABELS).mean():.1f}\u00a0%"


# Before, while, after


def test_without_answers_it_says_what_will_be_done_and_how_long():
    text = words(open_page())
    assert "made worse in 10 ways at 3 strengths" in text
    assert "300,000 pictures, about 2 minutes of one core" in text
    assert "hurts most" not in text


def test_before_the_test_one_picture_shows_what_will_be_done():
    app = open_page(example="3")
    assert "Test picture 3 is labelled" in words(app)
    rows = table(app, "The picture as the test makes it worse")
    assert len(rows) == 11
    assert rows[1][0].startswith("Noise")
    assert rows[1][1:] == ["", "", ""]  # nothing is said of what nobody asked
    (shown,) = [str(h.value) for h in app.get("html") if "<table" in str(h.value)]
    assert shown.count("<img") == 30
    assert not [d for d in app.get("download_button") if d.proto.label == "Save as CSV"]


def test_start_runs_the_test_and_every_visitor_sees_how_far_it_is(runs: RunStore):
    app = open_page()
    button(app, "Start the test").click().run()
    assert services.robustness_tests().running() == (RUN, 8)
    assert not [b for b in app.button if b.label == "Start the test"]
    other = open_page()
    (progress,) = other.get("progress")
    assert progress.proto.text == "Noise: 0 of 300,000 pictures"
    button(other, "Cancel the test").click().run()
    assert services.robustness_tests().running() is None
    button(other, "Start the test")


def test_a_test_of_another_run_is_named(runs: RunStore):
    services.robustness_tests().start(RUN, 8)
    second = add_run(runs)
    app = open_page(run=second)
    assert "Epoch 8 of run 1 is being tested." in words(app)
    assert not [b for b in app.button if b.label == "Start the test"]


def test_a_test_that_failed_says_why_and_can_start_again(monkeypatch):
    monkeypatch.setattr(robustness, "_command", lambda *_: [sys.executable, "-c", DIES])
    app = open_page()
    button(app, "Start the test").click().run()
    wait_until(lambda: services.robustness_tests().running() is None)
    app.run()
    assert "ended early (exit code 3). Start it again to go on." in app.error[0].value
    button(app, "Start the test")


def test_what_is_finished_is_shown_while_the_rest_is_missing(runs: RunStore):
    keep(runs, keys=KEYS[:2])
    app = open_page()
    text = words(app)
    assert "**8 of 10 corruptions are missing.**" in text
    assert "Over the 2 of 10 tested so far" in text
    rows = table(app, "Right answers by corruption")
    assert rows[1][1].startswith(share(answers_of(1)[0]))
    assert rows[3][1].strip() == "not asked yet"
    button(app, "Go on with the test")


def test_a_damaged_file_is_left_out_with_a_sentence(runs: RunStore):
    keep(runs)
    path = runs.run_dir(RUN) / "robustness" / "epoch-0008-blur.bin"
    path.write_bytes(path.read_bytes()[:-1])
    app = open_page()
    assert "What was kept of Blur is damaged and left out." in app.warning[0].value
    assert "**1 of 10 corruptions is missing.**" in words(app)
    button(app, "Go on with the test")


def test_answers_of_other_weights_are_not_shown(runs: RunStore):
    keep(runs)
    path = runs.run_dir(RUN) / "robustness" / "epoch-0008-blur.bin"
    line, body = path.read_bytes().split(b"\n", 1)
    said = {**json.loads(line), "clean": "0" * 64}
    assert said["sha256"] == sha256(body)
    path.write_bytes(json.dumps(said).encode() + b"\n" + body)
    app = open_page()
    assert not app.warning
    assert "**1 of 10 corruptions is missing.**" in words(app)


def test_an_epoch_without_weights_leads_to_one_that_has_them():
    app = open_page(epoch="3")
    assert "The weights of epoch 3 were not kept" in words(app)
    assert not [b for b in app.button if b.label == "Start the test"]


def test_who_only_watches_sees_answers_but_starts_nothing(runs: RunStore, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["dashboard.py", "--read-only"])
    app = open_page()
    assert "watching only: nothing is computed here" in words(app)
    assert not [b for b in app.button if "test" in b.label]
    keep(runs)
    assert "hurts most" in words(open_page())
    app = open_page(against=add_run(runs))
    assert "Run 2 was not tested, and nothing is computed here." in words(app)
    assert not [b for b in app.button if b.label.startswith("Test")]


# What came out


def test_the_answer_and_the_table_are_those_of_the_files(runs: RunStore):
    keep(runs)
    app = open_page()
    last = share(answers_of(10)[2])
    assert f"##### Erased square hurts most: 91.9\u00a0% → {last} at strength 3." in words(app)
    rows = table(app, "Right answers by corruption")
    assert rows[0] == ["", "Strength 1", "Strength 2", "Strength 3"]
    for number, row in enumerate(rows[1:], start=1):
        assert row[0].startswith(CORRUPTIONS[number - 1].label)
        for strength in (1, 2, 3):
            said = answers_of(number)[strength - 1, 0]
            sign = "✓" if said == LABELS[0] else "✗"
            expected = share(answers_of(number)[strength - 1])
            assert row[strength] == f"{expected} {sign} {CLASS_NAMES[said]}"


def test_the_link_names_the_picture_and_a_random_one_can_be_had(runs: RunStore):
    keep(runs)
    app = open_page(example="12")
    assert f"Test picture 12 is labelled **{CLASS_NAMES[LABELS[12]]}**" in words(app)
    button(app, "Another picture").click().run()
    number = int(re.search(r"Test picture (\d+) is labelled", words(app))[1])
    assert app.number_input(key="example").value == number


@pytest.mark.parametrize("example", ["-1", "10000", "x", "9" * 40])
def test_a_picture_that_is_not_there_does_no_harm(runs: RunStore, example):
    keep(runs)
    assert "Test picture 0 is labelled" in words(open_page(example=example))


def test_classes_and_confusions_follow_the_choice(runs: RunStore):
    keep(runs)
    app = open_page(corruption="contrast", strength="2")
    worse = answers_of(5)[1]
    what = "(distance of each pixel to the picture's mean times 0.6)"
    assert f"**Low contrast, strength 2** {what}: {share(worse)} right" in words(app)
    classes = {row[0]: row[1:] for row in table(app, "Right answers by class")[1:]}
    of_shirts = LABELS == 6
    assert classes["Shirt"][0] == f"{100 * (CLEAN[of_shirts] == 6).mean():.1f}\u00a0%"
    assert classes["Shirt"][1] == f"{100 * (worse[of_shirts] == 6).mean():.1f}\u00a0%"
    rows = table(app, "Confusions that become most frequent")[1:]
    for name, clean, after, more in rows:
        true, said = (CLASS_NAMES.index(part) for part in name.split(" → "))
        before, now = (int(((true == LABELS) & (x == said)).sum()) for x in (CLEAN, worse))
        assert (clean, after, more) == (str(before), str(now), f"+{now - before}")
    assert "Trouser → Dress" in [row[0] for row in rows]


def test_the_gallery_shows_exactly_what_was_right_and_is_wrong(runs: RunStore):
    keep(runs)
    app = open_page(corruption="noise", strength="1", broken="1-3")
    worse = answers_of(1)[0]
    broken = np.flatnonzero((CLEAN == LABELS) & (worse == 3) & (LABELS == 1))
    assert 1 < len(broken) < 40
    assert f"**{len(broken)} pictures were right**" in words(app)
    tiles = broken_pictures(app)
    assert tiles["ids"] == broken.tolist()
    assert set(tiles["trueNames"]) == {"Trouser"}
    assert set(tiles["predictedNames"]) == {"Dress"}
    sent = np.frombuffer(base64.b64decode(tiles["pixels"]), np.uint8).reshape(-1, 28, 28)
    first = corrupt(IMAGES[broken[0]], int(broken[0]), corruption_of("noise"), 1)
    np.testing.assert_array_equal(sent[0], first)
    assert (first != IMAGES[broken[0]]).any()


def test_a_picture_opens_beside_itself_made_worse_with_both_answers(runs: RunStore):
    keep(runs)
    worse = answers_of(10)[2]
    broken = int(np.flatnonzero((CLEAN == LABELS) & (worse != LABELS) & (LABELS != 1))[0])
    app = open_page(corruption=KEYS[9], strength="3", picture=str(broken))
    (said,) = [m.value for m in app.markdown if m.value.startswith("Labelled ")]
    name = CLASS_NAMES[LABELS[broken]]
    assert f"Labelled **{name}**. As it is, the network says **{name}**, " in said
    assert said.endswith("somewhere in it) it says **Bag**.")
    (tiles,) = [h.value for h in app.get("html") if "made worse: " in str(h.value)]
    assert f"✓ {name}" in tiles
    assert "✗ Bag" in tiles
    links = {link.label: link.query_string for link in app.get("page_link")}
    for label in ("Explain this picture", "Change it by hand"):
        assert f"picture={broken}" in links[label]


def test_a_picture_that_is_not_there_is_said_not_to_be(runs: RunStore):
    keep(runs)
    assert "There is no test picture 70000." in words(open_page(picture="70000"))


def test_a_page_that_is_not_there_is_not_shown(runs: RunStore):
    keep(runs)
    worse = answers_of(1)[0]
    broken = np.flatnonzero((CLEAN == LABELS) & (worse != LABELS))
    beyond = open_page(corruption="noise", strength="1", **{"broken-page": "999"})
    assert broken_pictures(beyond)["ids"] == broken[:40].tolist()
    app = open_page(corruption="noise", strength="1", **{"broken-page": "2"})
    assert broken_pictures(app)["ids"] == broken[40:80].tolist()
    (confusion,) = [box for box in app.selectbox if box.label == "Confusion"]
    trousers = broken[LABELS[broken] == 1]
    assert len(trousers) < 40
    confusion.select("Trouser → Dress").run()
    assert broken_pictures(app)["ids"] == trousers.tolist()


@pytest.mark.parametrize("link", [{"corruption": "fog"}, {"strength": "9"}, {"broken": "x"}])
def test_a_link_to_what_is_not_there_shows_something_else(runs: RunStore, link):
    keep(runs)
    app = open_page(**link)
    assert not app.error
    assert "hurts most" in words(app)


def test_validation_pictures_are_not_what_is_shown(runs: RunStore):
    keep(runs)
    text = words(open_page(split="validation"))
    assert "test pictures; the test is made on these only" in text


def test_the_csv_has_a_line_for_every_cell():
    result = robustness_table.Robustness(
        labels=LABELS, clean=CLEAN.astype(np.int64), answers={"dark": answers_of(7)}
    )
    rows = list(csv.DictReader(io.StringIO(robustness_table.write_table_csv(result).decode())))
    assert [(row["corruption"], row["strength"]) for row in rows] == [
        ("none", "0"),
        ("dark", "1"),
        ("dark", "2"),
        ("dark", "3"),
    ]
    assert float(rows[0]["accuracy"]) == (CLEAN == LABELS).mean()
    worse = answers_of(7)[1]
    assert int(rows[2]["right"]) == (worse == LABELS).sum()
    assert rows[2]["made_of"] == "each pixel times 0.3"
    assert float(rows[2]["accuracy_Shirt"]) == (worse[LABELS == 6] == 6).mean()


def test_colours_grow_with_what_is_lost_and_stay_readable():
    assert loss_colour(0) == loss_colour(-0.5) == ""
    assert loss_colour(0.5) == "background:rgba(213, 94, 0, 0.3)"
    assert loss_colour(1) == loss_colour(7) == "background:rgba(213, 94, 0, 0.6)"
    assert change_colour(0.1, largest=0.2) == "background:rgba(0, 158, 115, 0.3)"
    assert change_colour(-0.1, largest=0.2) == "background:rgba(213, 94, 0, 0.3)"
    assert change_colour(0.0, largest=0.0) == ""


# Two runs


def test_alone_there_is_nothing_to_compare_with(runs: RunStore):
    keep(runs)
    assert "There is no other run with results to compare with." in words(open_page())


def test_two_runs_are_compared_in_points_and_by_a_test(runs: RunStore):
    second = add_run(runs)
    keep(runs)
    keep(runs, second, 1, harm=0.5)
    app = open_page(against=second)
    text = words(app)
    assert r"B: run 2 · The \*second\* · epoch 1, its best." in text
    assert "B is better on Noise, Salt and pepper, Blur" in text
    rows = table(app, "B&#x27;s accuracy")
    for number, row in enumerate(rows[1:], start=1):
        first, other = answers_of(number), answers_of(number, 0.5)
        more = (other == LABELS).mean(axis=1) - (first == LABELS).mean(axis=1)
        assert row[1:5] == [f"+{100 * value:.2f}" for value in (*more, more.mean())]
        assert row[5:] == ["B", "< 0.001"]


def test_equal_runs_are_not_called_better(runs: RunStore):
    second = add_run(runs)
    keep(runs)
    keep(runs, second, 1)
    text = words(open_page(against=second))
    assert "On none of them is A or B better by more than chance." in text


def test_a_second_run_that_was_not_tested_can_be_or_says_why_not(runs: RunStore):
    second = add_run(runs)
    keep(runs)
    assert "Run 2 was not tested, and the weights of its epoch 1 are not kept." in words(
        open_page(against=second)
    )
    keep(runs, second, 1)
    for path in (runs.run_dir(RUN) / "robustness").glob("*.bin"):
        path.unlink()
    app = open_page(run=second, against=RUN)
    button(app, "Test run 1, too").click().run()
    assert services.robustness_tests().running() == (RUN, 8)
    assert "Epoch 8 of run 1 is being tested." in words(app)
