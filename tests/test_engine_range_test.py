"""Range tests in real child processes: one at a time, cancelled, killed, or without a server."""

import json
import math
import signal
import subprocess
import sys

import pytest
from helpers import DATA_DIR, REPO_ROOT, is_alive, kill, small_spec, start_python, wait_until

from fashion_core.analysis.range_test import learning_rates
from fashion_core.engine import one_child, range_test, range_worker
from fashion_core.engine.range_test import RangeTestError, RangeTests, RangeTestState

STEPS = 100
TINY = small_spec()
OTHER = small_spec(seed=1)

TALKS = """
import json
print(json.dumps({"rate": 0.5, "loss": 2.25}), flush=True)
"""
HANGS = TALKS + "import sys; sys.stdin.read()"
ENDS = TALKS + 'print(json.dumps({"outcome": "finished"}))'
FAILS = 'print(\'{"error": "The pictures are missing."}\')'
IS_CUT_OFF = TALKS + "import sys; print('{\"rate\": 0.', end=''); sys.exit(3)"


@pytest.fixture
def child(monkeypatch) -> dict[str, str]:
    """Replace the program of the children by the one named here."""
    program = {"code": HANGS}

    def command(*_arguments: object) -> list[str]:
        return [sys.executable, "-c", program["code"]]

    monkeypatch.setattr(range_test, "_command", command)
    return program


@pytest.fixture
def tests():
    """Give range tests whose last child does not outlive the test."""
    opened = RangeTests(DATA_DIR, steps=STEPS)
    yield opened
    opened.cancel()


def wait_for_end(tests: RangeTests) -> None:
    wait_until(lambda: tests.running() is None, timeout=60)


# What a test leaves


@pytest.mark.slow
def test_a_test_in_a_child_gives_the_bits_of_one_in_this_process(tests):
    from fashion_core.training.range_test import run_range_test  # noqa: PLC0415

    tests.start(TINY)
    wait_for_end(tests)
    losses = []
    outcome = run_range_test(
        TINY, STEPS, lambda _, loss: losses.append(loss), lambda: False, data_dir=DATA_DIR
    )
    assert tests.state(TINY) == RangeTestState(
        status=outcome,
        steps=STEPS,
        rates=learning_rates(STEPS)[: len(losses)],
        losses=tuple(losses),
    )


def test_what_is_found_can_be_watched_before_the_end(tests, child):
    tests.start(TINY)
    wait_until(lambda: tests.state(TINY).rates)
    state = tests.state(TINY)
    assert (state.status, state.rates, state.losses) == ("running", (0.5,), (2.25,))
    assert (state.is_done, state.done_fraction) == (False, 0.01)
    assert tests.running() == state


def test_specs_that_differ_in_no_step_share_one_result(tests, child):
    child["code"] = ENDS
    tests.start(small_spec(learning_rate=0.1, epochs=7, schedule="one-cycle"))
    wait_for_end(tests)
    assert tests.state(small_spec(learning_rate=0.01, average_decay=0.9)).is_done
    assert tests.state(OTHER) is None


def test_a_test_is_not_computed_twice(tests, child, launched):
    child["code"] = ENDS
    tests.start(TINY)
    tests.start(TINY)
    wait_for_end(tests)
    tests.start(TINY)
    assert len(launched) == 1


def test_only_the_newest_results_are_kept(child, monkeypatch):
    child["code"] = ENDS
    monkeypatch.setattr(one_child, "_KEPT", 2)
    tests = RangeTests(DATA_DIR)
    for seed in (1, 2, 3):
        tests.start(small_spec(seed=seed))
        wait_for_end(tests)
    assert [tests.state(small_spec(seed=seed)) is not None for seed in (1, 2, 3)] == [
        False,
        True,
        True,
    ]


# One at a time, cancel


def test_one_test_runs_at_a_time(tests, child):
    tests.start(TINY)
    with pytest.raises(RangeTestError, match=r"The test of other settings is running\. Cancel it"):
        tests.start(OTHER)
    assert tests.state(OTHER) is None


def test_a_cancelled_test_is_gone_and_forgotten_and_another_can_start(tests, child, launched):
    tests.start(TINY)
    tests.cancel()
    assert launched[0].returncode == -signal.SIGKILL
    assert tests.state(TINY) is tests.running() is None
    tests.start(OTHER)
    assert tests.state(OTHER).status == "running"


def test_cancelling_nothing_does_nothing(tests):
    tests.cancel()


@pytest.mark.slow
def test_a_real_test_is_cancelled_while_it_trains(launched):
    tests = RangeTests(DATA_DIR, steps=2_000)
    tests.start(TINY)
    wait_until(lambda: tests.state(TINY).rates, timeout=60)
    tests.cancel()
    assert launched[0].returncode == -signal.SIGKILL


# What can go wrong


def test_a_child_that_is_killed_has_failed_and_can_be_started_again(tests, child, launched):
    tests.start(TINY)
    wait_until(lambda: tests.state(TINY).rates)
    launched[0].kill()
    wait_for_end(tests)
    assert tests.state(TINY).status == "failed"
    assert tests.state(TINY).reason == (
        "The process of the range test ended early (SIGKILL). Start the test again."
    )
    child["code"] = ENDS
    tests.start(TINY)
    wait_for_end(tests)
    assert tests.state(TINY).status == "finished"


def test_a_line_that_is_cut_off_is_left_out(tests, child):
    child["code"] = IS_CUT_OFF
    tests.start(TINY)
    wait_for_end(tests)
    state = tests.state(TINY)
    assert (state.status, state.rates) == ("failed", (0.5,))
    assert "(exit code 3)" in state.reason


def test_what_the_child_cannot_do_is_the_reason(tests, child):
    child["code"] = FAILS
    tests.start(TINY)
    wait_for_end(tests)
    assert tests.state(TINY).status == "failed"
    assert tests.state(TINY).reason == "The pictures are missing."


@pytest.mark.slow
def test_missing_pictures_are_the_reason(tmp_path):
    tests = RangeTests(tmp_path, steps=STEPS)
    tests.start(TINY)
    wait_for_end(tests)
    assert tests.state(TINY).status == "failed"
    assert "is missing" in tests.state(TINY).reason


def test_a_process_that_cannot_be_started_is_a_sentence(tests, monkeypatch):
    monkeypatch.setattr(range_test, "_command", lambda *_: ["/no/such/program"])
    with pytest.raises(RangeTestError, match=r"could not be started \(No such file or directory\)"):
        tests.start(TINY)
    assert tests.running() is tests.state(TINY) is None


# The child


@pytest.mark.parametrize(("loss", "told"), [(2.25, 2.25), (math.nan, None), (math.inf, None)])
def test_the_child_says_null_for_a_loss_that_is_not_finite(capsys, loss, told):
    range_worker._tell_step(0.5, loss)
    assert json.loads(capsys.readouterr().out) == {"rate": 0.5, "loss": told}


def test_a_loss_that_is_not_finite_arrives_as_nan(tests, child):
    child["code"] = 'print(\'{"rate": 0.5, "loss": null}\\n{"outcome": "exploded"}\')'
    tests.start(TINY)
    wait_for_end(tests)
    assert tests.state(TINY).status == "exploded"
    assert math.isnan(tests.state(TINY).losses[0])


@pytest.mark.slow
def test_a_child_without_a_parent_ends_at_once():
    spec = small_spec().to_json()
    words = [sys.executable, "-m", "fashion_core.engine.range_worker", spec, "2000", str(DATA_DIR)]
    child = subprocess.Popen(
        words, cwd=REPO_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    assert "outcome" not in out


SERVER = """
from pathlib import Path
from fashion_core.engine import range_test
from helpers import small_spec, wait_until
tests = range_test.RangeTests(Path(sys.argv[1]), steps=2_000)
tests.start(small_spec())
wait_until(lambda: tests.running().rates, timeout=60)
print(tests._child._at_work.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_a_killed_server_leaves_no_orphan():
    server = start_python(SERVER, DATA_DIR)
    pid = int(server.stdout.readline())
    assert is_alive(pid)
    kill(server)
    wait_until(lambda: not is_alive(pid))
