"""`python -m fashion_core range-test`: a table, a sentence, and every step as CSV."""

import csv
import math
import subprocess
import sys
from io import StringIO

import pytest
from helpers import DATA_DIR, REPO_ROOT, load_small_split, small_spec

from fashion_core import __main__ as command_line
from fashion_core.analysis.range_test import learning_rates, smooth
from fashion_core.cli_range_test import as_csv, compute_range_test, describe

TINY = ("--train-images", "100", "--conv-widths", "4", "6", "--fc-widths", "16", "8")
RATES = learning_rates(281)  # 40 steps for a factor of ten
LOSSES = [2.3 - min(max(i - 40, 0), 80) / 80 + max(i - 160, 0) / 40 for i in range(281)]


class Terminal(StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def few(monkeypatch) -> None:
    """Let range tests see the first 300 real pictures only: to read all takes half a second."""
    monkeypatch.setattr("fashion_core.training.range_test.read_split", load_small_split)


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = command_line.main(["range-test", *TINY, *(str(word) for word in words)])
    return code, *capsys.readouterr()


def test_the_table_has_a_row_for_every_half_power_of_ten():
    lines = describe(RATES, LOSSES, current=0.1).splitlines()
    assert lines[0] == "learning rate  smoothed loss"
    rows = [line.split() for line in lines[1:-2]]
    assert [row[0] for row in rows][:4] == ["0.000001", "0.00000316", "0.00001", "0.0000316"]
    assert len(rows) == 15
    assert rows[6][1] == f"{smooth(LOSSES)[120]:.2f}"
    assert lines[-1].startswith("The loss falls from 0.00003 on and turns up again at 0.01.")
    assert lines[-1].endswith("0.1 is set now: above this range, learning may be worse or fail.")


def test_the_table_ends_where_the_loss_breaks():
    text = describe(RATES[:3], [2.3, 2.2, math.nan], current=0.1)
    assert "0.000001           2.2" in text
    assert "The loss broke after 3 steps" in text


def test_csv_has_every_step_to_the_last_digit():
    rows = list(csv.reader(StringIO(as_csv([1e-6, 0.1, 1.0], [4.0, 1 / 3, math.nan]))))
    assert rows[0] == ["learning_rate", "loss", "smoothed_loss"]
    assert [float(cell) for cell in rows[2]] == [0.1, 1 / 3, smooth([4.0, 1 / 3])[1]]
    assert rows[3] == ["1.0", "nan", ""]


def test_the_command_prints_what_it_found_and_writes_every_step(few, capsys, tmp_path):
    target = tmp_path / "steps.csv"
    code, out, err = call(capsys, "--steps", "100", "--learning-rate", "0.5", "--csv", target)
    assert (code, err) == (0, "")
    assert out.startswith("learning rate  smoothed loss\n")
    assert len(target.read_text().splitlines()) > 50  # one a step, until the loss explodes


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--steps", "99"],
            "argument --steps: Expected from 100 to 2,000 steps of a range test, got 99.",
        ),
        (["--steps", "few"], "argument --steps: Expected a whole number of steps, got 'few'."),
        (["--dropout", "2"], "error: Expected dropout from 0 to 0.95, got 2."),
        (["--store", "runs"], "error: unrecognized arguments: --store runs"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(capsys, words, sentence):
    with pytest.raises(SystemExit) as end:
        call(capsys, *words)
    assert end.value.code == 2
    assert sentence in capsys.readouterr().err


def test_missing_pictures_are_said_in_a_sentence(capsys, tmp_path):
    code, out, err = call(capsys, "--data", tmp_path)
    assert (code, out) == (1, "")
    assert "is missing" in err


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(few, capsys, tmp_path):
    code, _, err = call(capsys, "--steps", "100", "--csv", tmp_path / "no" / "steps.csv")
    assert code == 1
    assert "no/steps.csv" in err


def test_a_terminal_gets_a_bar_that_is_taken_away(few):
    stream = Terminal()
    rates, losses = compute_range_test(small_spec(), 100, stream, DATA_DIR)
    assert 50 < len(rates) == len(losses)
    assert "step 50 of 100 [############------------] learning rate 0.0029" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


@pytest.mark.slow
def test_the_command_works_in_a_shell_and_leaves_no_run(tmp_path):
    words = [sys.executable, "-m", "fashion_core", "range-test", *TINY, "--steps", "100"]
    done = subprocess.run(  # noqa: PLW1510 - the code is looked at
        words,
        cwd=REPO_ROOT,
        env={"FASHION_RUNS": str(tmp_path / "runs")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "learning rate" in done.stdout
    assert list(tmp_path.iterdir()) == []
