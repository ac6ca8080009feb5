"""Tables of votes: what is used, and what is refused with which sentence."""

from pathlib import Path

import numpy as np
import pytest
from helpers import DATA_DIR, full_disk
from votes import as_csv, made_up_votes, public_table

from fashion_core.classes import FAMILY_PAIRS
from fashion_core.data import read_split
from fashion_core.errors import DataError
from fashion_core.vote_table import MAX_BYTES, MOST_VOTES, parse_votes, read_votes, save_votes

LABELS = read_split(DATA_DIR, "test").labels


# The made-up table, and the public one where it lies beside the repository.
TABLES = ["made up", *(["public"] if public_table() else [])]
PAIRS = [*FAMILY_PAIRS, (5, 7), (7, 9), (5, 9), (0, 3), (3, 4), (1, 8)]


@pytest.fixture(params=TABLES)
def content(request: pytest.FixtureRequest) -> bytes:
    if request.param == "made up":
        return as_csv(made_up_votes())
    return public_table().read_bytes()


def refused(content: bytes, labels: np.ndarray = LABELS) -> str:
    with pytest.raises(DataError) as caught:
        parse_votes(content, labels)
    assert "github.com/takashiishida/irreducible" in str(caught.value)
    return str(caught.value)


def with_row(row: bytes, number: int = 17) -> bytes:
    lines = as_csv(made_up_votes()).split(b"\n")
    lines[number - 1] = row
    return b"\n".join(lines)


# What is used


def test_a_table_in_order_is_read_number_by_number(content: bytes) -> None:
    votes = parse_votes(content, LABELS)
    assert votes.shape == (10_000, 10)
    assert votes.dtype == np.int64
    expected = [[int(field) for field in line.split(",")] for line in content.decode().split()]
    assert votes.tolist() == expected


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.rstrip(b"\n"),
        lambda content: content + b"\n\n",
        lambda content: content.replace(b",", b", "),
    ],
)
def test_harmless_differences_of_writing_are_accepted(change) -> None:
    content = as_csv(made_up_votes())
    assert parse_votes(change(content), LABELS).tolist() == made_up_votes().tolist()


def test_the_older_edition_with_exponents_is_accepted() -> None:
    """Whole numbers written as numpy.savetxt does by default."""
    rows = [",".join(f"{value:.18e}" for value in row) for row in made_up_votes()]
    content = "\n".join(rows).encode()
    assert parse_votes(content, LABELS).tolist() == made_up_votes().tolist()


# Shape and numbers


def test_another_number_of_rows_is_named() -> None:
    content = as_csv(made_up_votes())
    shorter = content[: content.rstrip().rindex(b"\n")]
    assert "Expected 10,000 rows of votes" in refused(shorter)
    assert "got 9,999" in refused(shorter)
    assert "got 10,001" in refused(content + b"1,1,1,1,1,1,1,1,1,1\n")
    assert "got 0" in refused(b"")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (b"1,2,3", "Row 17 of the votes has 3 columns, expected 10"),
        (b"1,2,3,4,5,6,7,8,9,10,11", "has 11 columns"),
        (b"1;2;3;4;5;6;7;8;9;10", "has 1 columns"),
        (b"", "Row 17 of the votes has 1 columns"),
        (b"1,2,-3,4,5,6,7,8,9,0", "Row 17, column 3 of the votes is not a number of people"),
        (b"1,2,3.5,4,5,6,7,8,9,0", "'3.5'"),
        (b"1,2,nan,4,5,6,7,8,9,0", "'nan'"),
        (b"1,2,inf,4,5,6,7,8,9,0", "'inf'"),
        (b"1,2,1e99,4,5,6,7,8,9,0", "'1e99'"),
        (b"1,2,1_0,4,5,6,7,8,9,0", "'1_0'"),
        (b"1,2,,4,5,6,7,8,9,0", "column 3"),
        ("1,2,٣,4,5,6,7,8,9,0".encode(), "column 3"),
        (b"1,2,%d,4,5,6,7,8,9,0" % (MOST_VOTES + 1), "column 3"),
        (b"0,0,0,0,0,0,0,0,0,0", "Row 17 of the votes has no vote at all"),
    ],
)
def test_a_row_that_is_not_ten_counts_is_named(row: bytes, sentence: str) -> None:
    assert sentence in refused(with_row(row))


def test_a_heading_is_refused_with_its_place() -> None:
    assert "Row 1, column 1" in refused(with_row(b"a,b,c,d,e,f,g,h,i,j", number=1))
    assert "no heading" in refused(with_row(b"a,b,c,d,e,f,g,h,i,j", number=1))


def test_what_is_no_text_or_far_too_large_is_refused() -> None:
    assert "not a text table" in refused(b"\xff\xfe\x00\x01" * 100)
    assert "more than 5 MB" in refused(b"1" * (MAX_BYTES + 1))


# Order of the rows


@pytest.mark.parametrize(
    "disorder",
    [
        lambda votes: np.roll(votes, 1, axis=0),
        lambda votes: np.roll(votes, -1, axis=0),
        lambda votes: votes[::-1],
        lambda votes: votes[np.random.default_rng(3).permutation(len(votes))],
        lambda votes: votes[np.lexsort(votes.T)],
        lambda votes: votes[np.argsort(votes.argmax(axis=1), kind="stable")],
    ],
)
def test_rows_in_another_order_are_refused(content: bytes, disorder) -> None:
    votes = parse_votes(content, LABELS)
    assert "not in the order of the test pictures" in refused(as_csv(disorder(votes)))


@pytest.mark.parametrize("start", [0, 4_321, 9_900])
def test_a_hundred_rows_moved_by_one_are_found_wherever_they_are(content, start: int) -> None:
    """As after a row was lost in one place and another one came in elsewhere."""
    votes = parse_votes(content, LABELS).copy()
    votes[start : start + 100] = np.roll(votes[start : start + 100], 1, axis=0)
    sentence = refused(as_csv(votes))
    first, last = (int(word.replace(",", "")) for word in sentence.split("rows ")[1].split()[:3:2])
    assert first <= start + 100
    assert last >= start + 1


def test_few_pictures_are_one_window() -> None:
    labels = np.arange(10)
    assert parse_votes(as_csv(3 * np.eye(10, dtype=int)), labels).sum() == 30
    assert "In rows 1 to 10" in refused(as_csv(np.roll(np.eye(10, dtype=int), 1, axis=0)), labels)


# Order of the columns


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_two_exchanged_columns_are_always_refused(content, first: int, second: int) -> None:
    votes = parse_votes(content, LABELS).copy()
    votes[:, [first, second]] = votes[:, [second, first]]
    assert "order of the classes" in refused(as_csv(votes))


def test_exchanged_columns_are_named_where_the_rows_still_fit() -> None:
    """Two rare classes, so that nearly all rows agree; classes 7 and 9, columns 8 and 10."""
    labels = np.array([7, 9] + [0] * 98)
    votes = 3 * np.eye(10, dtype=int)[labels]
    votes[:, [7, 9]] = votes[:, [9, 7]]
    assert "columns 8 and 10 (Sneaker and Ankle boot) exchanged" in refused(as_csv(votes), labels)


def test_three_columns_moved_round_are_refused() -> None:
    labels = np.array([7, 8, 9] + [0] * 97)
    votes = 3 * np.eye(10, dtype=int)[labels]
    assert "order of the classes" in refused(
        as_csv(votes[:, [0, 1, 2, 3, 4, 5, 6, 9, 7, 8]]), labels
    )


# Files


def test_a_table_is_kept_as_it_came(tmp_path: Path) -> None:
    path, content = tmp_path / "votes.csv", as_csv(made_up_votes())
    save_votes(path, content, LABELS)
    assert path.read_bytes() == content
    assert read_votes(path, LABELS).tolist() == made_up_votes().tolist()


def test_a_refused_table_leaves_the_one_before(tmp_path: Path) -> None:
    path, content = tmp_path / "votes.csv", as_csv(made_up_votes())
    save_votes(path, content, LABELS)
    with pytest.raises(DataError):
        save_votes(path, content[:-100], LABELS)
    with full_disk(limit=10_000), pytest.raises(DataError, match="cannot be written"):
        save_votes(path, content, LABELS)
    assert path.read_bytes() == content
    assert [found.name for found in tmp_path.iterdir()] == ["votes.csv"]


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_votes(tmp_path, LABELS)
