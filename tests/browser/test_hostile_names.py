"""F13: names, notes and tags that try to be more than text, on every page in a real browser."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from helpers import REPO_ROOT, record, small_spec
from playwright.sync_api import Page, expect

from fashion_core.config import RunSpec
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.data_notes import DataNotes, Pair, Picture
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore
from fashion_core.runs.studies import StudyPlan, keep_study

pytestmark = [pytest.mark.browser, pytest.mark.slow]

JOINER = "\u2060"
SHIRT, COAT, PICTURE = 6, 4, 5
NAMES = (
    "<img src=x onerror=alert(1)> **b** [y](http://evil.example/a) :red[w]",
    "<a href=javascript:alert(1)>a</a> :material/home: $x^2$ www.evil.example :smile:",
)
TAG = "<img src=x onerror=alert(1)>"
NOTE = f"{NAMES[0]}\n{NAMES[1]}\n![i](http://evil.example/i)\n# h\n<script>alert(1)</script>"

CELL = f"true=Shirt&predicted=Coat&picture={PICTURE}"
PAGES = [
    "",
    "train",
    "study",
    "runs",
    "compare",
    f"confusions?{CELL}",
    f"image?picture={PICTURE}",
    f"map?{CELL}",
    "certainty",
    "labels",
    "people",
    f"try_it?picture={PICTURE}",
    "guess",
]
MARKUP = (
    "img[src=x], [onerror], a[href*='//evil'], a[href^='javascript'], img[src*='evil'], "
    "[data-testid=stMain] script, .katex"
)


@pytest.fixture(scope="module")
def server(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, str]]:
    """Serve a store in which everything that has a text has a hostile one; give also a run."""
    store = RunStore(tmp_path_factory.mktemp("names"))
    run_id = import_folder(store, REPO_ROOT / "examples" / "reference-run")
    (store.root / ".reference-run").touch()
    other = store.create(small_spec(), name=NAMES[1])
    journal = RunJournal(store, other)
    journal.start()
    journal.epoch(record(1))
    journal.notice(NOTE)
    journal.end("failed", NOTE)
    annotations = RunAnnotations(store)
    annotations.rename(run_id, NAMES[0])
    for each in (run_id, other):
        annotations.note(each, NOTE)
        annotations.tag(each, add=[TAG, "=1+1", "[t](http://evil.example)"])
    notes = DataNotes(store.root)
    for about in (Picture(split="test", image_id=PICTURE), Pair(true=SHIRT, predicted=COAT)):
        notes.save(notes.of(about), text=NOTE, tags=[TAG])
    plan = StudyPlan(spec=RunSpec(), learning_rates=(0.001, 0.01), seeds=(0,))
    keep_study(store.root, plan, name=NAMES[0])
    env = {"FASHION_RUNS": str(store.root)}
    with streamlit_server(REPO_ROOT / "dashboard.py", env=env) as url:
        yield url, run_id


@pytest.mark.parametrize("place", PAGES)
def test_hostile_texts_stay_texts(
    server: tuple[str, str],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    place: str,
) -> None:
    url, run_id = server
    page, asked = open_page("about:blank"), []
    page.on("dialog", lambda _: pytest.fail("A text was executed."))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{url}/{place}{'&' if '?' in place else '?'}run={run_id}")
    picker = page.get_by_test_id("stSidebar").locator("input").first
    expect(picker).to_have_value(f"1 · {NAMES[0]}")
    settled(page)
    assert [found.evaluate("e => e.outerHTML") for found in page.locator(MARKUP).all()] == []
    expect(page.get_by_text("could not be drawn")).to_have_count(0)
    assert page.title().endswith("· Fashion Dashboard")
    assert [a for a in asked if not a.startswith((url, "data:", "blob:"))] == []
