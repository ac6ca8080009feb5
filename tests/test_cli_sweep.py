"""The command `sweep`: a study without a browser, interrupted and called again."""

import re
import signal

import pytest
from helpers import wait_until
from test_cli import TINY, TINY_SPEC, call, run, start

from fashion_core import __main__ as command_line
from fashion_core.runs.queue_order import QueueOrder
from fashion_core.runs.studies import read_studies
from fashion_core.training import execute

SWEEP = (*TINY, "--epochs", "2", "--learning-rates", "1e-2", "1e-3", "--seeds", "0", "5")


@pytest.mark.slow
def test_sweep_is_interrupted_and_the_same_command_goes_on(store):
    process = start(store, "sweep", *SWEEP, "--at-a-time", "2")
    wait_until(lambda: any(made.epochs_done for made in store.runs()), timeout=120)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "")
    assert "4 runs, less than a minute, two at a time. Counted for a reference" in err
    assert re.search(r"Interrupted: \d of 4 runs have ended\. The same command goes on\.", err)
    code, out, err = run(store, "sweep", *SWEEP, "--at-a-time", "2")
    assert (code, {made.status for made in store.runs()}) == (0, {"finished"})
    assert len(store.runs()) == 4
    assert "lr 0.01, seed 5: epoch 2 of 2: validation loss " in err
    head, *rows = out.splitlines()[:5]
    assert head.split()[:4] == ["rate", "seed", "status", "epochs"]
    assert [row.split()[:4] for row in rows] == [
        ["0.001", "0", "finished", "2/2"],
        ["0.001", "5", "finished", "2/2"],
        ["0.01", "0", "finished", "2/2"],
        ["0.01", "5", "finished", "2/2"],
    ]
    assert re.search(r"\n(Learning rate|No learning rate has learned)", out)


def test_a_sweep_that_is_done_shows_its_results_and_computes_nothing(small_data, store, capsys):
    assert call(capsys, "sweep", *SWEEP, "--store", store.root, "--name", "mine")[0] == 0
    before = store.runs()
    code, out, err = call(capsys, "sweep", *SWEEP, "--store", store.root)
    assert (code, store.runs()) == (0, before)
    assert err.startswith("4 runs, all there already.")
    assert out.splitlines()[1].split()[:4] == ["0.001", "0", "finished", "2/2"]
    assert read_studies(store.root)[0][0].name == "mine"


def test_a_sweep_with_a_run_that_failed_fails_and_shows_the_others(
    small_data, store, capsys, monkeypatch
):
    real = execute.train_step

    def step(model, optimizer, batch, labels, spec):
        if optimizer.param_groups[0]["lr"] == 0.01:
            raise OSError(28, "No space left on device", "x")
        return real(model, optimizer, batch, labels, spec)

    monkeypatch.setattr(execute, "train_step", step)
    code, out, _ = call(capsys, "sweep", *SWEEP, "--store", store.root)
    assert code == 1
    assert [row.split()[2] for row in out.splitlines()[1:5]] == ["finished"] * 2 + ["failed"] * 2
    assert "2 of 4 runs have not finished: the choice may still change." in out


def test_a_sweep_with_a_run_that_diverged_is_a_result(small_data, store, capsys, monkeypatch):
    monkeypatch.setattr(execute, "train_step", lambda *_: (float("nan"), 0))
    code, out, _ = call(capsys, "sweep", *SWEEP, "--store", store.root)
    assert (code, {made.status for made in store.runs()}) == (0, {"diverged"})
    assert "nothing can be said about any learning rate" in out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--learning-rates", "0"], "error: Expected a learning rate above 0"),
        (["--learning-rates"], "error: argument --learning-rates: expected at least one argument"),
        (["--seeds", "0.5"], "error: argument --seeds: invalid int value: '0.5'"),
        (["--at-a-time", "0"], "error: argument --at-a-time: invalid choice: 0"),
        (["--learning-rate", "0.1"], "error: unrecognized arguments: --learning-rate 0.1"),
        (["--epochs", "0"], "error: Expected epochs to be a whole number"),
        (["--seeds", *map(str, range(26))], "error: Expected at most 100 runs in a study, got 104"),
    ],
)
def test_a_study_that_makes_no_sense_is_refused(tmp_path, capsys, words, expected):
    with pytest.raises(SystemExit) as exit_:
        command_line.main(["sweep", "--store", str(tmp_path / "runs"), *words])
    assert exit_.value.code == 2
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_paused_run_that_is_resumed_here_is_computed(small_data, store, capsys):
    run_id = store.create(TINY_SPEC)
    QueueOrder(store).pause(run_id)
    assert call(capsys, "resume", run_id, "--store", store.root)[0] == 0
    assert store.run(run_id).status == "finished"
