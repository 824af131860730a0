"""Merging reads what is there part by part, says what share that is, names what it passes over."""

import os
import signal
from functools import partial
from itertools import chain

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tiltyard.engine.files.parquet import read_note, read_table, sealed_note, write_table
from tiltyard.engine.merge import chunks as parts
from tiltyard.engine.merge.merging import merge
from tiltyard.engine.work.worker import WorkerError

SCHEMA = pa.schema(
    {
        "configuration": pa.string(),
        "status": pa.string(),
        "error": pa.float64(),
        "estimate": pa.list_(pa.float64()),
        "other": pa.list_(pa.float64()),
    }
)


class Names:
    """An observer that remembers whose tables it saw, and how long their lists were."""

    def __init__(self, refused=""):
        self._refused = refused
        self._seen = []

    def add(self, table):
        name = table["configuration"][0].as_py()
        if name == self._refused:
            raise ValueError(f"no {name}")
        if self._refused == f"kill {name}":
            os.kill(os.getpid(), signal.SIGKILL)
        assert table.column_names == ["configuration", "status", "error", "estimate"]
        self._seen.append((name, len(table["estimate"][0])))

    def result(self):
        return self._seen


def write_evaluation(folder, name, statuses=("ok", "failed"), samples=2):
    table = pa.table(
        {
            "configuration": [name] * len(statuses),
            "status": list(statuses),
            "error": [1.0] * len(statuses),
            "estimate": [[1.0] * samples] * len(statuses),
            "other": [[1.0]] * len(statuses),
        },
        SCHEMA,
    )
    path = folder / f"{name}.parquet"
    write_table(table, {"configuration": name}, path)
    return path


@pytest.fixture
def files(tmp_path):
    return {name: write_evaluation(tmp_path, name) for name in ("a", "b", "c")}


def merged(files, tmp_path, observer=Names, left_out=(), **options):
    """Coverage of a merge with a group of its own for each file, and what was observed."""
    found = []
    coverage = merge(
        [{name: path} for name, path in files.items()],
        tmp_path / "all.parquet",
        tmp_path / "all.csv",
        sealed_note({"study": "x"}),
        schema=SCHEMA,
        left_out=left_out,
        observed=["estimate"],
        observer=observer,
        take=found.append,
        **options,
    )
    return coverage, found


@pytest.mark.parametrize("left_out", [[], ["estimate"], ["estimate", "other"]])
def test_everything_is_merged_in_order_and_the_csv_has_no_lists(files, tmp_path, left_out):
    coverage, found = merged(files, tmp_path, left_out=left_out)
    assert str(coverage) == "3 of 3 configurations (100%), 6 rows: 3 failed, 3 ok"
    table = pq.read_table(tmp_path / "all.parquet")
    whole = pa.concat_tables([read_table(path)[0] for path in files.values()])
    assert table.equals(whole.drop_columns(left_out))
    assert table["configuration"].to_pylist() == ["a", "a", "b", "b", "c", "c"]
    assert read_note(tmp_path / "all.parquet") == {"study": "x"}
    header, *lines = (tmp_path / "all.csv").read_text().splitlines()
    assert header == '"configuration","status","error"' and len(lines) == 6
    assert found == [[("a", 2), ("b", 2), ("c", 2)]]


def test_share_of_a_partial_study_is_said(files, tmp_path):
    files["b"].unlink()
    assert str(merged(files, tmp_path)[0]).startswith("2 of 3 configurations (67%)")


@pytest.mark.parametrize("content", [b"", b"PAR1"])
@pytest.mark.parametrize("broken", ["a", "b"])
def test_unreadable_file_is_named_and_counts_as_missing(files, tmp_path, content, broken, capsys):
    files[broken].write_bytes(content)
    coverage, found = merged(files, tmp_path)
    assert (coverage.merged, coverage.unreadable) == (2, [files[broken]])
    assert f"{broken}.parquet" in capsys.readouterr().err
    assert [name for name, _ in found[0]] == [name for name in files if name != broken]


def test_file_of_another_configuration_is_not_merged(files, tmp_path):
    files["b"].write_bytes(files["c"].read_bytes())
    assert merged(files, tmp_path)[0].unreadable == [files["b"]]


@pytest.mark.parametrize("change", ["fewer", "more", "renamed"])
def test_file_with_other_columns_is_named_and_not_merged(files, tmp_path, change, capsys):
    table = read_table(files["b"])[0]
    old = {
        "fewer": table.drop_columns("status"),
        "more": table.append_column("new", table["error"]),
        "renamed": table.rename_columns(["name", *table.column_names[1:]]),
    }[change]
    write_table(old, {"configuration": "b"}, files["b"])
    assert merged(files, tmp_path)[0].unreadable == [files["b"]]
    assert "b.parquet: has other columns" in capsys.readouterr().err


def test_file_without_rows_is_named_and_not_merged(files, tmp_path, capsys):
    write_table(SCHEMA.empty_table(), {"configuration": "b"}, files["b"])
    assert merged(files, tmp_path)[0].unreadable == [files["b"]]
    assert "b.parquet: has no rows" in capsys.readouterr().err


@pytest.mark.parametrize("left", [{}, {"b": b"PAR1"}])
def test_nothing_to_merge_is_an_error_and_leaves_the_old_table(files, tmp_path, left):
    merged(files, tmp_path)
    before = (tmp_path / "all.csv").read_bytes()
    for name, path in files.items():
        path.unlink()
        if name in left:
            path.write_bytes(left[name])
    with pytest.raises(FileNotFoundError, match="no evaluation to merge: run the study first"):
        merged(files, tmp_path)
    assert (tmp_path / "all.csv").read_bytes() == before


@pytest.fixture
def many(tmp_path):
    return {name: write_evaluation(tmp_path, name) for name in map("{:02}".format, range(30))}


def test_files_do_not_depend_on_the_number_of_processes(many, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "ROWS", 8)
    many["07"].write_bytes(b"")
    contents = []
    for threads in (1, 2, 3):
        coverage, found = merged(many, tmp_path, left_out=["other"], threads=threads)
        assert len(found) == 8
        assert list(chain(*found)) == [(name, 2) for name in many if name != "07"]
        names = ("all.parquet", "all.csv")
        own = [(tmp_path / name).read_bytes() for name in names]
        contents.append((str(coverage), coverage.unreadable, own))
    assert contents[0] == contents[1] == contents[2]


def test_groups_stay_whole_and_parts_are_of_one_size(many, tmp_path, monkeypatch):
    """A study with other signals or levels is cut elsewhere; its statistics are not."""
    monkeypatch.setattr(parts, "ROWS", 2 * 7)
    names = list(many)
    groups = [{name: many[name] for name in names[start : start + 3]} for start in range(0, 30, 3)]
    assert [list(part) for part in parts.cut(groups)] == [
        names[start : start + 6] for start in range(0, 30, 6)
    ]
    monkeypatch.setattr(parts, "ROWS", 1)
    assert list(map(list, parts.cut(groups))) == list(map(list, groups))


def test_memory_holds_a_part_without_lists_and_not_the_study(tmp_path, monkeypatch):
    names = [f"{number:02}" for number in range(80)]
    files = {name: write_evaluation(tmp_path, name, samples=10_000) for name in names}
    one = read_table(files["00"])[0].nbytes
    taken = []
    before = pa.total_allocated_bytes()

    class Watching(Names):
        def add(self, table):
            taken.append(pa.total_allocated_bytes() - before)

    monkeypatch.setattr(parts, "ROWS", 20)
    merged(files, tmp_path, observer=Watching, left_out=["estimate"])
    # The table itself, and what its file was decoded from: 1 to 3 seen, where a part would be 10
    # and all of them 80.
    assert max(taken) < 5 * one
    merged(files, tmp_path, observer=Watching)  # here, what is written may be a part
    assert max(taken) < 25 * one
    metadata = pq.read_metadata(tmp_path / "all.parquet")
    assert [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)] == [20] * 8


@pytest.mark.parametrize("threads", [1, 2])
def test_error_of_an_observer_leaves_no_file_behind(many, tmp_path, monkeypatch, threads):
    monkeypatch.setattr(parts, "ROWS", 8)
    with pytest.raises(ValueError, match="no 11"):
        merged(many, tmp_path, partial(Names, "11"), threads=threads)
    assert not list(tmp_path.glob("*all*"))


def test_killed_process_is_an_error_and_leaves_no_file_behind(many, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "ROWS", 8)
    with pytest.raises(WorkerError, match="killed, as for want of memory"):
        merged(many, tmp_path, partial(Names, "kill 11"), threads=2)
    assert not list(tmp_path.glob("*all*"))
