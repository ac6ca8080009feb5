"""The report of a run: parsed as a browser does, its figures recomputed, its texts hostile."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from helpers import DATA_DIR, REPO_ROOT
from PIL import Image
from portable import put_run
from sklearn.metrics import confusion_matrix, precision_score

from fashion_core.analysis.confusions import describe_confusion, top_confusions
from fashion_core.data import LabelledImages, read_split
from fashion_core.errors import DamagedFileError, StoreError
from fashion_core.report import noted
from fashion_core.report.galleries import PICTURES_EACH, TOP_CONFUSIONS, WORST_MISTAKES
from fashion_core.report.markup import Html, document, element, lines
from fashion_core.report.page import write_report
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.data_notes import DataNote, DataNotes, Pair, Picture
from fashion_core.runs.importing import import_folder
from fashion_core.runs.records import Run
from fashion_core.runs.store import RunStore

RUN_ID, BEST = "r-reference-as-specified", 8
HOSTILE = "</title><script>alert('x')</script><img src=\"http://evil.example\" onerror=a>&amp;"
VOID = {"meta", "img", "br", "line", "rect", "circle", "path"}


class Page(HTMLParser):
    """Reads a report and checks that every element is closed in order."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(content)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return "\n".join(self.words)

    def pictures(self) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == "img"]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    """Give a store with the reference run; nothing is written to it."""
    store = RunStore(tmp_path_factory.mktemp("report") / "runs")
    import_folder(store, REPO_ROOT / "examples" / "reference-run")
    return store


@pytest.fixture(scope="module")
def images() -> LabelledImages:
    return read_split(DATA_DIR, "test")


@pytest.fixture(scope="module")
def content(reference: RunStore, images: LabelledImages) -> str:
    return write_report(reference, RUN_ID, epoch=BEST, split="test", images=images)


@pytest.fixture(scope="module")
def page(content: str) -> Page:
    return Page(content)


def report(store: RunStore, run_id: str, images: LabelledImages, epoch: int = 2) -> str:
    return write_report(store, run_id, epoch=epoch, split="test", images=images)


# One file that needs nothing else


def test_nothing_is_fetched_and_no_script_runs(content, page):
    assert "http:" not in content
    assert "https:" not in content
    assert {tag for tag, _ in page.tags} & {"script", "link", "iframe", "a", "object"} == set()
    addresses = [value for _, a in page.tags for key, value in a.items() if key in {"src", "href"}]
    assert addresses
    assert all(address.startswith("data:image/png;base64,") for address in addresses)
    assert "url(" not in content
    assert "@import" not in content


def test_the_policy_forbids_what_is_not_in_the_file(page):
    (policy,) = [a["content"] for tag, a in page.tags if "http-equiv" in a]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_the_same_run_gives_the_same_bytes(reference, images, content):
    again = RunStore(reference.root)
    assert write_report(again, RUN_ID, epoch=BEST, split="test", images=images) == content


def test_it_stays_small(content):
    assert 50_000 < len(content) < 250_000


def test_it_is_light_on_paper_and_follows_the_reader_on_the_screen(content):
    assert content.count("prefers-color-scheme") == 1
    assert "@media screen and (prefers-color-scheme: dark)" in content
    assert "@page { size: A4" in content


# The figures


def test_headline_figures_agree_with_scikit_learn(page, reference, images):
    said = reference.epoch_file(RUN_ID, BEST).test
    right = said.predictions == images.labels
    sure = said.pred_probs.max(axis=1) >= 0.5
    macro = precision_score(images.labels, said.predictions, average="macro")
    shown = dict(zip(page.words, page.words[1:], strict=False))
    assert shown["Accuracy"] == f"{100 * right.mean():.1f}\u00a0%"
    assert shown["Macro precision"] == f"{100 * macro:.1f}\u00a0%"
    assert shown["Precision at confidence ≥ 0.5"] == f"{100 * right[sure].mean():.1f}\u00a0%"
    assert f"{100 * sure.mean():.1f}\u00a0% of pictures answered" in page.text


def test_the_accuracy_has_its_wilson_interval(page, reference, images):
    """Solved from |p - share| = z sqrt(p (1 - p) / n) rather than taken from the program."""
    said = reference.epoch_file(RUN_ID, BEST).test.predictions
    share, n, z2 = float((said == images.labels).mean()), 10_000, 1.959964**2
    low, high = sorted(np.roots([1 + z2 / n, -2 * share - z2 / n, share**2]).real)
    interval = f"95 % interval: {100 * low:.1f}\u00a0% to {100 * high:.1f}\u00a0%"
    assert page.words[page.words.index("Accuracy") + 2] == interval


def test_the_matrix_is_the_one_of_scikit_learn_with_true_classes_in_rows(
    content, reference, images
):
    said = reference.epoch_file(RUN_ID, BEST).test.predictions
    table = content[content.index('<table class="matrix">') :]
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", table[: table.index("</table>")])
    cells = [[c.replace(",", "") for c in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]
    counts = [[int(value) for value in row[:10]] for row in cells[:10]]
    expected = confusion_matrix(images.labels, said)
    assert counts == expected.tolist()
    shirt_recall, shirt_precision = float(cells[6][10]), float(cells[10][6])
    assert shirt_recall == pytest.approx(100 * expected[6, 6] / expected[6].sum(), abs=0.05)
    assert shirt_precision == pytest.approx(100 * expected[6, 6] / expected[:, 6].sum(), abs=0.05)


def test_the_matrix_is_coloured_as_on_the_page(content, reference, images):
    said = reference.epoch_file(RUN_ID, BEST).test.predictions
    mixed_up = confusion_matrix(images.labels, said)
    right = np.diag(mixed_up).copy()
    np.fill_diagonal(mixed_up, 0)
    table = content[content.index('<table class="matrix">') :]
    found = re.findall(r'<td style="background:rgb\(var\(--mixed-up\) / (.*?)\)">(\d+)<', table)
    assert len(found) == np.count_nonzero(mixed_up)
    for opacity, number in found:
        assert float(opacity) == pytest.approx(
            0.5 * np.sqrt(int(number) / mixed_up.max()), abs=1e-3
        )
    assert [int(n) for n in re.findall(r'<td class="right">(\d+)<', table)] == right.tolist()
    assert "--accent:#0B6E99;--mixed-up:11 110 153;" in content
    assert "--accent:#4DB6E2;--mixed-up:77 182 226;" in content


def test_the_largest_confusions_are_sentences_with_their_pictures(page, reference, images):
    said = reference.epoch_file(RUN_ID, BEST).test.predictions
    shirts = np.flatnonzero((images.labels == 6) & (said == 0))
    assert f"Shirt is predicted as T-shirt/top: {len(shirts)} of 1,000." in page.words
    words = "a Shirt, predicted as T-shirt/top"
    found = [p for p in page.pictures()[:PICTURES_EACH] if p["alt"].endswith(words)]
    assert len(found) == PICTURES_EACH
    assert {_number(p) for p in found} <= set(shirts.tolist())


def test_the_worst_mistakes_are_those_of_the_highest_loss(page, reference, images):
    file = reference.epoch_file(RUN_ID, BEST).test
    wrong = np.flatnonzero(file.predictions != images.labels)
    expected = wrong[np.argsort(-file.loss[wrong])][:WORST_MISTAKES]
    assert [_number(p) for p in page.pictures()[-WORST_MISTAKES:]] == expected.tolist()
    assert len(page.pictures()) == TOP_CONFUSIONS * PICTURES_EACH + WORST_MISTAKES


def test_a_picture_is_the_one_of_the_data_set_to_the_pixel(page, images):
    for shown in page.pictures()[::17]:
        pixels = Image.open(io.BytesIO(base64.b64decode(shown["src"].partition(",")[2])))
        assert np.array_equal(np.asarray(pixels), images.images[_number(shown)])


def test_another_epoch_and_split_are_named_and_counted(reference):
    val = read_split(DATA_DIR, "val")
    found = Page(write_report(reference, RUN_ID, epoch=3, split="validation", images=val))
    said = reference.epoch_file(RUN_ID, 3).val.predictions
    assert "epoch 3 of 30 (not the best) · 10,000 validation pictures" in found.text
    assert f"{100 * (said == val.labels).mean():.1f}\u00a0%" in found.words
    assert all(p["alt"].startswith("validation picture") for p in found.pictures())


# What people wrote


def test_hostile_texts_are_shown_and_never_become_markup(store, images):
    run_id = put_run(store)
    notes = RunAnnotations(store)
    notes.rename(run_id, HOSTILE)
    notes.note(run_id, f"{HOSTILE}\nsecond line")
    notes.tag(run_id, add=["<b>bold</b>"])
    found = Page(report(store, run_id, images))
    kept = store.run(run_id)
    assert kept.name in found.words
    assert {HOSTILE, "second line", "<b>bold</b>"} <= set(found.words)
    assert f"Run 1: {kept.name}" in found.words
    assert {"script", "title"} & {tag for tag, _ in found.tags} == {"title"}
    assert all(p["src"].startswith("data:") and "onerror" not in p for p in found.pictures())


def test_settings_name_what_differs_from_the_specification(store, images):
    found = Page(report(store, put_run(store), images)).words
    at = found.index("training pictures")
    assert found[at : at + 3] == ["training pictures", "100", "50,000"]
    assert "batch size" not in found


def test_a_run_as_specified_says_so(page):
    assert "All settings are those of the specification." in page.words


def test_a_run_of_an_impossible_time_has_a_report(reference, images, monkeypatch):
    run = reference.run(RUN_ID)
    values = {name: getattr(run, name) for name in Run.__dataclass_fields__}
    monkeypatch.setattr(reference, "run", lambda _: Run(**(values | {"created": 1e300})))
    assert "was made at an unknown time" in report(reference, RUN_ID, images)


# What cannot be reported


def test_an_epoch_that_has_not_finished_is_said(store, images):
    run_id = put_run(store, "stopped", epochs=2)
    with pytest.raises(StoreError, match=r"Epoch 3 of run 1, .*: there is nothing .* 2 of 3"):
        report(store, run_id, images, epoch=3)


def test_a_damaged_epoch_is_said(store, images):
    run_id = put_run(store)
    next((store.run_dir(run_id) / "epochs").glob("epoch-0002-*")).write_bytes(b"")
    with pytest.raises(DamagedFileError, match=r"epoch 2 .* is damaged"):
        report(store, run_id, images)


# The markup


def test_only_what_was_made_as_html_is_not_escaped():
    made = element("p", "<b>", element("b", "x & y"), class_='a"b', aria_label="<")
    assert made == '<p class="a&quot;b" aria-label="&lt;">&lt;b&gt;<b>x &amp; y</b></p>'
    assert isinstance(made, Html)
    assert "".join([made]) == made
    assert element("p", f"{made}") == f"<p>{_escaped(made)}</p>"  # forgotten, it is seen


def test_lines_and_document_escape():
    assert lines("<a>\nb") == "&lt;a&gt;<br>b"
    assert "<title>&lt;a&gt;</title>" in document("<a>", "p{}", "<c>")
    assert "<body>&lt;c&gt;</body>" in document("<a>", "p{}", "<c>")


def _number(picture: dict[str, str | None]) -> int:
    return int(re.match(r"\w+ picture ([\d,]+),", picture["alt"])[1].replace(",", ""))


def _escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


# Notes on pictures and confusions


def note(store: RunStore, about: Picture | Pair, text: str, *tags: str) -> None:
    DataNotes(store.root).save(DataNote(about=about), text=text, tags=tags)


def test_notes_on_pictures_and_confusions_are_told(store, images):
    run_id = put_run(store)
    plain = report(store, run_id, images)
    assert "What was noted?" not in plain
    note(store, Picture(split="test", image_id=9_999), HOSTILE, "<i>")
    note(store, Picture(split="test", image_id=12), "first by number")
    note(store, Picture(split="validation", image_id=13), "of the other split")
    (told,) = top_confusions(headline_matrix(store, run_id, images), 1)
    note(store, Pair(true=told.true, predicted=told.predicted), "of the largest")
    found = Page(report(store, run_id, images))
    at = found.words.index
    assert at("of the largest") < at("What was noted?") < at("first by number") < at(HOSTILE)
    assert [_number(p) for p in found.pictures()[-2:]] == [12, 9_999]
    assert "<i>" in found.words
    assert "of the other split" not in found.text
    assert "script" not in {tag for tag, _ in found.tags}


def test_a_note_on_a_small_confusion_is_told_with_its_count(store, images):
    run_id = put_run(store)
    matrix = headline_matrix(store, run_id, images)
    least = top_confusions(matrix, 90)[-1]
    note(store, Pair(true=least.true, predicted=least.predicted), "rare")
    words = Page(report(store, run_id, images)).words
    said = f"{describe_confusion(least)}."
    assert words[words.index("What was noted?") :][1:3] == [said, "rare"]


def test_the_order_of_writing_does_not_change_the_report(store, images):
    run_id = put_run(store)
    for number in (5, 3):
        note(store, Picture(split="test", image_id=number), f"note {number}")
    first = report(store, run_id, images)
    note(store, Picture(split="test", image_id=1), "gone soon")
    notes = DataNotes(store.root)
    notes.save(notes.of(Picture(split="test", image_id=1)), text="", tags=())
    notes.save(notes.of(Picture(split="test", image_id=5)), text="x", tags=())
    notes.save(notes.of(Picture(split="test", image_id=5)), text="note 5", tags=())
    assert report(store, run_id, images) == first


def test_of_many_noted_pictures_the_first_are_told_and_the_rest_counted(store, images, monkeypatch):
    monkeypatch.setattr(noted, "MOST_PICTURES", 2)
    for number in range(5):
        note(store, Picture(split="test", image_id=number), f"note {number}")
    words = Page(report(store, put_run(store), images)).words
    assert "3 more test pictures have notes." in words
    assert "note 1" in words
    assert "note 2" not in words


def headline_matrix(store: RunStore, run_id: str, images: LabelledImages) -> np.ndarray:
    said = store.epoch_file(run_id, 2).test.predictions
    return confusion_matrix(images.labels, said)
