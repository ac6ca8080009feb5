"""The CSV of all mistakes against rows computed by hand."""

import csv
import io

import numpy as np
import pytest
from helpers import record, small_spec

from fashion_core.data import LabelledImages
from fashion_core.errors import DamagedFileError
from fashion_core.mistakes_csv import COLUMNS, write_mistakes
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile, Predictions
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.store import RunStore

LABELS = [6, 6, 0, 9]
SAID = {1: [6, 0, 0, 9], 2: [0, 0, 0, 9], 3: [6, 0, 0, 7], 4: [0, 0, 0, 7]}
"""Shirt, Shirt, T-shirt/top, Ankle boot; what each epoch says about them."""

PICTURES = LabelledImages(
    images=np.zeros((4, 28, 28), dtype=np.uint8),
    labels=np.array(LABELS),
    image_ids=np.array([11, 20, 35, 40]),
)


def predictions(said: list[int]) -> Predictions:
    """Give each answer 0.75, its neighbour 0.1875 and the label, if it is another, the rest."""
    probs = np.zeros((4, 10), dtype=np.float16)
    for row, (label, answer) in enumerate(zip(LABELS, said, strict=True)):
        probs[row, answer] = 0.75
        probs[row, (answer + 1) % 10] += 0.1875
        probs[row, label] += 0.0625
    loss = np.array([2.5, 4.25, 0.5, 0.1], dtype=np.float32)
    return Predictions(predictions=np.array(said, dtype=np.uint8), pred_probs=probs, loss=loss)


@pytest.fixture
def run_id(store: RunStore) -> str:
    """Put a run of four epochs into the store; of the validation pictures all are named 1."""
    run_id = store.create(small_spec(epochs=4))
    journal = RunJournal(store, run_id)
    journal.start()
    for epoch, said in SAID.items():
        file = EpochFile(
            record=record(epoch), val=predictions([1, 1, 1, 1]), test=predictions(said)
        )
        artifacts.write_epoch(store.run_dir(run_id), file)
        journal.epoch(file.record)
    journal.end("finished", "")
    return run_id


def rows(store: RunStore, run_id: str, epoch: int, split: str = "test") -> list[list[str]]:
    content = write_mistakes(store, run_id, epoch, split=split, images=PICTURES)
    header, *rest = csv.reader(io.StringIO(content.decode(), newline=""))
    assert tuple(header) == COLUMNS
    return rest


def test_every_mistake_has_a_row_and_the_highest_loss_is_first(store, run_id):
    never = ["20", "test", "Shirt", "T-shirt/top", "0.75", "4.25", "0.0625", "0.5625", "", "0"]
    twice = ["11", "test", "Shirt", "T-shirt/top", "0.75", "2.5", "0.0625", "0.5625", "1", "2"]
    boot = ["40", "test", "Ankle boot", "Sneaker", "0.75", "0.1", "0.0625", "0.5625", "1", "1"]
    assert rows(store, run_id, 4) == [never, twice, boot]


def test_the_past_is_that_of_the_whole_run_whatever_the_epoch(store, run_id):
    assert [(row[0], *row[-2:]) for row in rows(store, run_id, 2)] == [
        ("20", "", "0"),
        ("11", "1", "2"),
    ]


def test_the_other_split_has_rows_of_its_own(store, run_id):
    found = rows(store, run_id, 1, "validation")
    assert {row[1] for row in found} == {"validation"}
    assert [row[3] for row in found] == ["Trouser"] * 4


def test_floats_keep_every_bit(store, run_id):
    loss = float(rows(store, run_id, 4)[2][5])
    assert np.float32(loss) == np.float32(0.1)


def test_a_damaged_epoch_elsewhere_leaves_the_past_empty_not_wrong(store, run_id):
    next((store.run_dir(run_id) / "epochs").glob("epoch-0003-*")).write_bytes(b"")
    assert [row[-2:] for row in rows(store, run_id, 4)] == [["", ""]] * 3


def test_the_damaged_epoch_itself_is_said(store, run_id):
    next((store.run_dir(run_id) / "epochs").glob("epoch-0004-*")).write_bytes(b"")
    with pytest.raises(DamagedFileError, match=r"epoch 4 .* is damaged"):
        rows(store, run_id, 4)


def test_a_run_without_mistakes_gives_the_header_alone(store, run_id):
    right = LabelledImages(
        images=PICTURES.images, labels=np.array(SAID[1]), image_ids=PICTURES.image_ids
    )
    content = write_mistakes(store, run_id, 1, split="test", images=right)
    assert content.decode() == ",".join(COLUMNS) + "\n"
