"""What is packed is what the page's script reads: the same numbers, texts and gaps."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiltyard.report.page.packing import FEW, pack, unpack


def read(entry, body, rows, kind):
    """The numbers of a column, as packed.js puts their bytes together."""
    size = np.dtype(kind).itemsize
    content = np.frombuffer(body, np.uint8, rows * size, entry["start"])
    return np.ascontiguousarray(content.reshape(size, rows).T).view(kind).ravel()


def column_of(values):
    header, body = unpack(pack({"table": pd.DataFrame({"column": values})}))
    (entry,) = header["tables"]["table"]["columns"]
    rows = header["tables"]["table"]["rows"]
    if entry["kind"] == "numbers":
        return list(read(entry, body, rows, "<f8"))
    return [entry["words"][k] for k in read(entry, body, rows, f"<u{entry['bytes']}")]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_numbers_keep_every_digit_as_a_list_of_few_and_as_many(values):
    assert column_of(values) == values
    many = [*values, *np.linspace(0.0, 1.0, FEW + 1)]
    assert column_of(many) == many


def test_missing_values_and_infinities_are_told_apart():
    assert column_of([1.5, np.nan, np.inf, -np.inf]) == [
        1.5,
        None,
        {"infinity": 1.0},
        {"infinity": -1.0},
    ]
    many = [np.nan, *np.linspace(0.0, 1.0, FEW + 1)]
    assert np.array_equal(column_of(many), many, equal_nan=True)


@pytest.mark.parametrize("count", [1, 255, 256, 70_000])
def test_texts_and_whole_numbers_come_back_however_many_differ(count):
    words = [f"word {k} </script> é" for k in range(count)]
    assert column_of([*words, words[0]]) == [*words, words[0]]
    assert column_of(range(count)) == list(range(count))


def test_truth_values_come_back_as_such():
    found = column_of([True, False, True])
    assert found == [True, False, True] and all(type(value) is bool for value in found)


def test_matrices_are_rounded_to_single_precision_and_tables_without_rows_are_kept():
    values = np.array([[np.pi, 1e300, -1e-300], [0.0, np.nan, 2.0]])
    text = pack(
        {"empty": pd.DataFrame({"a": pd.Series([], dtype=str)})},
        {"m": values, "none": np.empty((0, 3))},
    )
    header, body = unpack(text)
    entry = header["matrices"]["m"]
    found = read(entry, body, entry["rows"] * entry["columns"], "<f4").reshape(2, 3)
    with np.errstate(over="ignore"):
        assert np.array_equal(found, values.astype(np.float32), equal_nan=True)
    assert header["matrices"]["none"]["rows"] == header["tables"]["empty"]["rows"] == 0
    assert text == pack(
        {"empty": pd.DataFrame({"a": pd.Series([], dtype=str)})},
        {"m": values, "none": np.empty((0, 3))},
    )
