"""Curves as CSV that any spreadsheet opens: a header with units, then a line each."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any, Final, TypeVar

from fashion_core.history import EpochRecord

_CURVES: Final = {
    "epoch": "epoch",
    "train_loss": "train_loss_nats",
    "train_accuracy": "train_accuracy_fraction",
    "val_loss": "val_loss_nats",
    "val_accuracy": "val_accuracy_fraction",
    "seconds": "seconds",
}
"""Fields of `EpochRecord` and their columns."""

_STEPS: Final = ("epoch", "step", "train_loss_nats")

_DIGITS: Final = re.compile(r"[0-9]{1,6}")

_Row = TypeVar("_Row")


def write_curves(history: Iterable[EpochRecord]) -> bytes:
    """Give the figures of epochs; floats keep every bit."""
    rows = ([getattr(record, name) for name in _CURVES] for record in history)
    return _write(tuple(_CURVES.values()), rows)


def read_curves(content: bytes, *, max_epoch: int) -> tuple[EpochRecord, ...]:
    """Read and verify the figures of epochs; columns that are not ours are passed over.

    Raises:
        ValueError: if a column is missing, a value has no sense or epochs do not ascend.
    """

    def parse(row: Sequence[str]) -> EpochRecord:
        figures = dict(zip(_CURVES, map(float, row), strict=True))
        values = {**figures, "epoch": _whole(row[0], max_epoch)}
        return check_record(values, max_epoch=max_epoch)

    history = _read(content, tuple(_CURVES.values()), parse)
    _check_ascending([(record.epoch, 0) for record in history])
    return history


def write_steps(rows: Iterable[tuple[int, int, float]]) -> bytes:
    """Give (epoch, step, mean training loss in nats of the block that ends there)."""
    return _write(_STEPS, rows)


def read_steps(
    content: bytes, *, max_epoch: int, max_step: int
) -> tuple[tuple[int, int, float], ...]:
    """Read and verify the losses of steps.

    Raises:
        ValueError: if a column is missing, a value has no sense or steps do not ascend.
    """

    def parse(row: Sequence[str]) -> tuple[int, int, float]:
        loss = float(row[2])
        if not 0 <= loss < math.inf:
            raise ValueError(f"Expected a loss in nats, got {loss}.")
        return _whole(row[0], max_epoch), _whole(row[1], max_step), loss

    rows = _read(content, _STEPS, parse)
    _check_ascending([row[:2] for row in rows])
    return rows


def check_record(values: dict[str, Any], *, max_epoch: int) -> EpochRecord:
    """Make an epoch's figures of plain values and verify them.

    Raises:
        ValueError: if a field is missing, unknown or has no sense.
    """
    names = [field.name for field in fields(EpochRecord)]
    if sorted(values) != sorted(names):
        raise ValueError(f"Expected the figures {', '.join(names)}, got {str([*values])[:120]}.")
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in values.values()):
        raise ValueError(f"Expected numbers, got {str(values)[:200]}.")
    record = EpochRecord(**values)
    if not isinstance(record.epoch, int) or not 1 <= record.epoch <= max_epoch:
        raise ValueError(f"Expected an epoch from 1 to {max_epoch}, got {record.epoch}.")
    for name in names[1:]:
        value, high = getattr(record, name), 1.0 if name.endswith("accuracy") else math.inf
        if not (0 <= value <= high and math.isfinite(value)):
            raise ValueError(f"Expected {name} of epoch {record.epoch} in range, got {value}.")
    return record


def _write(header: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def _read(
    content: bytes, columns: Sequence[str], parse: Callable[[Sequence[str]], _Row]
) -> tuple[_Row, ...]:
    """Parse the wanted columns of every line.

    Raises:
        ValueError: with the number of the line, if it is no CSV with these columns.
    """
    reader = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
    rows: list[_Row] = []
    try:
        header = next(reader, [])
        places = [header.index(column) for column in columns]
        for row in reader:
            if len(row) != len(header):
                raise ValueError(f"Expected {len(header)} columns, got {len(row)}.")
            rows.append(parse([row[place] for place in places]))
    except (csv.Error, ValueError) as error:
        raise ValueError(f"Line {reader.line_num}: {error}") from error
    return tuple(rows)


def _whole(text: str, high: int) -> int:
    if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= high:
        raise ValueError(f"Expected a whole number from 1 to {high}, got {text[:40]!r}.")
    return int(text)


def _check_ascending(places: Sequence[tuple[int, int]]) -> None:
    if any(before >= after for before, after in pairwise(places)):
        raise ValueError("Expected every epoch and step once, in ascending order.")
