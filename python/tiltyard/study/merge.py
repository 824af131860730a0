"""Merge evaluation files into one table, streaming, and say what share of the study is there."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from tiltyard.study.files import UnreadableFile, atomic_path
from tiltyard.study.table import KEY, layout, read_table

#: Rows wait until they make a row group of this size: large enough to be read fast, small enough
#: for several to be in memory [bytes].
ROW_GROUP = 64_000_000
#: Files that are read ahead of the one that is merged.
AHEAD = 8


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


def merge(
    files: Mapping[str, Path],
    parquet: Path,
    csv: Path,
    note: bytes,
    *,
    observe: Callable[[pa.Table], None] = lambda table: None,
    columns: Sequence[str] | None = None,
    threads: int = 1,
) -> Coverage:
    """Merge the evaluation files of a study into `parquet`, and without list columns into `csv`.

    In memory are some files and row groups, however many files there are.

    Parameters
    ----------
    files : mapping
        Configuration id -> its evaluation file, for the whole study; a file that is not there
        lowers the coverage, one that cannot be read does too and is named in a warning.
    parquet, csv : path
        Written atomically; rows are in the order of `files`.
    note : bytes
        JSON for the metadata of `parquet`.
    observe : callable
        Called with the table of each configuration, in the order of `files`.
    columns : sequence of str, optional
        Names that a file's columns must have; another one counts as unreadable.
    threads : int
        Cores to use, >= 1; more than two have nothing to do.

    Raises
    ------
    FileNotFoundError
        If no file could be read at all.
    """
    coverage = Coverage(expected=len(files))
    with helper(threads) as aside:
        groups = _row_groups(_readable(files, coverage, aside, observe, columns))
        first = next(groups, None)
        if first is None:
            raise FileNotFoundError(
                "no evaluation to merge: run the study first, or see the warnings"
            )
        with _Writer(parquet, csv, first.schema.with_metadata({KEY: note}), aside) as writer:
            writer.write(first)
            for group in groups:
                writer.write(group)
    return coverage


def helper(threads: int) -> Executor:
    """Where work goes that another of `threads` cores can do; here, if there is one alone."""
    return ThreadPoolExecutor(threads - 1) if threads > 1 else _Here()


class _Here(Executor):
    """An executor without threads: a call is made where it is submitted."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*args, **kwargs))
        return future


class _Writer:
    """Both merged files; they appear when the block ends without an error."""

    def __init__(self, parquet: Path, csv: Path, schema: pa.Schema, aside: Executor) -> None:
        self._names = [field.name for field in schema if not pa.types.is_list(field.type)]
        self._schema = schema
        self._narrow = pa.schema([schema.field(name) for name in self._names])
        self._paths = parquet, csv
        self._aside = aside
        self._written: Future[None] | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            parquet, csv = (stack.enter_context(atomic_path(path)) for path in self._paths)
            self._rows = stack.enter_context(
                pq.ParquetWriter(parquet, self._schema, **layout(self._schema))
            )
            self._lines = stack.enter_context(pa_csv.CSVWriter(csv, self._narrow))
            stack.push(self._finish)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def write(self, table: pa.Table) -> None:
        self._finish()
        table = table.cast(self._schema)
        self._written = self._aside.submit(self._rows.write_table, table, table.num_rows)
        self._lines.write_table(table.select(self._names).cast(self._narrow))

    def _finish(self, *error: Any) -> None:
        if self._written:
            self._written.result()


def _row_groups(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """`tables`, joined until they are large enough."""
    waiting: list[pa.Table] = []
    size = 0
    for table in tables:
        waiting.append(table)
        size += table.get_total_buffer_size()
        if size >= ROW_GROUP:
            yield pa.concat_tables(waiting)
            waiting, size = [], 0
    if waiting:
        yield pa.concat_tables(waiting)


def _readable(
    files: Mapping[str, Path],
    coverage: Coverage,
    aside: Executor,
    observe: Callable[[pa.Table], None],
    columns: Sequence[str] | None,
) -> Iterator[pa.Table]:
    for path, table in _loaded(files, aside):
        table = _checked(path, table, columns)
        if isinstance(table, UnreadableFile):
            print(f"warning: treated as missing: {table}", file=sys.stderr)
            coverage.unreadable.append(path)
            continue
        coverage.merged += 1
        coverage.rows.update(_counts(table))
        observe(table)
        yield table


def _checked(
    path: Path, table: pa.Table | UnreadableFile, columns: Sequence[str] | None
) -> pa.Table | UnreadableFile:
    if isinstance(table, UnreadableFile) or columns in (None, table.column_names):
        return table
    return UnreadableFile(
        f"{path}: has other columns than this version of Tiltyard writes; run snakemake again: it "
        "scores what is stored, and computes nothing twice"
    )


def _loaded(
    files: Mapping[str, Path], aside: Executor
) -> Iterator[tuple[Path, pa.Table | UnreadableFile]]:
    """Each file that is there, with its table or what is wrong with it; some are read ahead."""
    present = ((name, path) for name, path in files.items() if path.exists())
    ahead: deque[tuple[str, Path, Future[Any]]] = deque()
    while True:
        while len(ahead) < AHEAD and (entry := next(present, None)):
            ahead.append((*entry, aside.submit(_load, *entry)))
        if not ahead:
            return
        name, path, future = ahead.popleft()
        # A thread that has not come to it yet is busy writing: this one can do it meanwhile.
        yield path, _load(name, path) if future.cancel() else future.result()


def _load(configuration: str, path: Path) -> pa.Table | UnreadableFile:
    try:
        table, note = read_table(path)
        if note.get("configuration") != configuration:
            raise UnreadableFile(f"{path}: holds {note.get('configuration')}")
    except UnreadableFile as error:
        return error
    return table


def _counts(table: pa.Table) -> dict[str, int]:
    counted: Sequence[dict[str, Any]] = pc.value_counts(table["status"]).to_pylist()
    return {entry["values"]: entry["counts"] for entry in counted}


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write `frame` as CSV like the merged table, atomically; a missing number is empty."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with atomic_path(path) as temporary:
        pa_csv.write_csv(table, temporary)
