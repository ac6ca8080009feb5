"""The Python half of the map: what the browser gets, and what is believed of its answers."""

import json
import struct
from collections.abc import Callable

import numpy as np
import pytest
import streamlit as st

from fashion_core.analysis.areas import read_area
from fashion_core.analysis.scores import PictureScores, score_pictures
from fashion_core.figures.map_groups import by_outcome
from fashion_core.figures.maps import PointMap, neighbour_figure
from pages.ui import picture_map as module
from pages.ui.picture_map import MapActions, Picked, picked_rows, picture_map

POINTS = np.array([[0.5, -2], [1.5, 3], [4, 0.25]], dtype=np.float32)


def made_scores() -> PictureScores:
    probs = np.zeros((3, 10))
    probs[[0, 1, 2], [6, 0, 9]] = [0.996, 0.625, 1]
    probs[[0, 1], [4, 6]] = [0.004, 0.375]
    return score_pictures(
        image_ids=[40, 59_999, 3],
        labels=[6, 6, 9],
        predictions=[6, 0, 9],
        pred_probs=probs,
        loss=[0.004, 0.98, 0],
    )


def made_figure() -> PointMap:
    return neighbour_figure(POINTS, by_outcome(np.array([True, False, True])))


def drawn(monkeypatch: pytest.MonkeyPatch, picked: Picked) -> tuple[dict, list]:
    """Draw the map into a fake component; give its message and callbacks, and what was done."""
    calls: dict = {}
    done: list = []
    monkeypatch.setattr(module, "component", lambda *_, **__: lambda **sent: calls.update(sent))
    note: Callable[[str], Callable[[object], None]] = lambda name: lambda v: done.append((name, v))  # noqa: E731
    picture_map(
        made_figure(),
        made_scores(),
        split="validation",
        sheet_version="1",
        place="pca/run/8/validation",
        label="A map",
        about="r-run-epoch-8-validation",
        picked=picked,
        actions=MapActions(on_area=note("area"), on_hidden=note("hidden"), on_open=note("opened")),
        key="m",
    )
    return calls, done


def read(message: bytes) -> tuple[dict, list[np.ndarray]]:
    """Read a message as map_message.js does."""
    start = 4 + struct.unpack("<I", message[:4])[0]
    head = json.loads(message[4:start])
    columns = []
    for kind in ("<f4", "<f4", "<i4", "u1", "u1", "u1", "u1"):
        columns.append(np.frombuffer(message, kind, head["count"], start))
        start += columns[-1].nbytes
    assert start == len(message)
    return head, columns


def test_browser_gets_every_point_and_what_is_said_about_it(monkeypatch) -> None:
    head, columns = read(drawn(monkeypatch, Picked())[0]["data"])
    x, y, numbers, labels, predictions, groups, sureness = (c.tolist() for c in columns)
    assert (x, y) == ([0.5, 1.5, 4], [-2, 3, 0.25])
    assert numbers == [40, 59_999, 3]
    assert (labels, predictions, groups) == ([6, 6, 9], [6, 0, 9], [0, 1, 0])
    assert [head["percents"][code] for code in sureness] == [
        ">99\u00a0%",
        "62\u00a0%",
        "100\u00a0%",
    ]
    assert head["file"] == "r-run-epoch-8-validation-pca-map.png"
    assert head["sheet"] == "validation/1"
    assert head["x"] == {"title": "no unit, no direction", "limits": None, "hasNumbers": False}


def test_a_point_is_sent_in_sixteen_bytes(monkeypatch) -> None:
    head, _ = read(drawn(monkeypatch, Picked())[0]["data"])
    assert len(drawn(monkeypatch, Picked())[0]["data"]) - len(json.dumps(head)) == 4 + 16 * 3


def test_version_changes_with_a_group_but_not_with_the_selection(monkeypatch) -> None:
    versions = [
        read(drawn(monkeypatch, picked)[0]["data"])[0]["version"]
        for picked in (Picked(), Picked(area="0,0,1,1", hidden=["right"]))
    ]
    assert versions[0] == versions[1]
    other = neighbour_figure(POINTS, by_outcome(np.array([True, True, False])))
    assert module._columns(other, made_scores()) != module._columns(made_figure(), made_scores())


def test_only_groups_of_the_map_are_hidden_on_it(monkeypatch) -> None:
    picked = Picked(area="0,0,1,1", hidden=["epoch 1", "wrong"])
    head, _ = read(drawn(monkeypatch, picked)[0]["data"])
    assert (head["area"], head["hidden"]) == ("0,0,1,1", ["wrong"])


@pytest.mark.parametrize(
    ("name", "sent", "taken"),
    [
        ("area", ["0,0,1,1", "", 3, None, ["1"]], ["0,0,1,1", ""]),
        ("hidden", [["wrong"], [], ["no such"], "wrong", [3], [[]], None], [["wrong"], []]),
        ("opened", [40, "40", True, None, 3.0], [40]),
    ],
)
def test_only_answers_that_fit_are_believed(monkeypatch, name, sent, taken) -> None:
    calls, done = drawn(monkeypatch, Picked())
    for value in sent:
        monkeypatch.setattr(st, "session_state", {"m": {name: value}})
        calls[f"on_{name}_change"]()
    assert done == [(name, value) for value in taken]


@pytest.mark.parametrize("state", [{}, {"m": None}, {"m": 3}, {"m": {"other": 1}}])
def test_state_without_an_answer_does_nothing(monkeypatch, state) -> None:
    calls, done = drawn(monkeypatch, Picked())
    monkeypatch.setattr(st, "session_state", state)
    for name in ("area", "hidden", "opened"):
        calls[f"on_{name}_change"]()
    assert done == []


def test_rows_of_an_area_are_without_hidden_groups() -> None:
    area = read_area("0,-3,2,4")
    assert picked_rows(made_figure(), area, []).tolist() == [0, 1]
    assert picked_rows(made_figure(), area, ["wrong"]).tolist() == [0]
