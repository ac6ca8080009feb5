"""The Python half of the slider: what the browser gets, and what is believed of its answers."""

import pytest
import streamlit as st

from pages.ui import slider as slider_module
from pages.ui.slider import Stops, moved_to, slider

STOPS = Stops(
    values=["1", "2", "5"],
    names=["Epoch 1", "Epoch 2", "Epoch 5"],
    said=["first", "7 changed", "12 changed"],
    bars=[(0, 0), (4, 3), (2, 10)],
    legend=[("right", "became right"), ("wrong", "became wrong")],
    ends=("1", "5"),
)


def drawn(monkeypatch: pytest.MonkeyPatch, **options: object) -> tuple[dict, list]:
    """Draw the slider into a fake component; give its data and callback, and its moves."""
    calls: dict = {}
    moves: list = []
    monkeypatch.setattr(slider_module, "component", lambda _: lambda **sent: calls.update(sent))
    given = {"label": "Epoch", "key": "s", "selected": "2", "on_move": moves.append, **options}
    slider(STOPS, **given)  # type: ignore[arg-type]
    return calls, moves


def test_browser_gets_the_place_and_the_tallest_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    data = drawn(monkeypatch)[0]["data"]
    assert (data["selected"], data["most"], data["canPlay"]) == (1, 12, False)


def test_curve_runs_from_the_lowest_to_the_highest_and_has_gaps() -> None:
    nan, inf = float("nan"), float("inf")
    assert slider_module._heights([0.25, nan, 1.25, 0.5, inf]) == [0.0, None, 1.0, 0.25, None]
    assert slider_module._heights([0.5, 0.5]) == [0.0, 0.0]
    assert slider_module._heights([nan, nan]) == [None, None]
    assert slider_module._heights([]) == []


def test_version_changes_with_a_bar_but_not_with_the_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = (drawn(monkeypatch, selected=v)[0]["data"] for v in ("1", "5"))
    assert first["version"] == second["version"]
    other = drawn(monkeypatch, can_play=True)[0]["data"]
    assert other["version"] != first["version"]


def test_move_reports_the_value_and_nothing_beyond_the_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls, moves = drawn(monkeypatch)
    for sent in (2, 0, 3, -1, True, "1", None):
        monkeypatch.setattr(st, "session_state", {"s": {"moved": sent}})
        calls["on_moved_change"]()
    assert moves == ["5", "1"]


@pytest.mark.parametrize("state", [{}, None, 3, {"other": 1}])
def test_state_without_a_move_is_none(monkeypatch: pytest.MonkeyPatch, state: object) -> None:
    monkeypatch.setattr(st, "session_state", {"s": state})
    assert moved_to("s") is None


def test_value_that_is_no_stop_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="got '3'"):
        drawn(monkeypatch, selected="3")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"values": ["1"], "names": ["a"]}, "two or more"),
        ({"values": ["1", "1"], "names": ["a", "b"]}, "different"),
        ({"names": ["a"]}, "Expected 2 names"),
        ({"said": ["a", "b", "c"]}, "Expected 2 names"),
        ({"curve": [0.5]}, "Expected 2 names"),
        ({"bars": [(1,), (2,)]}, "bars of 0 parts"),
        ({"bars": [(-1,), (2,)], "legend": [("right", "")]}, "at least 0"),
        ({"legend": [("pink", "")]}, "pink"),
    ],
)
def test_impossible_stops_are_refused(changes: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Stops(**{"values": ["1", "2"], "names": ["a", "b"], **changes})
