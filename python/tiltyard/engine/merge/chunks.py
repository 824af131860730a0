"""Chunks of a study: files of whole groups of replicates, read and observed by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.parquet import note_of, opened
from tiltyard.engine.files.receipts import sha256_of

#: Rows of a chunk: large enough for the fixed costs of pandas, and some tens of megabytes.
ROWS = 60_000


class ChunkObserver(Protocol):
    """Observer of a chunk, which is given its rows and makes a small result of them."""

    def add(self, table: pa.Table) -> None:
        """Take the rows of one configuration."""

    def result(self) -> Any:
        """The result, which is small and can be pickled."""


@dataclass
class Chunk:
    """Content of a chunk.

    Attributes
    ----------
    table : Table or None
        Rows of all its files without lists; texts are dictionaries. None if nothing was read.
    found : object
        Result of its observer; None if nothing was read.
    files : list of path
        Files that were read.
    rows : Counter
        Rows by status.
    unreadable : list of (path, str)
        Files that cannot be read, and why.
    """

    table: pa.Table | None = None
    found: Any = None
    files: list[Path] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    unreadable: list[tuple[Path, str]] = field(default_factory=list)


def cut(groups: Sequence[Mapping[str, Path]]) -> list[dict[str, Path]]:
    """`groups` joined to chunks of some `ROWS` rows each; no group is divided."""
    most = max(1, ROWS // max(1, _rows_of_one(groups)))
    chunks: list[dict[str, Path]] = []
    for group in groups:
        if not chunks or len(chunks[-1]) + len(group) > most:
            chunks.append({})
        chunks[-1].update(group)
    return chunks


def _rows_of_one(groups: Sequence[Mapping[str, Path]]) -> int:
    """Rows of the first file that can be read; all have about as many."""
    for group in groups:
        for path in group.values():
            try:
                with opened(path) as file:
                    return int(file.metadata.num_rows)
            except UnreadableFile:
                continue
    return 0


def read_chunk(
    files: Mapping[str, Path],
    schema: pa.Schema,
    observed: Sequence[str],
    observer: Callable[[], ChunkObserver],
    digests: Mapping[Path, str],
) -> Chunk:
    """Read the evaluation files of a chunk one after another.

    Parameters
    ----------
    files : mapping
        Configuration id -> its evaluation file; missing files are ignored.
    schema : Schema
        Columns of the files; a file with other columns counts as unreadable.
    observed : sequence of str
        List columns of `schema` that the observer needs; they are not kept.
    observer : callable
        Makes the observer of this chunk.
    digests : mapping
        SHA-256 of files, with which they are compared before they are read.
    """
    chunk, watching = Chunk(), observer()
    kept: list[pa.Table] = []
    for table in _tables(files, schema, observed, chunk, digests):
        watching.add(table)
        kept.append(table.drop_columns(observed))
    if kept:
        chunk.found = watching.result()
        chunk.table = pa.concat_tables(kept).unify_dictionaries().combine_chunks()
        counted = pc.value_counts(chunk.table["status"]).to_pylist()
        chunk.rows.update({entry["values"]: entry["counts"] for entry in counted})
    return chunk


def _tables(
    files: Mapping[str, Path],
    schema: pa.Schema,
    observed: Sequence[str],
    chunk: Chunk,
    digests: Mapping[Path, str],
) -> Iterator[pa.Table]:
    """Tables of the files that can be read; `chunk` says which, and which cannot."""
    wanted = [*without_lists(schema).names, *observed]
    texts = [each.name for each in schema if pa.types.is_string(each.type)]
    for configuration, path in files.items():
        if not path.exists():
            continue
        try:
            _refuse_altered(path, digests.get(path))
            table = _read(configuration, path, schema.names, wanted, texts)
        except UnreadableFile as error:
            chunk.unreadable.append((path, str(error)))
            continue
        chunk.files.append(path)
        yield table


def _refuse_altered(path: Path, digest: str | None) -> None:
    try:
        if digest is not None and sha256_of(path) != digest:
            raise UnreadableFile(
                f"{path}: damaged: its digest is not the one that it had when it was written"
            )
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}") from error


def _read(
    configuration: str, path: Path, names: list[str], wanted: list[str], texts: list[str]
) -> pa.Table:
    """The columns `wanted` of a file that has the columns `names`."""
    try:
        with opened(path, texts) as file:
            schema = file.schema_arrow
            held = note_of(schema, path).get("configuration")
            if held != configuration:
                raise UnreadableFile(f"{path}: holds configuration {held!r}, not {configuration!r}")
            if schema.names != names:
                raise KeyError(schema.names)
            if not file.metadata.num_rows:
                raise UnreadableFile(f"{path}: has no rows")
            return file.read(wanted, use_threads=False)
    except KeyError as error:
        raise UnreadableFile(
            f"{path}: has other columns than this version of Tiltyard writes; run snakemake "
            "again, which scores the stored outcomes and computes nothing twice"
        ) from error


def without_lists(schema: pa.Schema) -> pa.Schema:
    """The columns of `schema` that hold one value a row."""
    return pa.schema([each for each in schema if not pa.types.is_list(each.type)])
