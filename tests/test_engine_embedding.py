"""t-SNE maps in real child processes: one at a time, cancelled, killed, or without a server."""

import signal
import sys

import numpy as np
import pytest
from helpers import is_alive, kill, start_python, wait_until

from fashion_core.analysis.embedding import neighbour_map
from fashion_core.engine import embedding, one_child
from fashion_core.engine.embedding import NeighbourMapError, NeighbourMaps

FEATURES = np.random.default_rng(0).random((40, 6)).astype(np.float32)
HANGS = "import sys; sys.stdin.buffer.read()"
TURNS = """
import sys, numpy as np
rows, width = map(int, sys.stdin.buffer.readline().split())
content = sys.stdin.buffer.read(4 * rows * width)
features = np.frombuffer(content, np.float32).reshape(rows, width)
sys.stdout.buffer.write(features[:, 1::-1].tobytes())
"""
IS_CUT_OFF = "import sys; sys.exit(3)"


@pytest.fixture
def child(monkeypatch) -> dict[str, str]:
    """Replace the program of the children by the one named here."""
    program = {"code": HANGS}
    monkeypatch.setattr(embedding, "_command", lambda: [sys.executable, "-c", program["code"]])
    return program


@pytest.fixture
def maps():
    """Give maps whose last child does not outlive the test."""
    opened = NeighbourMaps()
    yield opened
    opened.cancel()


def wait_for_end(maps: NeighbourMaps) -> None:
    wait_until(lambda: maps.running() is None, timeout=60)


@pytest.mark.slow
def test_a_map_from_a_child_is_that_of_this_process(maps):
    maps.start("a", FEATURES)
    wait_for_end(maps)
    np.testing.assert_allclose(maps.state("a").points, neighbour_map(FEATURES), rtol=1e-3)


def test_points_of_the_child_are_kept_under_their_key(maps, child, launched):
    child["code"] = TURNS
    maps.start("a", FEATURES)
    wait_for_end(maps)
    state = maps.state("a")
    assert state.status == "finished"
    assert (state.points == FEATURES[:, 1::-1]).all()
    assert maps.state("b") is None
    maps.start("a", FEATURES)
    assert len(launched) == 1


def test_features_larger_than_a_pipe_reach_the_child(maps, child):
    child["code"] = TURNS
    large = np.random.default_rng(1).random((10_000, 64)).astype(np.float32)
    maps.start("a", large)
    wait_for_end(maps)
    assert (maps.state("a").points == large[:, 1::-1]).all()


def test_only_one_map_is_computed_at_a_time(maps, child, launched):
    maps.start("a", FEATURES)
    maps.start("a", FEATURES)
    with pytest.raises(NeighbourMapError, match="Another t-SNE map is being computed"):
        maps.start("b", FEATURES)
    assert len(launched) == 1
    assert maps.running() == "a"
    assert maps.state("a").seconds > 0


def test_a_cancelled_map_is_forgotten_and_its_child_gone(maps, child, launched):
    maps.start("a", FEATURES)
    maps.cancel()
    assert (maps.state("a"), maps.running()) == (None, None)
    assert launched[0].returncode == -signal.SIGKILL


def test_a_child_that_dies_is_a_sentence_and_can_be_started_again(maps, child):
    child["code"] = IS_CUT_OFF
    maps.start("a", FEATURES)
    wait_for_end(maps)
    assert maps.state("a").status == "failed"
    assert "ended early (exit code 3). Start the map again." in maps.state("a").reason
    child["code"] = TURNS
    maps.start("a", FEATURES)
    wait_for_end(maps)
    assert maps.state("a").status == "finished"


def test_a_killed_child_is_named_by_its_signal(maps, child, launched):
    maps.start("a", FEATURES)
    launched[0].kill()
    wait_for_end(maps)
    assert "(SIGKILL)" in maps.state("a").reason


def test_only_the_newest_maps_are_kept(maps, child, monkeypatch):
    child["code"] = TURNS
    monkeypatch.setattr(one_child, "_KEPT", 2)
    for key in "abc":
        maps.start(key, FEATURES)
        wait_for_end(maps)
    assert [maps.state(key) is None for key in "abc"] == [True, False, False]


def test_no_process_is_a_sentence(maps, monkeypatch):
    monkeypatch.setattr(embedding, "_command", lambda: ["/nowhere/python"])
    with pytest.raises(NeighbourMapError, match="could not be started"):
        maps.start("a", FEATURES)
    assert (maps.state("a"), maps.running()) == (None, None)


SERVER_DIES = """
import numpy as np
from fashion_core.engine.embedding import NeighbourMaps
maps = NeighbourMaps()
maps.start("a", np.random.rand(10_000, 128).astype(np.float32))
print(maps._child._at_work.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_a_child_does_not_outlive_its_server():
    server = start_python(SERVER_DIES)
    pid = int(server.stdout.readline())
    assert is_alive(pid)
    kill(server)
    wait_until(lambda: not is_alive(pid), timeout=60)
