"""Merging of evaluation files into one table, chunk by chunk, and its coverage of the study."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from tiltyard.engine.files.atomic import atomic_path
from tiltyard.engine.files.parquet import KEY, layout, opened
from tiltyard.engine.merge.chunks import Chunk, ChunkObserver, cut, read_chunk, without_lists
from tiltyard.engine.work.processes import results_in_order

#: Modules that every process of a merge needs.
PRELOADED = ("tiltyard.engine.merge.chunks", "tiltyard.engine.merge.chunk_statistics")


@dataclass
class Coverage:
    """Coverage of a study by a merged table.

    Attributes
    ----------
    expected : int
        Configurations of the study.
    merged : int
        Configurations whose evaluations are in the table.
    unreadable : list of path
        Files that could not be read.
    rows : Counter
        Rows by status.
    """

    expected: int
    merged: int = 0
    unreadable: list[Path] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> str:
        """Merged configurations out of all, in words."""
        share = self.merged / self.expected if self.expected else 0.0
        return f"{self.merged} of {self.expected} configurations ({share:.0%})"

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {status}" for status, count in sorted(self.rows.items()))
        return f"{self.share}, {self.rows.total()} rows: {counts or 'none'}"

    def to_dict(self) -> dict[str, Any]:
        """The coverage in plain values."""
        unreadable = [str(path) for path in self.unreadable]
        return {**asdict(self), "unreadable": unreadable, "rows": dict(self.rows)}

    def add(self, chunk: Chunk) -> None:
        """Count `chunk`, and warn of its unreadable files."""
        for path, reason in chunk.unreadable:
            print(f"warning: treated as missing: {reason}", file=sys.stderr)
            self.unreadable.append(path)
        self.merged += len(chunk.files)
        self.rows.update(chunk.rows)


def merge(
    groups: Sequence[Mapping[str, Path]],
    parquet: Path,
    csv: Path,
    note: bytes,
    *,
    schema: pa.Schema,
    left_out: Sequence[str],
    observed: Sequence[str],
    observer: Callable[[], ChunkObserver],
    take: Callable[[Any], None],
    digests: Mapping[Path, str] | None = None,
    threads: int = 1,
) -> Coverage:
    """Merge the evaluation files of a study into `parquet`, and without their lists into `csv`.

    Only some chunks are in memory at a time, whatever the size of the study.

    Parameters
    ----------
    groups : sequence of mapping
        Configuration id -> its evaluation file, for the replicates of each group. Missing files
        lower the coverage; so do unreadable ones, with a warning.
    parquet, csv : path
        Written atomically; rows are in the order of `groups`.
    note : bytes
        JSON for the metadata of `parquet`.
    schema : Schema
        Columns of the files.
    left_out : sequence of str
        List columns of `schema` that are left out of `parquet`.
    observed : sequence of str
        List columns of `schema` that the observers need, left out or not.
    observer : callable
        Makes the observer of a chunk, which has whole groups only; it can be pickled.
    take : callable
        Called with the result of each chunk's observer, in order.
    digests : mapping or None
        SHA-256 of files: one that has another counts as unreadable.
    threads : int
        Processes that read chunks, >= 1; writing takes a further sixth of a core for each.

    Raises
    ------
    FileNotFoundError
        If no file could be read at all.
    WorkerError
        If a process is killed.
    """
    coverage = Coverage(expected=sum(map(len, groups)))
    chunks = cut(groups)
    read = partial(
        read_chunk, schema=schema, observed=observed, observer=observer, digests=digests or {}
    )
    merged = pa.schema([each for each in schema if each.name not in left_out])
    with _Writer(parquet, csv, merged, note) as writer:
        for chunk in results_in_order(read, chunks, min(threads, len(chunks)), PRELOADED):
            coverage.add(chunk)
            if chunk.table is not None:
                writer.write(chunk.table, chunk.files)
                take(chunk.found)
        if not coverage.merged:
            raise FileNotFoundError(
                "no evaluation to merge: run the study first (snakemake --cores all --configfile "
                "<its configuration>), or see the warnings above"
            )
    return coverage


class _Writer:
    """Writer of both merged files, which appear when the block ends without an error."""

    def __init__(self, parquet: Path, csv: Path, schema: pa.Schema, note: bytes) -> None:
        self._schema = schema
        self._narrow = without_lists(schema)
        self._lists = [name for name in schema.names if name not in self._narrow.names]
        self._paths = parquet, csv
        self._note = note

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            parquet, csv = (stack.enter_context(atomic_path(path)) for path in self._paths)
            # Without Arrow's own schema, which would make categories of the texts for all readers.
            self._rows = stack.enter_context(
                pq.ParquetWriter(parquet, self._schema, store_schema=False, **layout(self._schema))
            )
            self._rows.add_key_value_metadata({KEY: self._note})
            self._lines = stack.enter_context(pa_csv.CSVWriter(csv, self._narrow))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def write(self, table: pa.Table, files: Sequence[Path]) -> None:
        """Append `table`, as a row group of its own, with the lists that are in its `files`.

        Reading the lists again takes less time than sending them between processes.
        """
        table = table.cast(self._narrow)
        self._lines.write_table(table)
        if self._lists:
            lists = pa.concat_tables([_lists_in(path, self._lists) for path in files])
            for name in self._lists:
                table = table.append_column(name, lists[name])
            table = table.select(self._schema.names)
        self._rows.write_table(table, table.num_rows)


def _lists_in(path: Path, names: list[str]) -> pa.Table:
    with opened(path) as file:
        return file.read(names, use_threads=False)
