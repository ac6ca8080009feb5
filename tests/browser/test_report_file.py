"""The report in a real Chromium: as a file, on paper, saved from a page; and a note typed in."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from fashion_core.data import read_split
from fashion_core.report.page import write_report
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.data_notes import DataNote, DataNotes, Picture
from fashion_core.runs.importing import import_folder
from fashion_core.runs.store import RunStore

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
RUN_ID, BEST = "r-reference-as-specified", 8
HOSTILE = "</style><script>document.title='x'</script><img src=//evil.example/x onerror=alert(1)>"


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """Give a store with the reference run and a hostile note."""
    store = RunStore(tmp_path / "runs")
    import_folder(store, ROOT / "examples" / "reference-run")
    RunAnnotations(store).note(RUN_ID, HOSTILE + "x" * 400)
    return store


@pytest.fixture
def report(store: RunStore, tmp_path: Path) -> Path:
    """Give the report of the reference run as a file."""
    images = read_split(ROOT / "data", "test")
    path = tmp_path / "report.html"
    path.write_text(write_report(store, RUN_ID, epoch=BEST, split="test", images=images))
    return path


@pytest.mark.parametrize("width", [1440, 420])
@pytest.mark.parametrize(("scheme", "background"), [("light", "#ffffff"), ("dark", "#12181f")])
def test_it_opens_offline_at_every_width_and_in_both_themes(
    chromium: Browser, report: Path, width: int, scheme: str, background: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, asked, said = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    page.on("console", lambda message: said.append(message.text))
    page.goto(report.as_uri())
    assert set(asked) <= {"file", "data"}
    assert said == []
    assert page.title() == "Run 1: Reference: as specified"
    assert page.evaluate("document.documentElement.scrollWidth") == width
    sides = "(({scrollWidth, clientWidth}) => [scrollWidth, clientWidth])"
    needed, given = page.evaluate(f"{sides}(document.querySelector('.wide'))")
    assert needed == given  # the matrix fits
    assert colour(page, "body") == background
    assert page.evaluate("[...document.images].every(image => image.naturalWidth === 28)")
    context.close()


def test_on_paper_it_is_light_and_has_few_pages(chromium: Browser, report: Path) -> None:
    context = chromium.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(report.as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert colour(page, "body") == "#ffffff"
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    assert 3 <= paper.count(b"/Type /Page\n") <= 5
    context.close()


def test_a_page_saves_the_report_and_a_note_typed_in_a_dialog(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    open_page: Callable[..., Page],
    store: RunStore,
    report: Path,
    tmp_path: Path,
) -> None:
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(store.root)}) as url:
        page = open_page(f"{url}/?run={RUN_ID}")
        with page.expect_download() as download:
            page.get_by_role("button", name="Report").click()
        assert download.value.path().read_bytes() == report.read_bytes()
        page = open_page(f"{url}/confusions?run={RUN_ID}&picture=12")
        page.get_by_label("Note on this picture").fill("typed **here**")
        page.locator("button", has_text="Save note").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        expect(page.get_by_label("Note on this picture")).to_have_value("typed **here**")
    boot = DataNote(about=Picture(split="test", image_id=12), text="typed **here**")
    assert DataNotes(store.root).all() == (boot,)


def colour(page: Page, selector: str) -> str:
    """Give a background as #rrggbb."""
    text = page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).backgroundColor")
    return "#" + "".join(f"{int(part):02x}" for part in text[4:-1].split(","))
