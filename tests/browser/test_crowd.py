"""F9: a class of thirty on a real server while a run trains: no error, and the same bits."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from helpers import REPO_ROOT, fingerprint, run_apart, train
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.crowd_visitors import Visitor
from benchmarks.live_page import LivePage
from fashion_core.config import RunSpec
from fashion_core.runs.store import RunStore

pytestmark = pytest.mark.slow

VISITORS = 30
REFERENCE = "r-reference-as-specified"
PATIENCE_SECONDS = 240.0  # a busy machine
SPEC = RunSpec(train_images=2_000, epochs=2)  # what "Quick try" fills in


@pytest.mark.timeout(600)
def test_a_class_of_thirty_sees_no_error_and_changes_no_bit(
    streamlit_server: Callable[..., AbstractContextManager[str]], tmp_path: Path
) -> None:
    """All watch, look at galleries of another run, come back, and learn of the end."""
    store = RunStore(tmp_path / "runs")
    with streamlit_server(REPO_ROOT / "dashboard.py", env={"FASHION_RUNS": str(store.root)}) as url:
        visitors = run_apart(visit(url, store))
    assert [visitor.problem for visitor in visitors] == [""] * VISITORS
    assert [visitor.page.received.errors for visitor in visitors] == [[]] * VISITORS
    assert [visitor.page.knows_the_end for visitor in visitors] == [True] * VISITORS
    assert [len(visitor.visits) for visitor in visitors] == [6] * VISITORS
    train(tmp_path / "alone", SPEC)
    assert fingerprint(store.run_dir(started(store))) == fingerprint(tmp_path / "alone")


class WatchingPage(LivePage):
    """A page that notes whether it was told that the run has finished."""

    knows_the_end = False

    def _take_delta(self, message: ForwardMsg) -> None:
        super()._take_delta(message)
        # Elsewhere it is the other run that has finished.
        if self._name == "train" and "finished" in message.delta.new_element.markdown.body:
            self.knows_the_end = True


async def visit(url: str, store: RunStore) -> list[Visitor]:
    """Start a run through the page; send the visitors round, then wait with them for its end."""
    async with LivePage(f"{url}/train").open() as page:
        await page.click("Quick try")
        await page.click("Start training")
    address = f"{url}/train?run={started(store)}"
    visitors = [
        Visitor(address, REFERENCE, seed=seed, look_seconds=(0.0, 0.5)) for seed in range(VISITORS)
    ]
    for visitor in visitors:
        visitor.page = WatchingPage(address)
    await asyncio.gather(*(stay(visitor) for visitor in visitors))
    return visitors


async def stay(visitor: Visitor) -> None:
    """Open the page, go round once, and watch until the end has been said."""
    async with visitor.page.open():
        await visitor.go_round()
        await asyncio.wait_for(end_of(visitor.page), PATIENCE_SECONDS)


async def end_of(page: WatchingPage) -> None:
    while not page.knows_the_end:
        await asyncio.sleep(0.1)


def started(store: RunStore) -> str:
    return next(run.run_id for run in store.runs() if run.run_id != REFERENCE)
