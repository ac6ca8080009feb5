"""Areas of a map: which points they hold, against winding numbers and hand-made cases."""

import math

import numpy as np
import pytest

from fashion_core.analysis.areas import MOST_CORNERS, Area, points_inside, read_area
from pages.ui.sheet import asset

L_SHAPE = ((0, 0), (4, 0), (4, 1), (1, 1), (1, 3), (0, 3))
BOW = ((0, 0), (2, 2), (2, 0), (0, 2))  # crosses itself at (1, 1)


def winding(x: float, y: float, corners) -> int:
    """Add up the angles under which a point sees the edges: how often they go around it."""
    angles = [math.atan2(b - y, a - x) for a, b in corners]
    turns = [
        math.remainder(after - before, 2 * math.pi)
        for before, after in zip(angles, [*angles[1:], angles[0]], strict=True)
    ]
    return round(sum(turns) / (2 * math.pi))


def held(points, corners) -> list[bool]:
    return points_inside(np.array(points, dtype=np.float32), Area(corners=corners)).tolist()


def test_a_box_holds_what_is_in_it_and_on_its_edges():
    points = [[1, 5], [2, 5], [3, 7], [3.1, 6], [2, 7.1], [5, 2]]
    assert held(points, ((3, 5), (1, 7))) == [True, True, True, False, False, False]


def test_a_polygon_leaves_out_its_notch():
    points = [[0.5, 2.5], [3.5, 0.5], [2, 2], [0.5, 0.5], [4.5, 0.5]]
    assert held(points, L_SHAPE) == [True, True, False, True, False]


def test_a_polygon_that_crosses_itself_holds_both_wings():
    points = [[0.3, 1], [1.7, 1], [1, 0.3], [1, 1.7]]
    assert held(points, BOW) == [True, True, False, False]


def test_a_loop_in_a_loop_is_a_hole():
    twice = ((0, 0), (9, 0), (9, 9), (0, 9), (0, 0), (3, 3), (6, 3), (6, 6), (3, 6), (3, 3))
    assert held([[1, 5], [4, 5], [8, 5]], twice) == [True, False, True]


@pytest.mark.parametrize("seed", range(8))
def test_polygons_hold_what_an_odd_number_of_windings_go_around(seed):
    random = np.random.default_rng(seed)
    corners = tuple(map(tuple, random.normal(size=(3 + 4 * seed, 2)).tolist()))
    points = random.normal(size=(500, 2)).astype(np.float32)
    expected = [winding(x, y, corners) % 2 == 1 for x, y in points.tolist()]
    if seed:  # windings of a self-crossing line tell odd from even
        assert 0 < sum(expected) < 500
    assert points_inside(points, Area(corners=corners)).tolist() == expected


def test_a_flat_area_holds_only_what_lies_on_it():
    assert held([[1, 1], [1, 2]], ((0, 1), (2, 1))) == [True, False]
    assert held([[1, 2], [3, 0]], ((0, 1), (2, 1), (1, 1))) == [False, False]


def test_two_corners_are_a_box_and_more_a_polygon():
    assert read_area("0.1,-2,3e-1,4").corners == ((0.1, -2.0), (0.3, 4.0))
    assert len(read_area(",".join(["1"] * 6)).corners) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "could not convert"),
        ("1,2,x,4", "could not convert"),
        ("1,2", "got 2"),
        ("1,2,3,4,5", "got 5"),
        ("1,2,3,nan", "finite"),
        ("1,2,3,-inf", "finite"),
        (",".join(["1"] * 130), "got 130"),
        ("1" * 5_000, "got 5000 characters"),
    ],
)
def test_what_is_no_area_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        read_area(text)


def test_the_browser_sends_no_more_corners_than_are_read():
    line = next(line for line in asset("map_geometry.js").splitlines() if "MOST_CORNERS =" in line)
    assert int(line.split("=")[1].strip(" ;")) <= MOST_CORNERS
