"""`python -m fashion_core extend`: a finished run trained further, as a person does it."""

from dataclasses import replace

import pytest
from helpers import fingerprint, train
from portable import SPEC, put_run
from test_cli import TINY, TINY_SPEC, call, run

from fashion_core import __main__ as command_line


@pytest.mark.slow
def test_extend_gives_the_bits_of_one_long_training_and_says_what_came_out(store, tmp_path):
    run(store, "train", *TINY, "--epochs", "1", "--name", "short")
    (short,) = store.runs()
    code, out, err = run(store, "extend", short.run_id, "--epochs", "3")
    longer = store.runs()[0]
    assert (code, longer.number, longer.status) == (0, 2, "finished")
    assert (longer.spec, longer.name) == (TINY_SPEC, "short, to 3 epochs")
    assert out.startswith(f"{longer.run_id} finished: best epoch ")
    assert [line.split(":")[0] for line in err.splitlines()][-2:] == [
        "epoch 2 of 3",
        "epoch 3 of 3",
    ]
    train(tmp_path / "alone", TINY_SPEC)
    assert fingerprint(store.run_dir(longer.run_id)) == fingerprint(tmp_path / "alone")
    assert store.runs()[1] == short


def test_a_run_that_is_this_training_is_named(store, capsys):
    run_id, there = put_run(store, checkpoints=1), store.create(replace(SPEC, epochs=5))
    words = ("extend", run_id, "--epochs", 5, "--store", store.root)
    assert call(capsys, *words) == (
        1,
        "",
        f"Run 2, {there}, is exactly this training and is queued; it is not computed twice.\n",
    )
    assert len(store.runs()) == 2


@pytest.mark.parametrize(
    ("epochs", "said"),
    [(3, "Expected more epochs than the 3 of run 1"), (5, "without its last checkpoint")],
)
def test_what_cannot_be_is_said_in_a_sentence(store, capsys, epochs, said):
    run_id = put_run(store, checkpoints=0)
    code, out, err = call(capsys, "extend", run_id, "--epochs", epochs, "--store", store.root)
    assert (code, out) == (1, "")
    assert said in err
    assert "Traceback" not in err


def test_the_number_of_epochs_must_be_said(capsys):
    with pytest.raises(SystemExit) as left:
        command_line.main(["extend", "r-20260101-000000-abcdef"])
    assert left.value.code == 2
    assert "--epochs" in capsys.readouterr().err
