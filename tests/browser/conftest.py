"""A real server and a real Chromium for the tests of this folder."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.serving import CHROMIUM_ARGS, find_chromium, serve_process

REPO_ROOT = Path(__file__).parents[2]
expect.set_options(timeout=90_000)  # a busy machine


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium once. CI fails where there is none, a laptop says so."""
    path = find_chromium()
    if path is None:
        problem = "The browser tests need Chromium on the PATH."
        pytest.fail(problem) if os.environ.get("CI") else pytest.skip(problem)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages in sessions of their own; a JavaScript error fails the test.

    `received`, if given, is filled with the size of every message the server sends.
    """
    contexts, errors = [], []

    def open_one(url: str, *, width: int = 1440, scheme: str = "light", received=None) -> Page:
        size = {"width": width, "height": 900}
        contexts.append(chromium.new_context(viewport=size, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.set_default_timeout(90_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        if received is not None:
            count = lambda frame: received.append(len(frame))  # noqa: E731
            page.on("websocket", lambda socket: socket.on("framereceived", count))
        page.goto(url)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture(scope="session")
def streamlit_server() -> Callable[..., AbstractContextManager[str]]:
    """Give the context manager that runs a script and yields its address."""
    return serve


@pytest.fixture(scope="module")
def reference_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of the dashboard on a store that gets the reference run at its start."""
    runs = str(tmp_path_factory.mktemp("runs"))
    with serve(REPO_ROOT / "dashboard.py", env={"FASHION_RUNS": runs}) as address:
        yield address


@pytest.fixture(scope="session")
def streamlit_process() -> Callable[
    ..., AbstractContextManager[tuple[subprocess.Popen[bytes], str]]
]:
    """Give the context manager that runs a script and yields its process and address."""
    return serve_process


@pytest.fixture(scope="session")
def settled() -> Callable[[Page], None]:
    """Give `wait_until_settled`: `settled(page)` after what makes the script run."""
    return wait_until_settled


@contextmanager
def serve(
    script: Path, cwd: Path = REPO_ROOT, env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a Streamlit script on a free port.

    Args:
        script: The script to run.
        cwd: Working directory; its `.streamlit/config.toml` applies and it can be imported from.
        env: Variables to add to the environment.

    Yields:
        The server's address, e.g. "http://127.0.0.1:40123".
    """
    with serve_process(script, cwd, env) as (_, url):
        yield url


def wait_until_settled(page: Page) -> None:
    """Wait until the script has run and its results are on the page."""
    app = page.locator("[data-testid='stApp']")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=90_000)
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=90_000)
    expect(page.locator("[data-testid='stSkeleton']")).to_have_count(0)  # parts loaded on demand
    expect(page.locator("[data-testid='stException']")).to_have_count(0)
