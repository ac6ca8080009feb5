"""Cards with a number: how many stand in a row, and that their text is whole at every width."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOPS = "cards => cards.map(card => Math.round(card.getBoundingClientRect().top))"
CUT = "texts => texts.filter(text => text.scrollWidth > text.clientWidth).map(t => t.innerText)"


@pytest.mark.parametrize(
    ("width", "rows"), [(1440, [4]), (1024, [2, 2]), (768, [2, 2]), (420, [2, 2])]
)
def test_four_cards_stand_in_a_row_or_two_by_two_with_all_their_text(
    reference_url: str,
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    width: int,
    rows: list[int],
) -> None:
    page = open_page(reference_url, width=width)
    settled(page)
    cards = page.locator(".st-key-number-cards-headline > *")
    tops = cards.evaluate_all(TOPS)
    assert [tops.count(top) for top in sorted(set(tops))] == rows
    heights = cards.evaluate_all("cards => cards.map(card => card.firstChild.clientHeight)")
    assert len({(top, height) for top, height in zip(tops, heights, strict=True)}) == len(rows)
    texts = page.locator(".st-key-number-cards-headline").locator(
        "label div, p, [class*=Value] div"
    )
    assert texts.count() >= 12
    assert texts.evaluate_all(CUT) == []


def test_a_name_too_long_for_its_box_ends_in_dots(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None]
) -> None:
    page = open_page(reference_url)
    settled(page)
    box = page.get_by_test_id("stSidebar").get_by_test_id("stSelectbox").locator("input").first
    expect(box).to_have_css("text-overflow", "ellipsis")
