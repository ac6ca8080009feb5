"""`report` as a person uses it."""

import csv

import numpy as np
import pytest
from helpers import DATA_DIR, record, small_spec
from portable import put_run, sound_epoch

from fashion_core import __main__ as command_line
from fashion_core.data import read_split
from fashion_core.report.page import write_report
from fashion_core.runs.journal import RunJournal


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = command_line.main(["report", *map(str, words), "--data", str(DATA_DIR)])
    return code, *capsys.readouterr()


def test_a_run_becomes_one_file_beside_the_caller(store, tmp_path, capsys, monkeypatch):
    run_id = put_run(store)
    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, run_id, "--store", store.root)
    content = (tmp_path / f"{run_id}.html").read_text()
    size = f"{len(content.encode()) / 1000:.0f} kB"
    said = f"{run_id}.html written: {size}, Taken along, epoch 2, test pictures\n"
    assert (code, out, err) == (0, said, "")
    images = read_split(DATA_DIR, "test")
    assert content == write_report(store, run_id, epoch=2, split="test", images=images)


def test_epoch_split_names_and_mistakes_can_be_chosen(store, tmp_path, capsys):
    page, mistakes = tmp_path / "mine.html", tmp_path / "mistakes.csv"
    words = ("--output", page, "--mistakes", mistakes, "--epoch", 1, "--split", "validation")
    code, out, _ = call(capsys, put_run(store), *words, "--store", store.root)
    assert code == 0
    assert ", epoch 1, validation pictures\n" in out
    assert f"{mistakes} written: " in out
    assert "epoch 1 of 3 (not the best) · 10,000 validation pictures" in page.read_text()
    rows = list(csv.DictReader(mistakes.read_text().splitlines()))
    wrong = sound_epoch(1).val.predictions != read_split(DATA_DIR, "val").labels
    assert (len(rows), {row["split"] for row in rows}) == (np.count_nonzero(wrong), {"validation"})


@pytest.mark.parametrize("option", ["--output", "--mistakes"])
def test_a_report_overwrites_nothing(store, tmp_path, capsys, monkeypatch, option):
    path = tmp_path / "mine"
    path.write_bytes(b"mine")
    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, put_run(store), option, path, "--store", store.root)
    assert (code, out, path.read_bytes()) == (1, "", b"mine")
    assert err == f"There is a file {path} already. Remove it or choose another name.\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine", "runs"]


def test_a_folder_that_is_missing_is_said(store, tmp_path, capsys):
    path = tmp_path / "none" / "mine.html"
    code, _, err = call(capsys, put_run(store), "--output", path, "--store", store.root)
    assert code == 1
    assert err.startswith(f"The file {path} cannot be written (No such file or directory). See ")


def test_a_run_without_an_epoch_is_said(store, capsys):
    run_id = store.create(small_spec())
    code, _, err = call(capsys, run_id, "--store", store.root)
    expected = f"Run 1, {run_id}, is queued and has no finished epoch: there is nothing to report"
    assert (code, err) == (1, f"{expected} yet.\n")


def test_an_epoch_that_is_not_there_is_said(store, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = call(capsys, put_run(store), "--epoch", 9, "--store", store.root)
    assert code == 1
    assert err.startswith("Epoch 9 of run 1, ")


def test_epoch_0_is_no_epoch(store, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = call(capsys, put_run(store), "--epoch", 0, "--store", store.root)
    assert (code, err[:19]) == (1, "Epoch 0 of run 1, r")


def test_a_run_whose_files_are_gone_is_said(store, capsys, tmp_path):
    run_id = store.create(small_spec())
    journal = RunJournal(store, run_id)
    journal.start()
    journal.epoch(record(1))
    journal.end("finished", "")
    path = tmp_path / "mine.html"
    code, _, err = call(capsys, run_id, "--output", path, "--store", store.root)
    assert (code, path.exists()) == (1, False)
    assert err == f"The epoch file of epoch 1 is missing from {run_id}.\n"


def test_looking_makes_no_store(tmp_path, capsys):
    code, _, err = call(capsys, "r-20261122-000000-abcdef", "--store", tmp_path / "none")
    assert (code, err) == (1, f"There is no run store in {tmp_path / 'none'}.\n")
    assert not (tmp_path / "none").exists()
