"""People against the network in a real browser: upload, a cell of either matrix, a picture."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from votes import as_csv, made_up_votes

from fashion_core.data import read_split
from fashion_core.runs import artifacts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
RUN = "r-reference-as-specified"
START_MS = 90_000  # a cold server beside other work
COAT, SANDAL, SHIRT = 4, 5, 6
LABELS = read_split(ROOT / "data", "test").labels


@pytest.fixture(scope="module")
def url(reference_url: str) -> str:
    """Give the address of the page on a store without votes."""
    return f"{reference_url}/people?run={RUN}"


def cell(page: Page, matrix: int, true: str, answer: str):
    """Give a cell of the people's matrix (0) or of the network's (1)."""
    return page.get_by_role("button", name=f"{true} predicted as {answer}:").nth(matrix)


def test_votes_are_uploaded_and_a_cell_of_either_matrix_shows_its_pictures(
    url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    votes = made_up_votes()
    page = open_page(url)
    expect(page.get_by_text("Nobody has brought the votes yet.")).to_be_visible(timeout=START_MS)
    file = {"name": "fmh_counts.csv", "mimeType": "text/csv", "buffer": as_csv(votes)}
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("Whose mistakes are they?")).to_be_visible(timeout=START_MS)
    expect(page.locator(".tile").first).to_be_visible(timeout=START_MS)
    settled(page)

    crowd = (LABELS == COAT) & (votes[:, SANDAL] > votes[np.arange(len(LABELS)), LABELS])
    cell(page, 0, "Coat", "Sandal").click()
    expect(page.get_by_text(f"{crowd.sum()} pictures, highest loss")).to_be_visible()

    answers = artifacts.read_epoch(ROOT / "examples" / "reference-run", 8).test.predictions
    network = int(((LABELS == COAT) & (answers == SHIRT)).sum())
    cell(page, 1, "Coat", "Shirt").click()
    expect(page.get_by_text(f"{network} pictures, highest loss")).to_be_visible()
    page.locator(".tile").first.click()
    expect(page.get_by_role("dialog").get_by_text("people voted")).to_be_visible()
