"""The page picker of a gallery names its pages, however many the gallery before had."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES_OF = {
    "Coat predicted as Pullover": "1 2",
    "Shirt predicted as T-shirt/top": "1 2 3",
    "Shirt predicted as Shirt": "1 2 3 … 16",
    "Shirt predicted as Pullover": "1 2",
    "Coat predicted as Coat": "1 2 3 … 18",
}
ROW = 10  # pixels
WIDE = 1440


@pytest.mark.parametrize("width", [WIDE, 420])
def test_as_many_numbers_as_there_is_room_for_cell_after_cell(
    reference_url: str,
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    width: int,
) -> None:
    page = open_page(f"{reference_url}/confusions", width=width)
    expect(pager(page)).to_contain_text("17")
    settled(page)
    places = set()
    for name, numbers in PAGES_OF.items():
        page.get_by_role("button", name=f"{name}: ").click()
        expect(page.get_by_text(name.replace(" predicted as ", " → ")).first).to_be_visible()
        settled(page)
        arrows = ("chevron_left", "chevron_right")
        expect(pager(page)).to_have_text(numbers.replace(" ", "").join(arrows))
        previous = pager(page).get_by_test_id("stPaginationPrev").bounding_box()
        assert previous["x"] == pytest.approx(pager(page).bounding_box()["x"], abs=1)
        beside = page.get_by_text("Choose", exact=True)
        places.add((beside.bounding_box()["x"], middle(beside) - middle(pager(page)) < ROW))
    assert len(places) == 1
    assert width < WIDE or places.pop()[1], "it wrapped into a row of its own"


def middle(element: Locator) -> float:
    """Give the vertical centre of an element in pixels."""
    box = element.bounding_box()
    return box["y"] + box["height"] / 2


def pager(page: Page) -> Locator:
    """Give the picker of the first gallery."""
    return page.get_by_test_id("stPagination").first
