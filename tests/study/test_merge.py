"""Merging streams what is there, says what share that is, and names what it passes over."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tiltyard.study.merge import merge
from tiltyard.study.table import read_note, write_table


def write_evaluation(folder, name, statuses=("ok", "failed")):
    table = pa.table(
        {
            "configuration": [name] * len(statuses),
            "status": list(statuses),
            "error": [1.0] * len(statuses),
            "estimate": [[0.0, 1.0]] * len(statuses),
        }
    )
    path = folder / f"{name}.parquet"
    write_table(table, {"configuration": name}, path)
    return path


@pytest.fixture
def files(tmp_path):
    return {name: write_evaluation(tmp_path, name) for name in ("a", "b", "c")}


def merged(files, tmp_path):
    return merge(files, tmp_path / "all.parquet", tmp_path / "all.csv", b'{"study": "x"}')


def test_everything_is_merged_in_order_and_the_csv_has_no_estimates(files, tmp_path):
    coverage = merged(files, tmp_path)
    assert str(coverage) == "3 of 3 configurations (100%), 6 rows: 3 failed, 3 ok"
    table = pq.read_table(tmp_path / "all.parquet")
    assert table["configuration"].to_pylist() == ["a", "a", "b", "b", "c", "c"]
    assert read_note(tmp_path / "all.parquet") == {"study": "x"}
    header, *lines = (tmp_path / "all.csv").read_text().splitlines()
    assert "estimate" not in header and len(lines) == 6


def test_share_of_a_partial_study_is_said(files, tmp_path):
    files["b"].unlink()
    assert str(merged(files, tmp_path)).startswith("2 of 3 configurations (67%)")


@pytest.mark.parametrize("content", [b"", b"PAR1"])
def test_unreadable_file_is_named_and_counts_as_missing(files, tmp_path, content, capsys):
    files["b"].write_bytes(content)
    coverage = merged(files, tmp_path)
    assert (coverage.merged, coverage.unreadable) == (2, [files["b"]])
    assert "b.parquet" in capsys.readouterr().err


def test_file_of_another_configuration_is_not_merged(files, tmp_path):
    files["b"].write_bytes(files["c"].read_bytes())
    assert merged(files, tmp_path).unreadable == [files["b"]]


def test_nothing_to_merge_is_an_error_and_leaves_the_old_table(files, tmp_path):
    merged(files, tmp_path)
    before = (tmp_path / "all.csv").read_bytes()
    for path in files.values():
        path.unlink()
    with pytest.raises(FileNotFoundError, match="run the study first"):
        merged(files, tmp_path)
    assert (tmp_path / "all.csv").read_bytes() == before
