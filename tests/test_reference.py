"""The run in `examples/reference-run` is what it claims to be, and so is the README."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score

from fashion_core.analysis.formatting import percent, percent_digits
from fashion_core.analysis.headline import Headline, summarise
from fashion_core.analysis.scores import score_pictures
from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.history import best_epoch
from fashion_core.model import FashionCNN
from fashion_core.runs import artifacts
from fashion_core.training.checkpoint import unpack_weights
from fashion_core.training.evaluate import predict

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "examples" / "reference-run"


@pytest.fixture(scope="module")
def files() -> list[artifacts.EpochFile]:
    """Give all epochs of the reference run."""
    epochs = artifacts.epochs_on_disk(REFERENCE, "epoch")
    return [artifacts.read_epoch(REFERENCE, epoch) for epoch in epochs]


@pytest.fixture(scope="module")
def best(files: list[artifacts.EpochFile]) -> artifacts.EpochFile:
    """Give the epoch of the lowest validation loss."""
    chosen = best_epoch([file.record for file in files])
    return next(file for file in files if file.record == chosen)


def test_reference_run_is_the_default_spec_for_all_its_epochs(
    files: list[artifacts.EpochFile],
) -> None:
    header = json.loads((REFERENCE / "spec.json").read_text())
    assert RunSpec.from_dict(header["spec"]) == RunSpec()
    assert [file.record.epoch for file in files] == list(range(1, 31))


def test_reference_run_is_small_enough_to_be_cloned() -> None:
    assert sum(p.stat().st_size for p in REFERENCE.rglob("*") if p.is_file()) <= 12_000_000


@pytest.mark.slow
def test_stored_test_predictions_follow_from_the_stored_weights(
    best: artifacts.EpochFile,
) -> None:
    """Another processor may round the last bits differently; more would be another network."""
    model = FashionCNN(RunSpec(), torch.Generator()).to(memory_format=torch.channels_last)
    unpack_weights(model, artifacts.read(REFERENCE, "best", best.record.epoch))
    source = read_split(ROOT / "data", "test")
    images = torch.tensor(source.images).unsqueeze(1)
    again = predict(model, images, torch.tensor(source.labels))
    np.testing.assert_allclose(again.pred_probs, best.test.pred_probs, atol=2e-3)
    np.testing.assert_allclose(again.loss, best.test.loss, atol=1e-4, rtol=1e-3)
    assert (again.predictions == best.test.predictions).mean() > 0.9995


def test_stored_figures_follow_from_the_stored_predictions(
    files: list[artifacts.EpochFile],
) -> None:
    labels = read_split(ROOT / "data", "val").labels
    for file in files:
        assert accuracy_score(labels, file.val.predictions) == file.record.val_accuracy
        assert file.val.loss.mean(dtype=np.float64) == pytest.approx(file.record.val_loss, abs=1e-9)


@pytest.fixture(scope="module")
def headline(best: artifacts.EpochFile) -> Headline:
    """Give the headline figures of the best epoch on the test split."""
    source = read_split(ROOT / "data", "test")
    said = best.test
    return summarise(
        score_pictures(
            image_ids=source.image_ids,
            labels=source.labels,
            predictions=said.predictions,
            pred_probs=said.pred_probs,
            loss=said.loss,
        )
    )


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("accuracy", "accuracy"),
        ("macro precision", "macro_precision"),
        ("precision at confidence ≥ 0.5", "confident_precision"),
    ],
)
def test_readme_figures_are_those_of_the_reference_run(
    headline: Headline, row: str, name: str
) -> None:
    figure = getattr(headline, name)
    cells = readme_row(row)
    low = percent_digits(figure.interval.low)
    assert cells[:2] == [percent(figure.value), f"{low} to {percent(figure.interval.high)}"]


def test_readme_names_the_best_epoch(best: artifacts.EpochFile) -> None:
    expected = f"{best.record.epoch} of 30, {best.record.val_loss:.3f} nats"
    assert readme_row("best epoch (lowest validation loss)")[0] == expected


def readme_row(first: str) -> list[str]:
    """Give the cells of a row of the README's table, without the first, written as on a page."""
    text = (ROOT / "README.md").read_text().replace(" %", "\u00a0%")
    found = re.search(rf"^\| {re.escape(first)} \|(.*)\|$", text, re.MULTILINE)
    assert found is not None
    return [cell.strip() for cell in found[1].split("|")]
