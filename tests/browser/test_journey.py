"""The whole job in a real browser: start, watch, reload, open a confusion, look at a picture."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from fashion_core.analysis.headline import summarise
from fashion_core.analysis.scores import score_pictures
from fashion_core.data import read_split
from fashion_core.runs.store import RunStore

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
EPOCHS = 4
TRAINING_MS = 180_000  # the machine may be busy; a quick try takes about 20 s on an idle one


@pytest.fixture
def server(
    streamlit_server: Callable[..., AbstractContextManager[str]], tmp_path: Path
) -> AbstractContextManager[str]:
    """Give the real dashboard on a store of its own."""
    return streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": str(tmp_path)})


def test_newcomer_trains_watches_and_finds_the_pictures_of_a_confusion(
    server: AbstractContextManager[str],
    open_page: Callable[..., Page],
    settled: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    with server as url:
        page = open_page(f"{url}/train")
        start_quick_run(page, settled)
        # The curve grows by an epoch, then the page is reloaded and a second tab looks on.
        expect(page.get_by_text(re.compile(r"^best: epoch \d")).first).to_be_visible(
            timeout=TRAINING_MS
        )
        page.reload()
        second_tab_sees_the_run(open_page(page.url))
        expect(page.get_by_text("2,000 pictures").first).to_be_visible()
        expect(chip(page, "finished")).to_be_visible(timeout=TRAINING_MS)
        expect(page.get_by_text("Resume")).to_have_count(0)
        matrix = stored_matrix(tmp_path)
        page.get_by_role("link", name="Confusions").click()
        cell = click_a_cell(page, matrix, settled)
        link = look_at_a_picture(page)
        same = open_page(link)
        expect(same.get_by_text(cell).first).to_be_visible()
        expect(same.get_by_role("dialog")).to_contain_text("Confidence")


def start_quick_run(page: Page, settled: Callable[[Page], None]) -> None:
    settled(page)
    page.get_by_role("button", name="Quick try").click()
    expect(page.get_by_text("· 63 steps an epoch")).to_be_visible()
    epochs = page.get_by_role("spinbutton", name="Epochs")
    expect(epochs).to_have_value("2")
    settled(page)  # what is typed while the answer to the click arrives is overwritten by it
    epochs.fill(str(EPOCHS))
    epochs.press("Enter")
    settled(page)
    expect(epochs).to_have_value(str(EPOCHS))
    expect(page.get_by_text(f"epoch 1 of {EPOCHS}")).to_have_count(0)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text(f"epoch 1 of {EPOCHS}", exact=False).first).to_be_visible()


def second_tab_sees_the_run(tab: Page) -> None:
    expect(tab.get_by_role("button", name="Stop")).to_be_visible()
    expect(tab.get_by_text("2,000 pictures").first).to_be_visible()
    tab.close()


def click_a_cell(page: Page, matrix: list[list[int]], settled: Callable[[Page], None]) -> str:
    """Click the cell of the largest confusion, count its pictures page by page; give its title."""
    names = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"]
    names += ["Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
    count, true, predicted = max(
        (matrix[t][p], t, p) for t in range(10) for p in range(10) if t != p
    )
    page.get_by_role("button", name=f"{names[true]} predicted as {names[predicted]}").click()
    title = f"{names[true]} → {names[predicted]}"
    expect(page.get_by_text(f"{title} · {count} pictures")).to_be_visible()
    settled(page)  # until then the pager may be the one of the gallery before
    seen = tiles(page).count()
    while seen < count:
        page.get_by_test_id("stPaginationNext").first.click()
        page.wait_for_url(re.compile(rf"[?&]page={seen // 48 + 1}(&|$)"))
        rest = min(48, count - seen)
        expect(tiles(page)).to_have_count(rest)
        seen += rest
    assert seen == count
    assert f"true={names[true]}".replace("/", "%2F") in page.url.replace("+", "%20")
    return title


def look_at_a_picture(page: Page) -> str:
    """Open the first picture of the gallery and give the link to it."""
    tiles(page).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("True class")
    expect(dialog.locator(".js-plotly-plot .bars .point")).to_have_count(10)
    page.wait_for_url(re.compile(r"picture=\d+"))
    return page.url


def tiles(page: Page) -> Locator:
    """Give the pictures of the first gallery, those of the chosen cell."""
    return page.locator(".gallery").first.get_by_role(
        "button", name=re.compile(r"^Test picture \d+")
    )


def chip(page: Page, status: str) -> Locator:
    return page.get_by_test_id("stMain").locator(".stMarkdownBadge", has_text=status)


def stored_matrix(root: Path) -> list[list[int]]:
    """Compute the matrix of the run's best epoch from what is on disk."""
    store = RunStore(root)
    run = next(run for run in store.runs() if run.spec.train_images == 2_000)
    assert run.status == "finished"
    assert run.best is not None
    said = store.epoch_file(run.run_id, run.best.epoch).test
    source = read_split(ROOT / "data", "test")
    scores = score_pictures(
        image_ids=source.image_ids,
        labels=source.labels,
        predictions=said.predictions,
        pred_probs=said.pred_probs,
        loss=said.loss,
    )
    return summarise(scores).matrix.tolist()
