"""Merge evaluation files into one table, streaming, and say what share of the study is there."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from tiltyard.study.files import UnreadableFile, atomic_path
from tiltyard.study.table import KEY, read_table


@dataclass
class Coverage:
    """What a merge found.

    Attributes
    ----------
    expected : int
        Configurations of the study.
    merged : int
        Configurations whose evaluations are in the table.
    unreadable : list of path
        Files that were passed over.
    rows : Counter
        Rows by status.
    """

    expected: int
    merged: int = 0
    unreadable: list[Path] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> str:
        """How much of the study it is, in words."""
        share = self.merged / self.expected if self.expected else 0.0
        return f"{self.merged} of {self.expected} configurations ({share:.0%})"

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in sorted(self.rows.items()))
        return f"{self.share}, {self.rows.total()} rows: {counts or 'none'}"

    def to_dict(self) -> dict[str, Any]:
        """The coverage in plain values."""
        unreadable = [str(path) for path in self.unreadable]
        return {**asdict(self), "unreadable": unreadable, "rows": dict(self.rows)}


def merge(files: Mapping[str, Path], parquet: Path, csv: Path, note: bytes) -> Coverage:
    """Merge the evaluation files of a study into `parquet`, and without list columns into `csv`.

    Parameters
    ----------
    files : mapping
        Configuration id -> its evaluation file, for the whole study; a file that is not there
        lowers the coverage, one that cannot be read does too and is named in a warning.
    parquet, csv : path
        Written atomically; rows are in the order of `files`.
    note : bytes
        JSON for the metadata of `parquet`.

    Raises
    ------
    FileNotFoundError
        If no file could be read at all.
    """
    coverage = Coverage(expected=len(files))
    tables = _readable(files, coverage)
    first = next(tables, None)
    if first is None:
        raise FileNotFoundError("no evaluation to merge: run the study first, or see the warnings")
    schema = first.schema.with_metadata({KEY: note})
    with atomic_path(parquet) as whole, atomic_path(csv) as flat:
        names = [column.name for column in schema if not pa.types.is_list(column.type)]
        narrow = pa.schema([schema.field(name) for name in names])
        with (
            pq.ParquetWriter(whole, schema, compression="zstd") as rows,
            pa_csv.CSVWriter(flat, narrow) as lines,
        ):
            for table in _chain(first, tables):
                rows.write_table(table.cast(schema))
                lines.write_table(table.select(names).cast(narrow))
    return coverage


def _chain(first: pa.Table, rest: Iterator[pa.Table]) -> Iterator[pa.Table]:
    yield first
    yield from rest


def _readable(files: Mapping[str, Path], coverage: Coverage) -> Iterator[pa.Table]:
    for configuration, path in files.items():
        if not path.exists():
            continue
        try:
            table, note = read_table(path)
            if note.get("configuration") != configuration:
                raise UnreadableFile(f"{path}: holds {note.get('configuration')}")
        except UnreadableFile as error:
            print(f"warning: treated as missing: {error}", file=sys.stderr)
            coverage.unreadable.append(path)
            continue
        coverage.merged += 1
        coverage.rows.update(_counts(table))
        yield table


def _counts(table: pa.Table) -> dict[str, int]:
    counted: Sequence[dict[str, Any]] = pc.value_counts(table["status"]).to_pylist()
    return {entry["values"]: entry["counts"] for entry in counted}
