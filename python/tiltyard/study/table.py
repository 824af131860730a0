"""Parquet tables with a note of where they come from in the file's own metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tiltyard.study.files import UnreadableFile, atomic_path

KEY = b"tiltyard"


def write_table(table: pa.Table, note: Mapping[str, Any], path: Path) -> None:
    """Write `table` with `note` as JSON in its metadata, atomically."""
    table = table.replace_schema_metadata({KEY: json.dumps(note, sort_keys=True)})
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_note(path: Path) -> dict[str, Any]:
    """The note in the metadata of the Parquet file `path`, without reading its columns.

    Raises
    ------
    UnreadableFile
        If it is missing, truncated, empty, not Parquet, or not Tiltyard's.
    """
    try:
        return note_of(pq.read_schema(path), path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableFile(f"{path}: {_first_line(error)}") from error


def read_table(path: Path) -> tuple[pa.Table, dict[str, Any]]:
    """The table in `path` and its note.

    Raises
    ------
    UnreadableFile
        As `read_note`, and if a column cannot be read.
    """
    try:
        # One thread: a job uses no more cores than it was given.
        table = pq.read_table(path, use_threads=False, partitioning=None)
        return table, note_of(table.schema, path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableFile(f"{path}: {_first_line(error)}") from error


def note_of(schema: pa.Schema, path: Path) -> dict[str, Any]:
    """The note in `schema`, which was read from `path`."""
    raw = (schema.metadata or {}).get(KEY)
    if raw is None:
        raise UnreadableFile(f"{path}: a Parquet file, but not one of Tiltyard's")
    note = json.loads(raw)
    if not isinstance(note, dict):
        raise UnreadableFile(f"{path}: its metadata is not Tiltyard's")
    return note


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
