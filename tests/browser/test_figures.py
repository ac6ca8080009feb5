"""Figures and tables saved in a real browser: the files hold what the page shows."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from helpers import DATA_DIR, REPO_ROOT
from playwright.sync_api import Download, Page, expect

from fashion_core.analysis.metrics import confusion_matrix
from fashion_core.classes import CLASS_NAMES
from fashion_core.data import read_split
from fashion_core.runs import artifacts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RUN = "r-reference-as-specified"
BEST_EPOCH = 8
SVG = "{http://www.w3.org/2000/svg}"


def saved(download: Download, folder: Path) -> Path:
    path = folder / download.suggested_filename
    download.save_as(path)
    return path


def texts(svg: Path) -> set[str]:
    """Read every text of an SVG file; what is no XML fails here."""
    root = ElementTree.fromstring(svg.read_text("utf-8"))  # noqa: S314 - our own file
    assert root.tag == f"{SVG}svg"
    return {"".join(node.itertext()) for node in root.iter(f"{SVG}text")}


def background(svg: Path) -> str:
    """Give the colour of the first rectangle, which lies below everything else."""
    root = ElementTree.fromstring(svg.read_text("utf-8"))  # noqa: S314 - our own file
    return next(root.iter(f"{SVG}rect")).get("style", "")


@pytest.mark.parametrize(
    ("scheme", "colour"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(18, 24, 31)")]
)
def test_a_figure_is_saved_as_svg_by_keyboard(
    reference_url: str,
    open_page,
    settled: Callable[[Page], None],
    tmp_path: Path,
    scheme: str,
    colour: str,
) -> None:
    page = open_page(reference_url, scheme=scheme)
    settled(page)
    button = page.locator(".st-key-per-class").get_by_role("button", name="Download plot")
    expect(button).to_have_count(1)
    button.focus()
    expect(page.locator(".st-key-per-class .modebar-group")).to_have_css("opacity", "1")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    svg = saved(download.value, tmp_path)
    assert svg.name == "per-class.svg"
    assert {*CLASS_NAMES, "precision", "recall"} <= texts(svg)
    assert f"fill: {colour}; fill-opacity: 1" in background(svg)


def test_the_button_appears_with_the_pointer_and_stays_inside_the_figure(
    reference_url: str, open_page, settled: Callable[[Page], None]
) -> None:
    page = open_page(reference_url)
    settled(page)
    figure = page.locator(".st-key-per-class .js-plotly-plot")
    group = figure.locator(".modebar-group")
    expect(group).to_have_css("opacity", "0")
    figure.hover()
    expect(group).to_have_css("opacity", "1")
    outer, inner = figure.bounding_box(), group.bounding_box()
    assert inner["y"] > outer["y"] + outer["height"] / 2
    assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1


def test_what_is_this_opens_by_keyboard_and_says_how_to_save(
    reference_url: str, open_page, settled: Callable[[Page], None]
) -> None:
    page = open_page(reference_url, width=420)
    settled(page)
    about = page.locator(".st-key-about-per-class").get_by_role("button", name="What is this?")
    about.focus()
    page.keyboard.press("Enter")
    said = page.get_by_test_id("stPopoverBody")
    expect(said).to_contain_text("the hardest class is on top")
    expect(said).to_contain_text("saves it as an SVG file")
    page.keyboard.press("Escape")
    expect(said).to_have_count(0)


def test_the_matrix_as_csv_is_the_matrix_of_the_predictions(
    reference_url: str, open_page, settled: Callable[[Page], None], tmp_path: Path
) -> None:
    page = open_page(f"{reference_url}/confusions?run={RUN}")
    settled(page)
    with page.expect_download() as download:
        page.locator(".st-key-csv-matrix-csv").get_by_role("button", name="CSV").click()
    path = saved(download.value, tmp_path)
    assert path.name == f"{RUN}-epoch-{BEST_EPOCH}-test-matrix.csv"
    (_, *names), *rows = csv.reader(path.read_text("utf-8").splitlines())
    epoch = artifacts.read_epoch(REPO_ROOT / "examples" / "reference-run", BEST_EPOCH)
    matrix = confusion_matrix(
        labels=read_split(DATA_DIR, "test").labels,
        predictions=epoch.test.predictions.astype(np.int64),
    )
    assert names == [row[0] for row in rows] == list(CLASS_NAMES)
    assert [[int(cell) for cell in row[1:]] for row in rows] == matrix.tolist()


def test_the_matrix_as_csv_follows_what_is_shown(
    reference_url: str, open_page, settled: Callable[[Page], None], tmp_path: Path
) -> None:
    page = open_page(
        f"{reference_url}/confusions?run={RUN}&view=look-alikes&unit=%25+of+true+class"
    )
    settled(page)
    with page.expect_download() as download:
        page.locator(".st-key-csv-matrix-csv").get_by_role("button", name="CSV").click()
    (_, *names), *rows = csv.reader(saved(download.value, tmp_path).read_text("utf-8").splitlines())
    assert names == [row[0] for row in rows]
    assert 2 < len(names) < len(CLASS_NAMES)
    assert all(re.fullmatch(r"0\.\d+|0\.0", cell) for row in rows for cell in row[1:])
