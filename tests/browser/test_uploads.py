"""F14: files that somebody uploads in a real browser, to each of the three places that take one."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from helpers import REPO_ROOT
from PIL import Image
from playwright.sync_api import Page, expect

from fashion_core.runs.exporting import export_run
from fashion_core.runs.importing import import_folder
from fashion_core.runs.store import RunStore

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REFERENCE = REPO_ROOT / "examples" / "reference-run"
SCRIPT = b"<script>alert(1)</script>"
NAME = "../../<img src=x onerror=alert(1)> **x** \u202e"
"""Of a file; what ends it is added."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def url(
    streamlit_server: Callable[..., AbstractContextManager[str]], folder: Path
) -> Iterator[str]:
    """Serve an empty store; the reference run comes in at the first start."""
    env = {"FASHION_RUNS": str(folder / "runs")}
    with streamlit_server(REPO_ROOT / "dashboard.py", env=env) as address:
        yield address


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("L", (width, height), 200).save(file, kind)
    return file.getvalue()


def exported(folder: Path) -> bytes:
    """Give the zip of the reference run, made by another store."""
    store, file = RunStore(folder / "elsewhere"), io.BytesIO()
    export_run(store, import_folder(store, REFERENCE), file)
    return file.getvalue()


PLACES = {
    "try_it?from=a+file": {
        "nothing.png": (b"", "The file is empty"),
        "page.png": (b"<html>" + SCRIPT, "no picture that is known"),
        "cut.png": (picture(300, 300)[:-30], "damaged or cut off"),
        "bomb.png": (picture(9_400, 9_400), "has 9,400 × 9,400 pixels; at most 20 million"),
        "moving.png": (picture(9, 9, "GIF"), "This is a GIF file"),
        "two kinds.png": (b"GIF89a" + SCRIPT + picture(9, 9), "This is a GIF file"),
        "program.exe": (b"MZ", "files are not allowed"),
        "large.png": (bytes(6 << 20), "File must be 5"),
    },
    "people": {
        "nothing.csv": (b"", "got 0"),
        "markup.csv": (SCRIPT * 100, "has 1 columns"),
        "formula.csv": (b"=1+1,2,3\n", "has 3 columns"),
        "picture.csv": (picture(9, 9), "are not a text table"),
        "letters.csv": (b"\xff\xfe\0" * 1_000, "are not a text table"),
        "program.exe": (b"MZ", "files are not allowed"),
        "large.csv": (bytes(6 << 20), "File must be 5"),
    },
    "runs": {
        "nothing.zip": (b"", "was not imported"),
        "markup.zip": (SCRIPT, "was not imported"),
        "picture.zip": (picture(9, 9), "was not imported"),
        "cut.zip": (b"PK\3\4" + bytes(500), "was not imported"),
        "program.exe": (b"MZ", "files are not allowed"),
    },
}


@pytest.mark.parametrize("place", PLACES)
def test_a_hostile_file_is_refused_in_words(
    url: str, folder: Path, open_page: Callable[..., Page], place: str
) -> None:
    page, asked = open_page(f"{url}/{place}"), []
    page.on("dialog", lambda _: pytest.fail("A text was executed."))
    page.on("request", lambda request: asked.append(request.url))
    expect(page.get_by_test_id("stSidebar").locator("input").first).to_be_visible()
    before = files(folder)
    for name, (content, sentence) in PLACES[place].items():
        page.goto(f"{url}/{place}")
        upload(page, NAME + name, content)
        uploader = page.get_by_test_id("stFileUploader")
        refused = page.get_by_test_id("stAlert").or_(uploader)
        expect(refused.filter(has_text=sentence).first).to_be_visible()
        expect(page.get_by_text("could not be drawn")).to_have_count(0)
        expect(page.locator("img[src=x], [onerror]")).to_have_count(0)
    assert [a for a in asked if not a.startswith((url, "data:", "blob:"))] == []
    assert files(folder) == before


def files(folder: Path) -> list[Path]:
    """Give all files but those that SQLite keeps beside its own."""
    return sorted(path for path in folder.rglob("*") if "sqlite-" not in path.name)


def upload(page: Page, name: str, content: bytes) -> None:
    if "/runs" in page.url:
        page.get_by_role("button", name="Import").click()
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)


def test_a_run_as_large_as_export_makes_it_is_taken_in(
    url: str, folder: Path, open_page: Callable[..., Page]
) -> None:
    zipped = exported(folder)
    assert len(zipped) > 10_000_000
    page = open_page(f"{url}/runs")
    upload(page, "run.zip", zipped)
    expect(page.get_by_test_id("stAlert").filter(has_text="run.zip was not imported")).to_have_text(
        re.compile("in this store already")
    )
