"""Make the README's screenshots from the real app on the reference run: `make screenshots`.

Needs Chromium on the PATH and the development requirements.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

ROOT: Final = Path(__file__).parents[1]
TARGET: Final = ROOT / "examples" / "screenshots"
PAGES: Final = (
    ("overview", "light", ""),
    ("train", "dark", "train"),
    ("confusions", "light", "confusions?true=Shirt&predicted=T-shirt%2Ftop"),
)
_WAIT_MS: Final = 60_000


def main() -> None:
    """Start the dashboard on an empty store and photograph each page."""
    TARGET.mkdir(exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as runs:
        command = [sys.executable, "-m", "streamlit", "run", "dashboard.py"]
        server = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "FASHION_RUNS": runs},
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            _photograph(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
            server.wait()


def _wait_for(address: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(address):
                return
        except urllib.error.URLError:
            time.sleep(0.25)
    sys.exit("The dashboard did not start.")


def _photograph(url: str) -> None:
    chromium = shutil.which("chromium") or sys.exit("Chromium is not on the PATH.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
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
