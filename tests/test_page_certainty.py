"""The page about confidence, opened cold by Streamlit's own test client."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers import kill, lock_in_other_process, record
from streamlit.testing.v1 import AppTest

from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile, Predictions
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore
from pages.ui import services

ROOT = Path(__file__).parents[1]
RUN = "r-reference-as-specified"


@pytest.fixture(scope="module")
def reference_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with the reference run, made once."""
    root = tmp_path_factory.mktemp("reference") / "runs"
    import_folder(RunStore(root), services.REFERENCE)
    return root


@pytest.fixture(autouse=True)
def quiet_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the page an engine that trains nothing, and caches of its own."""
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))


@pytest.fixture
def full(reference_runs: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the page on a store that holds the reference run."""
    monkeypatch.setenv("FASHION_RUNS", str(reference_runs))
    return open_page


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the page on an empty store."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    return open_page


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.switch_page("pages/certainty.py").run()


def words(app: AppTest) -> str:
    """Give all the text of the page."""
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error, app.metric)
    return "\n".join(
        f"{getattr(element, 'label', '')} {element.value}" for kind in kinds for element in kind
    )


def stored(epoch: int, split: str = "test") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give labels, predictions and probabilities from what is on disk."""
    file = artifacts.read_epoch(services.ROOT / "examples" / "reference-run", epoch)
    said = file.test if split == "test" else file.val
    labels = read_split(ROOT / "data", "test" if split == "test" else "val").labels
    return labels, said.predictions.astype(int), said.pred_probs.astype(float)


def confidence(predictions: np.ndarray, probs: np.ndarray) -> np.ndarray:
    return probs[np.arange(len(probs)), predictions]


def test_page_says_how_sure_it_is_and_how_often_right(full: Callable[..., AppTest]) -> None:
    labels, said, probs = stored(8)
    sure, right = 100 * confidence(said, probs).mean(), 100 * (said == labels).mean()
    app = full()
    assert not app.exception
    assert not app.error
    expected = f"It is {sure:.1f}\u00a0% sure on average and right in {right:.1f}\u00a0%"
    assert expected in words(app)
    assert f"too sure by {sure - right:.1f} percentage points" in words(app)


def test_table_holds_the_calibration_error_of_a_plain_loop(full: Callable[..., AppTest]) -> None:
    labels, said, probs = stored(8)
    sure, right, error = confidence(said, probs), said == labels, 0.0
    for b in range(15):
        inside = (sure > b / 15) & (sure <= (b + 1) / 15)
        if inside.any():
            error += inside.mean() * abs(sure[inside].mean() - right[inside].mean())
    assert re.search(rf"Calibration error \| {100 * error:.1f}\u00a0% \[", words(full()))


def test_softening_changes_confidence_but_not_accuracy(full: Callable[..., AppTest]) -> None:
    app = full(soften="true", epoch="30")
    plain = full(epoch="30")
    assert "Softened, it is 91.2\u00a0% sure on average and right in 91.7\u00a0%" in words(app)
    assert "It is 95.8\u00a0% sure on average and right in 91.7\u00a0%" in words(plain)


def test_threshold_of_the_link_counts_both_sides(full: Callable[..., AppTest]) -> None:
    labels, said, probs = stored(8)
    sure, right = confidence(said, probs), said == labels
    shown = {metric.label: metric.value for metric in full(sure="75").metric}
    answered = sure >= 0.75
    assert shown["Right among its answers"] == f"{100 * right[answered].mean():.1f}\u00a0%"
    assert shown["Handed to a person"] == f"{100 * (~answered).mean():.1f}\u00a0%"


def test_galleries_hold_both_sides(full: Callable[..., AppTest]) -> None:
    labels, said, probs = stored(8)
    sure, right = confidence(said, probs), said == labels
    app = full(sure="75", handed="right")
    assert f"Answered and wrong** · {((sure >= 0.75) & ~right).sum()} pictures" in words(app)
    handed = ((sure < 0.75) & right).sum()
    assert f"the network was right** · {handed} pictures" in words(app)


def test_threshold_is_on_softened_confidence_when_softened(full: Callable[..., AppTest]) -> None:
    handed = {
        key: next(m.value for m in full(sure="75", **query).metric if m.label.startswith("Handed"))
        for key, query in {"plain": {}, "soft": {"soften": "true"}}.items()
    }
    assert float(handed["soft"].split()[0]) > float(handed["plain"].split()[0])


def test_default_threshold_is_left_out_of_the_link_another_is_kept(
    full: Callable[..., AppTest],
) -> None:
    assert "sure" not in full(sure="90").query_params
    assert full(sure="99.5").query_params["sure"] == "99.5"


def test_link_to_an_impossible_threshold_shows_another_and_says_so(
    full: Callable[..., AppTest],
) -> None:
    app = full(sure="nan")
    assert "The link names a threshold that is not here." in words(app)
    assert not app.error


@pytest.mark.parametrize("level", ["90", "99"])
def test_sets_of_a_level_agree_with_plain_counting(
    full: Callable[..., AppTest], level: str
) -> None:
    known, _, calibration = stored(8, "val")
    labels, _, probs = stored(8)
    member = np.zeros(probs.shape, dtype=bool)
    for k in range(10):
        own = sorted(calibration[known == k, k], reverse=True)
        rank = -(-(len(own) + 1) * int(level) // 100)
        member[:, k] = probs[:, k] >= (own[rank - 1] if rank <= len(own) else 0)
    shown = {metric.label: metric.value for metric in full(level=level).metric}
    covered = member[np.arange(len(labels)), labels].mean()
    assert shown["Sets with the true class"] == f"{100 * covered:.1f}\u00a0%"
    assert shown["Classes in a set"] == f"{member.sum(axis=1).mean():.2f}"


def test_sets_of_several_classes_are_named(full: Callable[..., AppTest]) -> None:
    assert "T-shirt/top or Shirt |" in words(full(level="95"))


def test_guarantee_assumption_and_blemish_are_stated(full: Callable[..., AppTest]) -> None:
    said = words(full())
    for word in ("exchangeable", "also chose the best epoch", "15 equally wide bins"):
        assert word in said


def test_validation_pictures_are_not_taken_for_a_test(full: Callable[..., AppTest]) -> None:
    said = words(full(split="validation"))
    assert "fitted on these very pictures" in said
    assert "What follows is measured on the **test** pictures." in said


def test_page_of_an_empty_store_names_the_next_step(empty: Callable[..., AppTest]) -> None:
    app = empty()
    assert not app.exception
    assert "Nothing was trained yet." in words(app)


@pytest.fixture
def running(empty: Callable[..., AppTest]) -> Iterator[str]:
    """Give the id of a run that another process computes."""
    run_id = services.store().create(RunSpec(epochs=3))
    RunJournal(services.store(), run_id).start()
    holder = lock_in_other_process(services.store().run_dir(run_id) / "lock")
    yield run_id
    kill(holder)


def test_running_run_without_an_epoch_says_so(running: str, empty: Callable[..., AppTest]) -> None:
    app = empty()
    assert not app.exception
    assert "has not finished its first epoch" in words(app)


def test_first_epoch_of_a_running_run_is_shown(running: str, empty: Callable[..., AppTest]) -> None:
    content = guessing_epoch(1)
    artifacts.write_epoch(services.store().run_dir(running), content)
    RunJournal(services.store(), running).epoch(content.record)
    app = empty()
    assert not app.exception
    assert not app.error
    assert "epoch 1 of 3" in words(app)
    assert "It is 10.9\u00a0% sure on average and right in 10.0\u00a0%" in words(app)
    assert "Right among its answers not defined" in words(app)


def guessing_epoch(epoch: int) -> EpochFile:
    """Give an epoch of a network that calls everything a T-shirt with 10.9 % confidence."""
    probs = np.full((10_000, 10), 0.099, dtype=np.float16)
    probs[:, 0] = 0.109
    part = Predictions(
        predictions=np.zeros(10_000, dtype=np.uint8),
        pred_probs=probs,
        loss=np.full(10_000, 2.3, dtype=np.float32),
    )
    return EpochFile(record=record(epoch), val=part, test=part)
