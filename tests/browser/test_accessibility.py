"""Every page under axe-core in a real browser: nothing serious, light and dark."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from helpers import REPO_ROOT
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
PAGES = ["", *sorted(path.stem for path in (REPO_ROOT / "pages").glob("[a-z]*.py"))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_serious_finding(
    reference_url: str,
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    path: str,
    scheme,
) -> None:
    page = open_page(f"{reference_url}/{path}", scheme=scheme)
    settled(page)
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    serious = [each for each in found if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in serious] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_over_a_page_has_no_serious_finding(
    reference_url: str, open_page: Callable[..., Page], settled: Callable[[Page], None], scheme: str
) -> None:
    """It lies beside the page, where Streamlit does not say whether it is light or dark."""
    page = open_page(f"{reference_url}/train", scheme=scheme)
    settled(page)
    page.get_by_role("button", name="Where it runs").click()
    expect(page.get_by_text("For everyone who uses this server")).to_be_visible()
    options = {"runOnly": ["color-contrast"]}
    found = Axe().run(page, context="[data-testid=stPopoverBody]", options=options).response
    assert [each["nodes"][0]["html"][:200] for each in found["violations"]] == []
    assert found["passes"]


def test_a_finding_would_be_found(open_page: Callable[..., Page]) -> None:
    page = open_page("about:blank")
    page.set_content("<p style='color: #999; background: #fff'>pale</p><img src='data:,'>")
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert {"color-contrast", "image-alt"} <= {each["id"] for each in found}
