import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from tiltyard.studies.derivatives.levels.scores import (
    KEY,
    SCORES,
    digest_of,
    first_difference,
    write_scores,
)

ROWS = [
    ("b-t1", "spline", "julia", 0, "ok", 0.1, 0.1, 0.1, 0.1, 0.1),
    ("a-t1", "spline", "python", 1, "ok", 1 / 3, 0.1, 2.5, 0.1, 0.1),
    ("a-t1", "zero", "python", 1, "failed", None, None, None, None, None),
]


def write(path, rows):
    columns = dict(zip((*KEY, *SCORES), zip(*rows, strict=True), strict=True))
    parquet.write_table(pa.table({name: list(values) for name, values in columns.items()}), path)
    write_scores(path, path.with_suffix(".tsv"))
    return path.with_suffix(".tsv")


def test_the_order_of_rows_does_not_matter(tmp_path):
    first, second = write(tmp_path / "a", ROWS), write(tmp_path / "b", ROWS[::-1])
    assert digest_of(first) == digest_of(second) and first_difference(first, second) == ""


def test_one_bit_is_a_difference_and_both_numbers_are_named(tmp_path):
    other = (*ROWS[1][:5], 0.33333333333333337, *ROWS[1][6:])
    first, second = write(tmp_path / "a", ROWS), write(tmp_path / "b", [ROWS[0], other, ROWS[2]])
    assert digest_of(first) != digest_of(second)
    said = first_difference(first, second)
    assert said == (
        "spline (python), order 1, on a-t1: rmse is 0.33333333333333337, "
        "expected 0.3333333333333333"
    )


@pytest.mark.parametrize(
    ("left", "said"),
    [(ROWS[:2], "zero (python), order 1, on a-t1"), ([*ROWS, ROWS[0]], "spline (julia)")],
)
def test_a_missing_row_and_one_too_many_are_named(tmp_path, left, said):
    first, second = write(tmp_path / "a", ROWS), write(tmp_path / "b", left)
    assert said in first_difference(first, second)
