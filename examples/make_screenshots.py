"""Make the README's screenshots from the real app on the reference run: `make screenshots`.

Needs Chromium on the PATH and the development requirements.
"""

import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from benchmarks.serving import CHROMIUM_ARGS, find_chromium, serve_process

ROOT: Final = Path(__file__).parents[1]
TARGET: Final = ROOT / "examples" / "screenshots"
PAGES: Final = (
    ("overview", "light", ""),
    ("train", "dark", "train"),
    ("confusions", "light", "confusions?true=Shirt&predicted=T-shirt%2Ftop"),
    ("image", "light", "image?picture=787"),
    ("map", "dark", "map"),
)
_WAIT_MS: Final = 60_000


def main() -> None:
    """Start the dashboard on an empty store and photograph each page."""
    TARGET.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as runs,
        serve_process(ROOT / "dashboard.py", env={"FASHION_RUNS": runs}) as (_, url),
    ):
        _photograph(url)


def _photograph(url: str) -> None:
    chromium = find_chromium() or sys.exit("Chromium is not on the PATH.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        for name, scheme, path in PAGES:
            size = {"width": 1440, "height": 900}
            page = browser.new_page(viewport=size, color_scheme=scheme)
            page.goto(f"{url}/{path}")
            _settle(page)
            page.screenshot(path=TARGET / f"{name}-{scheme}.png")
            page.close()
        browser.close()


def _settle(page: Page) -> None:
    page.wait_for_selector("[data-test-script-state='notRunning']", timeout=_WAIT_MS)
    page.wait_for_timeout(4_000)  # figures and pictures draw after the script has run


if __name__ == "__main__":
    main()
