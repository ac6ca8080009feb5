"""Tables as CSV files: read back by Python's own reader, and nothing that runs as a formula."""

import csv
import io
import math

import numpy as np
import pytest

from pages.ui.table_csv import harmless, write_matrix, write_table


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def test_a_table_is_read_back_in_full():
    content = write_table({"class": ["Coat", "Bag, large"], "f1": [1 / 3, 0.1 + 0.2]})
    assert read(content) == [
        ["class", "f1"],
        ["Coat", "0.3333333333333333"],
        ["Bag, large", "0.30000000000000004"],
    ]


def test_what_is_not_defined_is_empty():
    content = write_table({"a": [math.nan, None], "b": [np.float64("nan"), np.int64(3)]})
    assert read(content)[1:] == [["", ""], ["", "3"]]


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="zip"):
        write_table({"a": [1], "b": [1, 2]})


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_a_spreadsheet_would_run_stays_text(text):
    assert read(write_table({"name": [text]}))[1] == [f"'{text}"]
    assert harmless("Coat = warm") == "Coat = warm"


def test_a_negative_number_stays_a_number():
    assert read(write_table({"net": [-5, -0.25]}))[1:] == [["-5"], ["-0.25"]]


def test_a_matrix_has_true_classes_in_rows():
    matrix = np.arange(100).reshape(10, 10)
    rows = read(write_matrix(matrix, range(10)))
    assert rows[0][0] == "true class / predicted class"
    assert rows[0][7] == rows[7][0] == "Shirt"
    assert rows[5][7] == str(matrix[4, 6])  # Coat taken for Shirt


def test_a_part_of_a_matrix_keeps_its_order_and_empty_shares():
    shares = np.full((10, 10), 0.25)
    shares[6, 2] = np.nan
    assert read(write_matrix(shares, (6, 2))) == [
        ["true class / predicted class", "Shirt", "Pullover"],
        ["Shirt", "0.25", ""],
        ["Pullover", "0.25", "0.25"],
    ]
