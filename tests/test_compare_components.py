"""The Python half of the list of pairs, and of notes below the pictures of a gallery."""

import pytest
import streamlit as st

from fashion_core.analysis.changes import PairChange
from pages.ui import gallery as gallery_module
from pages.ui import pair_list as pair_module
from pages.ui.gallery import GalleryItems
from pages.ui.pair_list import picked_pair

PAIRS = [
    PairChange(true=6, predicted=0, fixed=31, broken=9),
    PairChange(true=4, predicted=2, fixed=2, broken=40),
]


def test_pairs_are_said_in_words_and_numbers() -> None:
    rows = pair_module._content(PAIRS)["rows"]
    assert [row["name"] for row in rows] == ["All pairs", "Shirt → T-shirt/top", "Coat → Pullover"]
    assert rows[2]["spoken"] == "Coat taken for Pullover: 2 fixed, 40 broken"
    assert [row["balance"] for row in rows] == ["−16", "+22", "−38"]


def test_all_pairs_have_the_sums() -> None:
    everything = pair_module._content(PAIRS)["rows"][0]
    assert (everything["pair"], everything["fixed"], everything["broken"]) == ([], 33, 49)


def test_the_longest_bar_is_the_largest_number_of_one_pair() -> None:
    assert pair_module._content(PAIRS)["most"] == 40


def test_the_version_changes_with_any_number() -> None:
    other = [PAIRS[0], PairChange(true=4, predicted=2, fixed=3, broken=40)]
    assert pair_module._content(PAIRS)["version"] == pair_module._content(PAIRS)["version"]
    assert pair_module._content(PAIRS)["version"] != pair_module._content(other)["version"]


@pytest.mark.parametrize(
    ("state", "pair"),
    [
        ({"picked": [6, 0]}, (6, 0)),
        ({"picked": []}, ()),
        ({"picked": [6]}, None),
        ({"picked": [True, 0]}, None),
        ({"picked": "60"}, None),
        ({"picked": None}, None),
        ({}, None),
        (None, None),
    ],
)
def test_what_the_browser_sends_is_read_with_care(
    monkeypatch: pytest.MonkeyPatch, state: object, pair: object
) -> None:
    monkeypatch.setattr(pair_module.st, "session_state", {"pairs": state})
    assert picked_pair("pairs") == pair


def drawn(monkeypatch: pytest.MonkeyPatch, **options: object) -> tuple[dict, list]:
    """Draw the list into a fake component; give its data and callback, and what was picked."""
    calls: dict = {}
    picks: list = []
    monkeypatch.setattr(pair_module, "component", lambda _: lambda **sent: calls.update(sent))
    given = {"key": "pairs", "selected": None, "on_pick": picks.append, **options}
    pair_module.pair_list(PAIRS, **given)  # type: ignore[arg-type]
    return calls, picks


@pytest.mark.parametrize(
    ("selected", "mark"), [((4, 2), [4, 2]), (None, []), ((2, 4), []), ((8, 8), [])]
)
def test_only_a_listed_pair_is_marked(
    monkeypatch: pytest.MonkeyPatch, selected: object, mark: list[int]
) -> None:
    assert drawn(monkeypatch, selected=selected)[0]["data"]["selected"] == mark


def test_a_click_reports_the_pair_all_as_none_and_nothing_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls, picks = drawn(monkeypatch)
    for sent in ([6, 0], [], [9, 9]):
        monkeypatch.setattr(st, "session_state", {"pairs": {"picked": sent}})
        calls["on_picked_change"]()
    assert picks == [(6, 0), None]


def test_no_pairs_draw_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_module, "component", lambda _: pytest.fail("was drawn"))
    pair_module.pair_list([], key="pairs", selected=None, on_pick=lambda _: None)


# Notes below the pictures


def items(notes: tuple[str, ...], values: tuple[str, ...] = ()) -> GalleryItems:
    return GalleryItems(
        positions=[7, 3],
        image_ids=[1234, 56],
        true_names=["Shirt", "Bag"],
        predicted_names=["Shirt", "Bag"],
        confidences=[0.934, 0.5],
        notes=notes,
        values=values,
    )


def test_notes_reach_the_tiles_and_their_words() -> None:
    content = gallery_module._content(items(("was Coat", "was Sandal")), "test/v1", 84)
    assert content["notes"] == ["was Coat", "was Sandal"]
    assert content["labels"][0].endswith(
        "Shirt predicted as Shirt, confidence 93\u00a0%, was Coat. Open"
    )


def test_values_reach_the_tiles_and_their_words() -> None:
    content = gallery_module._content(items((), ("loss 2.3", "loss 0.1")), "test/v1", 84)
    assert content["values"] == ["loss 2.3", "loss 0.1"]
    assert content["labels"][1].endswith("confidence 50\u00a0%, loss 0.1. Open")


def test_values_for_some_pictures_only_are_refused() -> None:
    with pytest.raises(ValueError, match="sequences of one length"):
        items((), ("loss 2.3",))


def test_tiles_without_notes_are_as_before() -> None:
    content = gallery_module._content(items(()), "test/v1", 84)
    assert content["notes"] == []
    assert content["labels"][0].endswith("confidence 93\u00a0%. Open")


def test_notes_for_some_pictures_only_are_refused() -> None:
    with pytest.raises(ValueError, match="sequences of one length"):
        items(("was Coat",))
