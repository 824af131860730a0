"""Merging streams what is there, says what share that is, and names what it passes over."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tiltyard.study import merge as merging
from tiltyard.study.merge import merge, write_frame
from tiltyard.study.table import read_note, read_table, write_table


def write_evaluation(folder, name, statuses=("ok", "failed"), samples=2):
    table = pa.table(
        {
            "configuration": [name] * len(statuses),
            "status": list(statuses),
            "error": [1.0] * len(statuses),
            "estimate": [[1.0] * samples] * len(statuses),
        }
    )
    path = folder / f"{name}.parquet"
    write_table(table, {"configuration": name}, path)
    return path


@pytest.fixture
def files(tmp_path):
    return {name: write_evaluation(tmp_path, name) for name in ("a", "b", "c")}


def merged(files, tmp_path, **options):
    note = b'{"study": "x"}'
    return merge(files, tmp_path / "all.parquet", tmp_path / "all.csv", note, **options)


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


def test_file_with_other_columns_is_named_and_not_merged(files, tmp_path, capsys):
    names = ["configuration", "status", "error", "estimate"]
    old = read_table(files["b"])[0].drop_columns("error")
    write_table(old, {"configuration": "b"}, files["b"])
    assert merged(files, tmp_path, columns=names).unreadable == [files["b"]]
    assert "has other columns" in capsys.readouterr().err


def test_nothing_to_merge_is_an_error_and_leaves_the_old_table(files, tmp_path):
    merged(files, tmp_path)
    before = (tmp_path / "all.csv").read_bytes()
    for path in files.values():
        path.unlink()
    with pytest.raises(FileNotFoundError, match="run the study first"):
        merged(files, tmp_path)
    assert (tmp_path / "all.csv").read_bytes() == before


def test_observer_sees_each_readable_table_once_in_order(files, tmp_path):
    files["b"].write_bytes(b"")
    seen = []
    merged(files, tmp_path, observe=lambda table: seen.append(table["configuration"].to_pylist()))
    assert seen == [["a", "a"], ["c", "c"]]


@pytest.fixture
def many(tmp_path):
    return {name: write_evaluation(tmp_path, name) for name in map("{:02}".format, range(30))}


def test_files_do_not_depend_on_the_number_of_threads(many, tmp_path, monkeypatch):
    monkeypatch.setattr(merging, "ROW_GROUP", 400)
    contents = []
    for threads in (1, 2, 3):
        merged(many, tmp_path, threads=threads)
        names = ("all.parquet", "all.csv")
        contents.append([(tmp_path / name).read_bytes() for name in names])
    assert contents[0] == contents[1] == contents[2]


@pytest.mark.parametrize("threads", [1, 2])
def test_memory_holds_some_files_and_row_groups_and_not_the_study(tmp_path, monkeypatch, threads):
    names = [f"{number:02}" for number in range(80)]
    files = {name: write_evaluation(tmp_path, name, samples=10_000) for name in names}
    one = read_table(files["00"])[0].nbytes
    monkeypatch.setattr(merging, "ROW_GROUP", 3 * one)
    monkeypatch.setattr(merging, "AHEAD", 2)
    taken = []
    before = pa.total_allocated_bytes()
    merged(
        files,
        tmp_path,
        threads=threads,
        observe=lambda table: taken.append(pa.total_allocated_bytes() - before),
    )
    # Two files ahead, three that wait, three that are written, and twice that for the writer:
    # 18 to 21 seen, where all of them would be 80.
    assert max(taken) < 40 * one
    metadata = pq.read_metadata(tmp_path / "all.parquet")
    groups = [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)]
    assert groups == [6] * 26 + [4]


def test_error_of_the_observer_leaves_no_file_behind(many, tmp_path):
    def refuse(table):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        merged(many, tmp_path, threads=2, observe=refuse)
    assert not list(tmp_path.glob("*all*"))


def test_frame_has_full_precision_and_empty_cells_for_missing_numbers(tmp_path):
    frame = pd.DataFrame({"name": ["a", "b,"], "error": [0.1 + 0.2, float("nan")]})
    write_frame(frame, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().splitlines() == [
        '"name","error"',
        '"a",0.30000000000000004',
        '"b,",',
    ]
