"""The Python half of the picture sheet, the gallery and the confusion table."""

import base64
import io
import math
import struct

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.ui import gallery as gallery_module
from pages.ui import matrix as matrix_module
from pages.ui import sheet as sheet_module
from pages.ui.gallery import GalleryItems, percent_text
from pages.ui.matrix import cell_fractions, confusion_table
from pages.ui.sheet import SHEET_COLUMNS, asset, make_sheet, pack_sheet, sheet_id


def items(**changes) -> GalleryItems:
    """Give two pictures, one wrong and one right."""
    two = {
        "positions": [7, 3],
        "image_ids": [1234, 56],
        "true_names": ["Shirt", "Bag"],
        "predicted_names": ["Coat", "Bag"],
        "confidences": [0.934, 0.5],
    }
    return GalleryItems(**{**two, **changes})


def counts() -> np.ndarray:
    """Give a matrix in which true and predicted cannot be swapped unseen."""
    matrix = np.diag(np.arange(900, 1000, 10))
    matrix[6, 4] = 47
    matrix[4, 6] = 9
    return matrix


def texts(matrix: np.ndarray) -> list[list[str]]:
    """Write counts as a page does."""
    return [[f"{count:,}" for count in row] for row in matrix]


# Sheet


def numbered_images(count: int) -> np.ndarray:
    """Make pictures that differ, and whose rows and columns differ."""
    values = np.arange(count)[:, None, None] + 3 * np.arange(28)[:, None] + 5 * np.arange(28)
    return (values % 251).astype(np.uint8)


@pytest.mark.parametrize("index", [0, 1, 99, 100, 123, 204])
def test_picture_i_is_at_column_i_mod_100_and_row_i_div_100(index):
    images = numbered_images(205)
    sheet = np.asarray(Image.open(io.BytesIO(make_sheet(images))))
    top, left = 28 * (index // 100), 28 * (index % 100)
    np.testing.assert_array_equal(sheet[top : top + 28, left : left + 28], images[index])


def test_sheet_is_8_bit_grey_with_whole_rows_and_a_black_rest():
    sheet = Image.open(io.BytesIO(make_sheet(numbered_images(101))))
    assert (sheet.mode, sheet.size) == ("L", (2800, 56))
    assert np.asarray(sheet)[28:, 28:].max() == 0


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((0, 28, 28), np.uint8),
        np.zeros((2, 28, 27), np.uint8),
        np.zeros((28, 28), np.uint8),
        np.zeros((2, 28, 28), np.float32),
    ],
)
def test_sheet_refuses_what_is_not_pictures(images):
    with pytest.raises(ValueError, match="Expected"):
        make_sheet(images)


def test_browser_and_python_agree_on_the_sheet():
    assert f"SHEET_COLUMNS = {SHEET_COLUMNS};" in asset("shared.js")


def test_packed_sheet_carries_its_id_in_front():
    packed = pack_sheet("test/v1", b"\x89PNG")
    assert packed == struct.pack("<I", 7) + b"test/v1" + b"\x89PNG"


@pytest.mark.parametrize("name", ["", "a/b", "a b", "x" * 65])
def test_sheet_id_refuses_names_that_could_collide(name):
    with pytest.raises(ValueError, match="Expected 1 to 64"):
        sheet_id("test", name)


def test_what_the_browser_asks_for_is_remembered_until_it_is_sent(monkeypatch):
    state = {"loader": {"missing": "test/v2"}}
    monkeypatch.setattr(sheet_module.st, "session_state", state)
    sheet_module._note("loader", "test/v2")
    state["loader"] = {"missing": "train/v1"}
    sheet_module._note("loader", "train/v1")
    state["loader"] = {}
    sheet_module._note("loader", "test/v2")
    assert state[sheet_module._ASKED] == {"test/v2", "train/v1"}


def test_a_question_about_another_version_is_ignored(monkeypatch):
    state = {"loader": {"missing": "test/v1"}}
    monkeypatch.setattr(sheet_module.st, "session_state", state)
    sheet_module._note("loader", "test/v2")
    assert sheet_module._ASKED not in state


def test_a_sheet_is_sent_once_for_each_time_it_is_asked_for(monkeypatch):
    sent: list[object] = []
    monkeypatch.setattr(
        sheet_module, "component", lambda *_, **__: lambda **drawn: sent.append(drawn["data"])
    )

    def page() -> None:
        from pages.ui.sheet import load_sheet  # noqa: PLC0415

        load_sheet("test", lambda: b"PNG", "v1")

    app = AppTest.from_function(page)
    app.session_state[sheet_module._ASKED] = {"test/v1", "train/v1"}
    app.run(timeout=30)
    app.run(timeout=30)
    assert sent == [pack_sheet("test/v1", b"PNG"), {"id": "test/v1", "sent": 1}]
    assert app.session_state[sheet_module._ASKED] == {"train/v1"}


def test_a_window_is_told_anew_of_a_sheet_that_was_overtaken_on_its_way(monkeypatch):
    """Streamlit does not run a component again whose data stayed the same: it would never ask."""
    drawn: list[object] = []
    monkeypatch.setattr(
        sheet_module, "component", lambda *_, **__: lambda **said: drawn.append(said["data"])
    )

    def page() -> None:
        from pages.ui.sheet import load_sheet  # noqa: PLC0415

        load_sheet("test", lambda: b"PNG", "v1")

    app = AppTest.from_function(page).run(timeout=30)
    app.session_state[sheet_module._ASKED] = {"test/v1"}
    app.run(timeout=30)
    app.run(timeout=30)
    offered, _, after = drawn
    assert offered != after


def test_a_sheet_nobody_asked_for_is_not_even_made():
    def page() -> None:
        from pages.ui.sheet import load_sheet  # noqa: PLC0415

        def read() -> bytes:
            raise AssertionError("The page waited for the sheet.")

        load_sheet("test", read, "v1")

    app = AppTest.from_function(page).run(timeout=30)
    assert not app.exception


# Gallery


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.934, "93\u00a0%"),
        (0.5, "50\u00a0%"),
        (0.9949, "99\u00a0%"),
        (0.9951, ">99\u00a0%"),
        (1.0, "100\u00a0%"),
    ],
)
def test_confidence_is_100_percent_only_when_it_is_1(fraction, text):
    assert percent_text(fraction) == text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": [7]}, "one length"),
        ({"image_ids": [5, 5]}, "twice"),
        ({"positions": [7, -1]}, ">= 0"),
        ({"confidences": [0.5, 1.01]}, r"\[0, 1\]"),
        ({"confidences": [0.5, math.nan]}, r"\[0, 1\]"),
        ({"images": numbered_images(1)}, "one length"),
        ({"images": numbered_images(2)[:, :27]}, "images of shape"),
        ({"images": numbered_images(2).astype(np.int64)}, "uint8"),
    ],
)
def test_items_refuse_what_does_not_fit(changes, message):
    with pytest.raises(ValueError, match=message):
        items(**changes)


def test_items_may_be_numpy_arrays():
    content = gallery_module._content(
        items(positions=np.array([7, 3]), confidences=np.array([0.25, 1.0], np.float16)),
        "test/v1",
        84,
    )
    assert (content["positions"], content["widths"]) == ([7, 3], [25.0, 100.0])


def test_tiles_are_said_in_words():
    labels = gallery_module._content(items(), "test/v1", 84)["labels"]
    assert labels[0] == "Test picture 1234: Shirt predicted as Coat, confidence 93\u00a0%. Open"


def test_pictures_of_their_own_travel_as_grey_bytes_row_by_row():
    images = numbered_images(2)
    content = gallery_module._content(items(images=images), "test/v1", 84)
    sent = np.frombuffer(base64.b64decode(content["pixels"]), np.uint8)
    np.testing.assert_array_equal(sent.reshape(2, 28, 28), images)
    assert gallery_module._content(items(), "test/v1", 84)["pixels"] == ""


def test_tiles_without_a_confidence_have_none_in_their_words():
    content = gallery_module._content(items(confidences=[]), "test/v1", 84)
    assert content["labels"][0] == "Test picture 1234: Shirt predicted as Coat. Open"
    assert (content["percents"], content["widths"]) == ([], [])


def test_gallery_version_changes_with_any_item():
    def version(**changes):
        return gallery_module._content(items(**changes), "test/v1", 84)["version"]

    assert version() == version()
    assert version() != version(confidences=[0.934, 0.6])
    assert version() != version(image_ids=[56, 1234])


# Matrix


def test_fractions_are_square_roots_of_the_largest_mistake():
    fractions = cell_fractions([[90, 16], [4, 80]], dim_diagonal=True)
    np.testing.assert_array_equal(fractions, [[np.nan, 1.0], [0.5, np.nan]])


def test_fractions_with_the_diagonal_scale_by_the_largest_cell():
    fractions = cell_fractions([[100, 25], [4, 64]], dim_diagonal=False)
    np.testing.assert_allclose(fractions, [[1.0, 0.5], [0.2, 0.8]])


def test_fractions_of_two_matrices_end_in_the_largest_cell_of_both():
    first, second = [[90, 16], [4, 80]], [[90, 64], [4, 80]]
    np.testing.assert_array_equal(
        cell_fractions(first, dim_diagonal=True, beside=second), [[np.nan, 0.5], [0.25, np.nan]]
    )
    np.testing.assert_array_equal(
        cell_fractions(second, dim_diagonal=True, beside=first), [[np.nan, 1.0], [0.25, np.nan]]
    )


def test_fractions_of_no_mistakes_are_zero():
    fractions = cell_fractions(np.diag([3, 2]), dim_diagonal=True)
    np.testing.assert_array_equal(fractions, [[np.nan, 0.0], [0.0, np.nan]])


def test_fractions_count_an_undefined_share_as_zero():
    fractions = cell_fractions([[0.9, np.nan], [0.1, np.nan]], dim_diagonal=False)
    np.testing.assert_allclose(fractions, [[1.0, 0.0], [1 / 3, 0.0]])


def test_fractions_leave_their_input_alone():
    matrix = np.array([[9.0, 1.0], [4.0, 9.0]])
    cell_fractions(matrix, dim_diagonal=True)
    np.testing.assert_array_equal(matrix, [[9.0, 1.0], [4.0, 9.0]])


@pytest.mark.parametrize(
    "bad", [[[1, -1], [0, 1]], [[1, np.inf], [0, 1]], [[1, 2, 3], [4, 5, 6]], [1]]
)
def test_fractions_refuse_what_is_no_matrix(bad):
    with pytest.raises(ValueError, match="Expected"):
        cell_fractions(bad, dim_diagonal=True)


def test_cells_are_said_with_true_class_first_and_its_total():
    content = matrix_module._content(counts(), texts(counts()), range(10), "pictures")
    assert content["spoken"][6][4] == "Shirt predicted as Coat: 47 of 1,007"
    assert content["spoken"][4][6] == "Coat predicted as Shirt: 9 of 949"


def test_cells_that_show_shares_are_said_with_both_numbers():
    percent = [["4.7"] * 10 for _ in range(10)]
    content = matrix_module._content(counts(), percent, range(10), "% of the true class")
    assert content["spoken"][6][4].endswith("47 of 1,007 (4.7 % of the true class)")
    assert content["spoken"][0][1] == "T-shirt/top predicted as Trouser: 0 of 900"


def test_part_of_the_classes_keeps_the_totals_of_all():
    content = matrix_module._content(counts(), texts(counts()), (6, 0, 4), "pictures")
    assert content["names"] == ["Shirt", "T-shirt/top", "Coat"]
    assert content["shown"] == [["960", "·", "47"], ["·", "900", "·"], ["9", "·", "940"]]
    assert content["spoken"][0][2] == "Shirt predicted as Coat: 47 of 1,007"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"matrix": np.zeros((10, 9), int)}, "shape"),
        ({"matrix": np.zeros((11, 11), int)}, "K <= 10"),
        ({"shown": [["1"] * 9] * 10}, "text for each"),
        ({"labels": (0, 10)}, "labels"),
        ({"labels": (4, 4)}, "labels"),
        ({"labels": ()}, "labels"),
    ],
)
def test_table_refuses_what_does_not_fit(changes, message):
    fits = {"matrix": counts(), "shown": texts(counts()), "labels": range(10), "key": "table"}
    with pytest.raises(ValueError, match=message):
        confusion_table(**{**fits, **changes})


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ([6, 4], (6, 4)),
        (None, None),
        ([6], None),
        (["6", 4], None),
        ([True, 4], None),
        ([6.0, 4], None),
    ],
)
def test_clicked_cell_is_read_only_when_it_is_two_labels(monkeypatch, value, cell):
    monkeypatch.setattr(matrix_module.st, "session_state", {"table": {"cell": value}})
    assert matrix_module.picked_cell("table") == cell


@pytest.mark.parametrize(
    ("value", "image_id"), [(1234, 1234), (None, None), ("1234", None), (True, None)]
)
def test_clicked_picture_is_read_only_when_it_is_a_number(monkeypatch, value, image_id):
    monkeypatch.setattr(gallery_module.st, "session_state", {"tiles": {"picked": value}})
    assert gallery_module.picked_image("tiles") == image_id


def test_reading_a_click_before_anything_was_drawn_gives_none(monkeypatch):
    monkeypatch.setattr(gallery_module.st, "session_state", {})
    assert gallery_module.picked_image("tiles") is None
    assert matrix_module.picked_cell("table") is None


# All three in a page


def page_with_everything() -> None:
    """Draw one of each."""
    import numpy as np  # noqa: PLC0415

    from pages.ui.gallery import GalleryItems, big_picture, gallery  # noqa: PLC0415
    from pages.ui.matrix import confusion_table  # noqa: PLC0415
    from pages.ui.sheet import load_sheet  # noqa: PLC0415

    load_sheet("test", lambda: b"png", "v1")
    eye = np.eye(10, dtype=int)
    confusion_table(matrix=eye, shown=eye.astype(str).tolist(), labels=range(10), key="table")
    names = ["Shirt"]
    one = GalleryItems(
        positions=[0], image_ids=[0], true_names=names, predicted_names=names, confidences=[1.0]
    )
    none = GalleryItems(
        positions=[], image_ids=[], true_names=[], predicted_names=[], confidences=[]
    )
    gallery(one, split="test", sheet_version="v1", key="one")
    gallery(none, split="test", sheet_version="v1", key="none")
    big_picture(0, split="test", sheet_version="v1", label="A shirt", key="big")


@pytest.mark.parametrize("attempt", [1, 2])
def test_page_with_everything_runs_again_and_again_in_one_process(attempt):
    app = AppTest.from_function(page_with_everything).run(timeout=30).run(timeout=30)
    assert not app.exception
    assert len(app.get("bidi_component")) == 4, "an empty gallery draws nothing"
