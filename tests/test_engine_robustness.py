"""Robustness tests in real child processes: one at a time, cancelled, killed, gone on with."""

import signal
import subprocess
import sys

import numpy as np
import pytest
from helpers import (
    DATA_DIR,
    REPO_ROOT,
    is_alive,
    kill,
    lock_in_other_process,
    start_python,
    wait_until,
)
from portable import SPEC, put_run, weights

from fashion_core.analysis.corruptions import CORRUPTIONS, corrupt_all, corruption_of
from fashion_core.data import read_split
from fashion_core.engine import robustness
from fashion_core.engine.robustness import RobustnessError, RobustnessTests
from fashion_core.errors import StoreError
from fashion_core.robust_answers import questions, read_kept
from fashion_core.runs import artifacts
from fashion_core.runs.robustness import computing, fingerprint, write_answers
from fashion_core.runs.store import RunStore

KEYS = [corruption.key for corruption in CORRUPTIONS]
BEST = 2  # of the runs of `put_run`
ANSWERS = np.random.default_rng(0).integers(0, 10, (3, 10_000), dtype=np.uint8)
ROWS = 30_000  # of a corruption
SAYS = """
import base64, json, sys
import numpy as np
def answer(key, rows=30_000):
    answers = np.random.default_rng(0).integers(0, 10, (3, 10_000), dtype=np.uint8)
    print(json.dumps({"key": key, "done": rows}), flush=True)
    content = base64.b64encode(answers.tobytes()[:rows]).decode()
    print(json.dumps({"key": key, "answers": content}), flush=True)
keys = sys.argv[1:]
"""
ENDS = SAYS + "[answer(key) for key in keys]"
HANGS = SAYS + "[answer(key) for key in keys[:2]]; sys.stdin.read()"
DIES = SAYS + "answer(keys[0]); print('{\"key\": \"', end=''); sys.exit(3)"
FAILS = 'print(\'{"error": "The pictures are missing."}\')'
IS_SHORT = SAYS + "answer(keys[0], rows=600)"


@pytest.fixture
def child(monkeypatch) -> dict[str, str]:
    """Replace the program of the children by the one named here; it is told the keys."""
    program = {"code": HANGS}

    def command(_spec, _run_dir, _epoch, _data_dir, keys) -> list[str]:
        return [sys.executable, "-c", program["code"], *keys]

    monkeypatch.setattr(robustness, "_command", command)
    return program


@pytest.fixture
def run_id(store) -> str:
    return put_run(store)


@pytest.fixture
def tests(store):
    """Give robustness tests whose last child does not outlive the test."""
    opened = RobustnessTests(store, DATA_DIR)
    yield opened
    opened.cancel()


def wait_for_end(tests: RobustnessTests) -> None:
    wait_until(lambda: tests.running() is None, timeout=120)


def kept(store: RunStore, run_id: str):
    test = store.epoch_file(run_id, BEST).test
    asked = questions(epoch=BEST, clean=fingerprint(test), pictures=10_000)
    return read_kept(store.run_dir(run_id), asked)


def keep(store: RunStore, run_id: str, keys: list[str]) -> None:
    """Put made-up answers to some corruptions into a run's folder."""
    folder = store.run_dir(run_id)
    clean = fingerprint(store.epoch_file(run_id, BEST).test)
    with computing(folder):
        for asked in questions(epoch=BEST, clean=clean, pictures=10_000):
            if asked.key in keys:
                write_answers(folder, asked, ANSWERS)


# What a test leaves


def test_all_answers_are_kept_and_nothing_is_computed_twice(tests, store, run_id, child, launched):
    child["code"] = ENDS
    tests.start(run_id, BEST)
    wait_for_end(tests)
    found = kept(store, run_id)
    assert found.missing == found.damaged == ()
    for answers in found.answers.values():
        np.testing.assert_array_equal(answers, ANSWERS)
    assert tests.state(run_id, BEST) is None
    tests.start(run_id, BEST)
    assert len(launched) == 1


def test_what_is_done_can_be_watched_and_read_before_the_end(tests, store, run_id, child):
    tests.start(run_id, BEST)
    wait_until(lambda: len(kept(store, run_id).answers) == 2)
    state = tests.state(run_id, BEST)
    assert tests.running() == (run_id, BEST)
    assert (state.status, state.rows, state.done, state.key) == (
        "running",
        10 * ROWS,
        2 * ROWS,
        KEYS[1],
    )
    assert state.done_fraction == 0.2
    assert state.seconds_left == pytest.approx(4 * state.seconds)


@pytest.mark.slow
def test_a_real_child_gives_the_answers_of_this_process(tests, store, run_id):
    from fashion_core.explain.corrupted import predicted_classes  # noqa: PLC0415
    from fashion_core.explain.network import open_network  # noqa: PLC0415

    keep(store, run_id, [key for key in KEYS if key not in {"dark", "shift"}])
    tests.start(run_id, BEST)
    wait_for_end(tests)
    assert tests.state(run_id, BEST) is None
    network, pictures = open_network(SPEC, "best", weights(SPEC)), read_split(DATA_DIR, "test")
    some = pictures.take(np.array([9_999, 4, 600]))
    for key in ("dark", "shift"):
        worse = corrupt_all(some.images, some.image_ids, corruption_of(key), 3)
        expected = predicted_classes(network, worse)
        assert kept(store, run_id).answers[key][2, [9_999, 4, 600]].tolist() == expected.tolist()


# Cancel, go on, one at a time


def test_a_cancelled_test_keeps_what_it_has_finished_and_goes_on(
    tests, store, run_id, child, launched
):
    tests.start(run_id, BEST)
    wait_until(lambda: len(kept(store, run_id).answers) == 2)
    tests.cancel()
    assert launched[0].returncode == -signal.SIGKILL
    assert tests.state(run_id, BEST) is tests.running() is None
    assert kept(store, run_id).missing == tuple(KEYS[2:])
    child["code"] = "import sys; assert sys.argv[1:] == " + repr(KEYS[2:]) + "\n" + ENDS
    tests.start(run_id, BEST)
    assert tests.state(run_id, BEST).before == 2 * ROWS
    wait_for_end(tests)
    assert kept(store, run_id).missing == ()


def test_a_damaged_file_is_computed_again(tests, store, run_id, child):
    keep(store, run_id, KEYS)
    (store.run_dir(run_id) / "robustness" / "epoch-0002-turn.bin").write_bytes(b"x")
    assert kept(store, run_id).damaged == ("turn",)
    child["code"] = "import sys; assert sys.argv[1:] == ['turn']\n" + ENDS
    tests.start(run_id, BEST)
    wait_for_end(tests)
    assert kept(store, run_id).missing == ()


def test_one_test_runs_at_a_time(tests, store, run_id, child, launched):
    tests.start(run_id, BEST)
    tests.start(run_id, BEST)
    with pytest.raises(RobustnessError, match=r"Another run or epoch is being tested\. Cancel it"):
        tests.start(put_run(store), BEST)
    assert len(launched) == 1


def test_cancelling_nothing_does_nothing(tests):
    tests.cancel()


# What can go wrong


def test_a_child_that_dies_is_a_sentence_and_goes_on_later(tests, store, run_id, child):
    child["code"] = DIES
    tests.start(run_id, BEST)
    wait_for_end(tests)
    state = tests.state(run_id, BEST)
    assert (state.status, state.done) == ("failed", ROWS)
    assert state.reason == (
        "The process of the test ended early (exit code 3). Start it again to go on."
    )
    assert kept(store, run_id).missing == tuple(KEYS[1:])
    child["code"] = ENDS
    tests.start(run_id, BEST)
    wait_for_end(tests)
    assert kept(store, run_id).missing == ()
    assert tests.state(run_id, BEST) is None


def test_a_killed_child_is_named_by_its_signal(tests, run_id, child, launched):
    tests.start(run_id, BEST)
    launched[0].kill()
    wait_for_end(tests)
    assert "(SIGKILL)" in tests.state(run_id, BEST).reason


def test_what_the_child_cannot_do_is_the_reason(tests, run_id, child):
    child["code"] = FAILS
    tests.start(run_id, BEST)
    wait_for_end(tests)
    assert tests.state(run_id, BEST).reason == "The pictures are missing."


def test_answers_to_too_few_pictures_are_refused(tests, store, run_id, child):
    child["code"] = IS_SHORT
    tests.start(run_id, BEST)
    wait_for_end(tests)
    assert "got 200. The data set is another one." in tests.state(run_id, BEST).reason
    assert kept(store, run_id).answers == {}


def test_a_folder_that_goes_away_ends_the_test_with_a_sentence(
    tests, store, run_id, child, launched
):
    child["code"] = SAYS + "answer(keys[0]); sys.stdin.readline(); answer(keys[1])"
    tests.start(run_id, BEST)
    wait_until(lambda: len(kept(store, run_id).answers) == 1)
    store.run_dir(run_id).rename(store.root / ".removed")
    launched[0].stdin.write(b"\n")
    launched[0].stdin.flush()
    wait_for_end(tests)
    assert "cannot be written" in tests.state(run_id, BEST).reason
    assert not store.run_dir(run_id).exists()


def test_another_program_that_computes_is_a_sentence(tests, store, run_id, child):
    keep(store, run_id, ["dark"])
    other = lock_in_other_process(store.run_dir(run_id) / "robustness" / "lock")
    try:
        tests.start(run_id, BEST)
        wait_for_end(tests)
        assert "Another program asks this run" in tests.state(run_id, BEST).reason
    finally:
        kill(other)


def test_missing_and_damaged_weights_are_a_sentence_before_anything_starts(
    tests, store, run_id, launched
):
    with pytest.raises(StoreError, match="The weights of epoch 1 are not kept"):
        tests.start(run_id, 1)
    (path,) = (store.run_dir(run_id) / "weights").iterdir()
    path.write_bytes(b"x")
    with pytest.raises(StoreError, match="is damaged"):
        tests.start(run_id, BEST)
    assert launched == []


def test_weights_of_an_epoch_come_from_the_first_sound_file(store):
    run_id = put_run(store, checkpoints=2)
    folder = store.run_dir(run_id)
    assert artifacts.read_weights(folder, BEST)[0] == "best"
    assert artifacts.read_weights(folder, 3)[0] == "checkpoint"
    (path,) = (folder / "weights").iterdir()
    path.write_bytes(b"x")
    assert artifacts.read_weights(folder, BEST)[0] == "checkpoint"


def test_no_process_is_a_sentence(tests, run_id, monkeypatch):
    monkeypatch.setattr(robustness, "_command", lambda *_: ["/no/such/program"])
    with pytest.raises(RobustnessError, match=r"could not be started \(No such file or directory"):
        tests.start(run_id, BEST)
    assert tests.running() is tests.state(run_id, BEST) is None


@pytest.mark.slow
def test_missing_pictures_are_the_reason(store, run_id, tmp_path):
    tests = RobustnessTests(store, tmp_path / "nothing")
    tests.start(run_id, BEST)
    wait_for_end(tests)
    assert "is missing" in tests.state(run_id, BEST).reason


# The server dies

SERVER = """
from pathlib import Path
from fashion_core.engine import robustness
from fashion_core.runs.store import RunStore
from helpers import wait_until
tests = robustness.RobustnessTests(RunStore(Path(sys.argv[1])), Path(sys.argv[2]))
tests.start(sys.argv[3], 2)
wait_until(lambda: tests.state(sys.argv[3], 2).done, timeout=120)
print(tests._child._at_work.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_a_killed_server_leaves_no_orphan_and_what_it_had_finished(store, run_id, tests, child):
    keep(store, run_id, KEYS[:3])
    server = start_python(SERVER, store.root, DATA_DIR, run_id)
    pid = int(server.stdout.readline())
    assert is_alive(pid)
    kill(server)
    wait_until(lambda: not is_alive(pid), timeout=60)
    found = kept(store, run_id)
    assert (list(found.answers)[:3], found.damaged) == (KEYS[:3], ())
    child["code"] = ENDS
    tests.start(run_id, BEST)
    wait_for_end(tests)
    assert kept(store, run_id).missing == ()


@pytest.mark.slow
def test_a_child_without_a_parent_ends_at_once(store, run_id):
    words = [sys.executable, "-m", "fashion_core.engine.robustness_worker", SPEC.to_json()]
    words += [str(store.run_dir(run_id)), str(BEST), str(DATA_DIR), *KEYS]
    child = subprocess.Popen(
        words, cwd=REPO_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    assert "answers" not in out
