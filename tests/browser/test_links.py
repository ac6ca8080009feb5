"""The links to pages in another tab: by middle click and by Ctrl-click."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("how", [{"button": "middle"}, {"modifiers": ["Control"]}])
def test_a_link_opens_its_own_page_in_another_tab(
    reference_url: str,
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    how: dict,
) -> None:
    page = open_page(f"{reference_url}/guess")
    settled(page)
    links = page.get_by_test_id("stSidebar").get_by_test_id("stPageLink-NavLink")
    for name, place in (("Overview", ""), ("Compare", "compare")):
        with page.context.expect_page() as waiting:
            links.filter(has_text=name).click(**how)
        expect(waiting.value).to_have_url(re.compile(rf"^{reference_url}/{place}\?run="))
        waiting.value.close()
    assert page.url.startswith(f"{reference_url}/guess?")
    links.filter(has_text="Overview").click()
    expect(page).to_have_url(re.compile(rf"^{reference_url}/\?run="))
