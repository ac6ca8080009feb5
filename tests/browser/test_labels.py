"""Deciding about labels in a real browser: by key, by mouse, never while typing."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from fashion_core.runs.label_decisions import LabelDecisions

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
RUN = "r-reference-as-specified"
START_MS = 90_000  # a cold server beside other work


@pytest.fixture(scope="module")
def server(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, Path]]:
    """Give the address of the page, and the store's folder."""
    runs = tmp_path_factory.mktemp("runs")
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(runs)}) as address:
        yield f"{address}/labels?run={RUN}", runs


@pytest.fixture
def opened(server: tuple[str, Path], open_page: Callable[..., Page]) -> tuple[Page, LabelDecisions]:
    """Open the page without decisions and wait until a label is in question."""
    url, runs = server
    for left in runs.glob("label-decisions.jsonl*"):
        left.unlink()
    page = open_page(url)
    expect(page.locator(".keys button")).to_have_count(5, timeout=START_MS)
    expect(page.locator(".tile")).to_have_count(24, timeout=START_MS)
    return page, LabelDecisions(runs)


def in_question(page: Page) -> int:
    """Give the picture that the buttons are about, from what a screen reader says."""
    label = page.locator(".keys").get_attribute("aria-label") or ""
    return int(re.findall(r"\d+", label)[0])


def said(page: Page) -> Locator:
    return page.locator(".said")


def made(decisions: LabelDecisions) -> list[tuple[int, str]]:
    return [(decision.image_id, decision.verdict) for decision in decisions.all()]


def test_keys_decide_one_picture_after_the_other_and_undo(opened) -> None:
    page, decisions = opened
    first = in_question(page)
    page.keyboard.press("k")
    expect(said(page)).to_have_text(f"Test picture {first}: keep.")
    second = in_question(page)
    assert second != first
    page.keyboard.press("l")
    expect(said(page)).to_contain_text(f"Test picture {second}: relabel as")
    assert made(decisions) == [(first, "keep"), (second, "relabel")]
    page.keyboard.press("u")
    expect(said(page)).to_have_text(f"Test picture {second}: undecided again.")
    assert in_question(page) == second
    assert made(decisions) == [(first, "keep")]
    page.wait_for_url(re.compile(f"picture={second}"))


def test_the_mouse_decides_too_and_a_tile_puts_a_picture_in_question(opened) -> None:
    page, decisions = opened
    page.wait_for_url(re.compile("picture="))
    first = page.url
    page.locator(".tile").nth(4).click()
    page.wait_for_url(lambda now: now != first)
    expect(page.locator(".tile").nth(4)).to_have_attribute("aria-current", "true")
    fifth = int(re.findall(r"picture=(\d+)", page.url)[0])
    expect(page.locator(".keys")).to_have_attribute("aria-label", re.compile(f"{fifth}$"))
    page.get_by_role("button", name="Ambiguous").click()
    expect(said(page)).to_have_text(f"Test picture {fifth}: ambiguous.")
    assert made(decisions) == [(fifth, "ambiguous")]


def test_keys_do_nothing_while_somebody_types_or_holds_control(opened, settled) -> None:
    page, decisions = opened
    chooser = page.get_by_role("combobox", name=re.compile("Relabel as"))
    chooser.click()
    page.keyboard.type("ska")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("Control+k")
    page.keyboard.press("Alt+a")
    settled(page)
    assert made(decisions) == []
    page.keyboard.press("s")  # and now they do
    expect(said(page)).to_contain_text("skipped")
    assert len(made(decisions)) == 1


def test_a_key_pressed_again_and_again_decides_only_about_what_was_on_screen(opened) -> None:
    """Twelve presses without waiting: each that counts is about the next label of the list."""
    page, decisions = opened
    order = [int(i) for i in re.findall(r"Test picture (\d+):", " ".join(labels_of_tiles(page)))]
    for _ in range(12):
        page.keyboard.press("a")
    expect(page.locator(".keys")).to_have_attribute("aria-busy", "false")
    expect(said(page)).to_contain_text("ambiguous")
    found = [image_id for image_id, _ in made(decisions)]
    assert found == order[: len(found)]
    assert found


def test_a_press_that_got_lost_can_be_repeated(opened) -> None:
    """As when the connection breaks at that moment: the first message never arrives."""
    page, decisions = opened
    lost: list[bytes] = []

    def connect(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def forward(message: bytes | str) -> None:
            if b'"event":"pressed"' in bytes(message) and not lost:
                lost.append(bytes(message))
            else:
                server.send(message)

        socket.on_message(forward)

    page.route_web_socket(re.compile("_stcore/stream"), connect)
    page.reload()
    expect(page.locator(".tile")).to_have_count(24, timeout=START_MS)
    page.keyboard.press("k")
    expect(page.locator(".keys")).to_have_attribute("aria-busy", "true")
    expect(page.locator(".keys")).to_have_attribute("aria-busy", "false")
    assert (len(lost), made(decisions)) == (1, [])
    page.keyboard.press("k")
    expect(said(page)).to_contain_text("keep")
    assert len(made(decisions)) == 1


def labels_of_tiles(page: Page) -> list[str]:
    return [tile.get_attribute("aria-label") or "" for tile in page.locator(".tile").all()]
