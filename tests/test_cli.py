"""The command line as a person uses it: real processes, real pictures, tiny networks."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import fields
from io import StringIO

import pytest
from helpers import (
    REPO_ROOT,
    fingerprint,
    kill,
    lock_in_other_process,
    record,
    train,
    wait_until,
)

from fashion_core import __main__ as command_line
from fashion_core import cli_settings
from fashion_core.cli_progress import ProgressLine
from fashion_core.config import RunSpec
from fashion_core.files import is_locked
from fashion_core.recipes import BEST
from fashion_core.runs.annotations import RunAnnotations
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.queue import RunQueue
from fashion_core.runs.store import RunStore
from fashion_core.training.events import EpochFinished, Notice, Progress

TINY = ("--train-images", "100", "--conv-widths", "2", "3", "--fc-widths", "8", "4")
TINY_SPEC = RunSpec(train_images=100, conv_widths=(2, 3), fc_widths=(8, 4), epochs=3)


def start(store: RunStore, *words: str) -> subprocess.Popen[str]:
    """Start a command on a store."""
    return subprocess.Popen(
        [sys.executable, "-m", "fashion_core", *words, "--store", str(store.root)],
        cwd=REPO_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(store: RunStore, *words: str) -> tuple[int, str, str]:
    """Run a command on a store; give exit code, output and errors."""
    process = start(store, *words)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run a command that trains nothing in this process."""
    code = command_line.main([str(word) for word in words])
    return code, *capsys.readouterr()


def asked_for(store: RunStore, monkeypatch: pytest.MonkeyPatch, *words: str) -> RunSpec:
    """Give the spec that `train` would compute."""
    monkeypatch.setattr(command_line, "compute", lambda *_args, **_options: None)
    command_line.main(["train", *words, "--store", str(store.root)])
    return store.runs()[0].spec


# Settings


def test_every_field_of_a_spec_has_an_option_with_words(capsys):
    with pytest.raises(SystemExit):
        command_line.main(["train", "--help"])
    text = capsys.readouterr().out.replace(",", " ")
    assert {f"--{field.name.replace('_', '-')}" for field in fields(RunSpec)} <= set(text.split())
    assert set(cli_settings._SPEC_HELP) == {field.name for field in fields(RunSpec)}


def test_without_a_recipe_a_run_is_as_specified(store, monkeypatch):
    assert asked_for(store, monkeypatch) == RunSpec()


def test_a_recipe_is_what_a_run_starts_from(store, monkeypatch):
    assert asked_for(store, monkeypatch, "--recipe", "best") == BEST.spec()


def test_an_option_wins_over_the_recipe_even_at_the_specifications_value(store, monkeypatch):
    words = ("--recipe", "Best", "--seed", "2", "--batch-size", "32", "--no-mirror-average")
    spec = asked_for(store, monkeypatch, *words, "--schedule", "constant")
    assert spec == BEST.spec(seed=2, batch_size=32, mirror_average=False, schedule="constant")


def test_every_later_option_reaches_the_spec(store, monkeypatch):
    words = ["--schedule", "one-cycle", "--weight-decay", "0.05", "--label-smoothing", "0.1"]
    words += ["--shift-pixels", "2", "--erase-probability", "0.5", "--average-decay", "0.9"]
    words += ["--horizontal-flip", "--mirror-average", "--precision", "bfloat16"]
    assert asked_for(store, monkeypatch, *words) == RunSpec(
        schedule="one-cycle",
        weight_decay=0.05,
        label_smoothing=0.1,
        shift_pixels=2,
        erase_probability=0.5,
        average_decay=0.9,
        horizontal_flip=True,
        mirror_average=True,
        precision="bfloat16",
    )


# Train and resume


@pytest.mark.slow
def test_train_computes_a_run_into_the_store_and_says_what_came_out(store):
    words = ("--epochs", "1", "--learning-rate", "1e-2", "--batch-size", "50", "--seed", "3")
    more = ("--dropout", "0.25", "--horizontal-flip", "--threads", "1", "--name", "from a shell")
    code, out, err = run(store, "train", *TINY, *words, *more)
    (made,) = store.runs()
    assert (code, made.status, made.name) == (0, "finished", "from a shell")
    assert made.spec == RunSpec(
        train_images=100,
        conv_widths=(2, 3),
        fc_widths=(8, 4),
        epochs=1,
        learning_rate=1e-2,
        batch_size=50,
        seed=3,
        dropout=0.25,
        horizontal_flip=True,
    )
    assert out.startswith(f"{made.run_id} finished: best epoch 1 of 1, validation loss ")
    assert [line.split(":")[0] for line in err.splitlines()] == ["epoch 1 of 1"]


@pytest.mark.slow
def test_ctrl_c_and_resume_give_the_bits_of_an_uninterrupted_run(store, tmp_path):
    process = start(store, "train", *TINY, "--epochs", "3")
    wait_until(lambda: any(made.epochs_done for made in store.runs()), timeout=60)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    (made,) = store.runs()
    assert (process.returncode, made.status) == (130, "interrupted")
    assert f"python -m fashion_core resume {made.run_id} --store {store.root}" in err
    code, out, _ = run(store, "resume", made.run_id)
    assert (code, out.split(":")[0]) == (0, f"{made.run_id} finished")
    train(tmp_path / "alone", TINY_SPEC)
    assert fingerprint(store.run_dir(made.run_id)) == fingerprint(tmp_path / "alone")


@pytest.mark.slow
def test_sigterm_leaves_the_run_resumable_and_nobody_computes_it_twice(store):
    process = start(store, "train", *TINY, "--epochs", "1000")
    wait_until(lambda: any(made.status == "running" for made in store.runs()), timeout=60)
    code, out, err = run(store, "train", *TINY, "--epochs", "1000")
    assert (code, out) == (1, "")
    assert "has the same settings and is running; it is not computed twice" in err
    process.terminate()
    process.communicate(timeout=30)
    (made,) = store.runs()
    assert (process.returncode, made.status) == (143, "interrupted")


def test_a_run_that_is_stopped_on_the_page_says_so(small_data, store, capsys):
    def stop() -> None:
        wait_until(lambda: any(made.epochs_done for made in store.runs()))
        RunQueue(store).request_stop(store.runs()[0].run_id)

    visitor = threading.Thread(target=stop)
    visitor.start()
    code, out, err = call(capsys, "train", *TINY, "--epochs", "1000", "--store", store.root)
    visitor.join()
    assert (code, out) == (1, "")
    assert f"{store.runs()[0].run_id} stopped: Stopped on request." in err


def test_nobody_else_can_take_the_run_before_it_is_taken_here(store, capsys, monkeypatch):
    """The queue is kept while the run is in it; afterwards it is started and locked."""
    real, queue_was_kept, statuses = RunStore.create, [], []

    def create(its_store: RunStore, spec: RunSpec, *, name: str = "") -> str:
        run_id = real(its_store, spec, name=name)
        queue_was_kept.append(is_locked(store.root / ".queue.lock"))
        return run_id

    def compute(_store: RunStore, run_id: str, *_args, **_options) -> None:
        statuses.append(store.run(run_id).status)

    monkeypatch.setattr(RunStore, "create", create)
    monkeypatch.setattr(command_line, "compute", compute)
    call(capsys, "train", *TINY, "--store", store.root)
    assert (queue_was_kept, statuses) == ([True], ["running"])


# What is refused


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--learning-rate", "0"], "error: Expected a learning rate above 0 and at most 100"),
        (["--learning-rate", "nan"], "error: Expected learning rate to be a finite number"),
        (["--epochs", "0"], "error: Expected epochs to be a whole number from 1 to 1,000, got 0."),
        (["--epochs", "many"], "error: argument --epochs: invalid int value: 'many'"),
        (["--conv-widths", "3"], "error: argument --conv-widths: expected 2 arguments"),
        (["--recipe", "Slow"], "error: Expected one of the recipes As specified, Best, Fast, got"),
        (["--schedule", "cosine"], "error: Expected schedule to be constant or one-cycle, got"),
        (["--mirror-average"], "error: Expected mirror average only together with horizontal"),
        (["--learning", "1"], "error: unrecognized arguments: --learning 1"),
    ],
)
def test_a_bad_value_is_refused_with_a_sentence(tmp_path, capsys, words, expected):
    with pytest.raises(SystemExit) as exit_:
        command_line.main(["train", "--store", str(tmp_path / "runs"), *words])
    assert exit_.value.code == 2
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_run_that_does_not_exist_is_not_resumed(store, capsys):
    code, out, err = call(capsys, "resume", "r-20261122-000000-abcdef", "--store", store.root)
    assert (code, out) == (1, "")
    assert "There is no such run" in err


def test_a_finished_run_is_not_resumed(store, capsys):
    run_id = make_run(store, "finished")
    code, _, err = call(capsys, "resume", run_id, "--store", store.root)
    assert (code, store.run(run_id).status) == (1, "finished")
    assert "is finished; there is nothing to resume" in err


def test_a_run_held_by_another_process_is_not_computed(store, capsys):
    run_id = store.create(TINY_SPEC)
    process = lock_in_other_process(store.run_dir(run_id) / "lock")
    code, _, err = call(capsys, "resume", run_id, "--store", store.root)
    kill(process)
    assert (code, err) == (1, "The run is being computed by another process.\n")


# List


def make_run(store: RunStore, state: str) -> str:
    """Put a run of two epochs into the store that ended in some way."""
    run_id = store.create(TINY_SPEC)
    journal = RunJournal(store, run_id)
    journal.start()
    for epoch, val_loss in [(1, 0.25), (2, 0.5)]:
        journal.epoch(record(epoch, val_loss=val_loss))
    journal.end(state, "")
    return run_id


def table(text: str) -> list[Sequence[str]]:
    return [line.split(maxsplit=6) for line in text.replace("val loss", "loss").splitlines()]


def test_runs_are_listed_newest_first(store, capsys):
    first, second = make_run(store, "finished"), store.create(TINY_SPEC, name="my run")
    code, out, _ = call(capsys, "runs", "--store", store.root)
    head, *rows = table(out)
    assert (code, head) == (0, ["run", "id", "status", "epochs", "best", "loss", "name"])
    assert rows[0] == ["2", second, "queued", "0/3", "-", "-", "my run"]
    assert rows[1][:6] == ["1", first, "finished", "2/3", "1", "0.250"]


def test_runs_are_listed_for_machines(store, capsys):
    run_id = make_run(store, "finished")
    (row,) = json.loads(call(capsys, "runs", "--json", "--store", store.root)[1])
    assert (row["id"], row["status"], row["epochs"]) == (run_id, "finished", 2)
    assert (row["best_epoch"], row["val_loss"], row["val_accuracy"]) == (1, 0.25, 0.875)
    assert RunSpec.from_dict(row["spec"]) == TINY_SPEC


def test_tags_and_notes_are_listed_where_there_are_any(store, capsys):
    run_id = store.create(TINY_SPEC, name="my run")
    RunAnnotations(store).tag(run_id, add=["keep", "two words"])
    RunAnnotations(store).note(run_id, "first line\nsecond " + "long " * 20)
    _, row = table(call(capsys, "runs", "--store", store.root)[1])
    assert row[6].startswith("my run  [keep]  [two words]  first line second long long")
    assert row[6].endswith("long…")
    (found,) = json.loads(call(capsys, "runs", "--json", "--store", store.root)[1])
    assert found["tags"] == ["keep", "two words"]
    assert found["note"].startswith("first line\nsecond")


def test_a_deleted_run_is_not_listed_and_not_resumed(store, capsys):
    run_id = make_run(store, "stopped")
    RunAnnotations(store).delete(run_id)
    assert len(table(call(capsys, "runs", "--store", store.root)[1])) == 1
    code, _, err = call(capsys, "resume", run_id, "--store", store.root)
    assert (code, err) == (1, "Run 1 is deleted. Restore it on the Runs page first.\n")


def test_an_empty_store_has_an_empty_table(store, capsys):
    assert len(table(call(capsys, "runs", "--store", store.root)[1])) == 1
    assert call(capsys, "runs", "--json", "--store", store.root)[1] == "[]\n"


def test_a_reader_that_has_seen_enough_gets_no_traceback(store):
    """As in `runs | head -1`; the list is longer than the pipe holds."""
    for seed in range(400):
        store.create(RunSpec(seed=seed), name=f"{seed} " + 90 * "x")
    process = start(store, "runs", "--json")
    assert process.stdout.readline() == "[\n"
    process.stdout.close()
    assert (process.stderr.read(), process.wait(timeout=60)) == ("", 141)
    process.stderr.close()


def test_listing_makes_no_store(tmp_path, capsys):
    code, _, err = call(capsys, "runs", "--store", tmp_path / "none")
    assert (code, (tmp_path / "none").exists()) == (1, False)
    assert err.startswith("There is no run store in ")


# Progress


class Terminal(StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        return True


def progress(step: int) -> Progress:
    return Progress(phase="training", epoch=2, step=step, loss=1.5, images_per_second=1234.4)


def test_a_terminal_shows_a_bar_in_one_line():
    stream = Terminal()
    line = ProgressLine(stream, TINY_SPEC, clock=iter([0.0, 0.05, 0.2]).__next__)
    for step in (1, 2, 4):  # of 4; the second comes too soon after the first
        line(progress(step))
    assert stream.getvalue() == (
        "\r\x1b[Kepoch 2 of 3 [######------------------] training, 1,234 pictures/s"
        "\r\x1b[Kepoch 2 of 3 [########################] training, 1,234 pictures/s"
    )


def test_a_file_gets_a_line_an_epoch_and_no_bar():
    stream = StringIO()
    line = ProgressLine(stream, TINY_SPEC)
    line(progress(1))
    line(Notice(text="A sentence."))
    line(EpochFinished(record=record(2, val_loss=0.5)))
    line.clear()
    assert stream.getvalue() == (
        "A sentence.\n"
        "epoch 2 of 3: training loss 0.750, validation loss 0.500, 87.5\u00a0% right, 12 s\n"
    )
