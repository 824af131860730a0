"""Parquet tables with a note of where they come from in the file's own metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tiltyard.engine.files.atomic import UnreadableFile, atomic_path
from tiltyard.engine.files.json import SEAL, seal_of

KEY = b"tiltyard"
#: Key of the note for the table's columns.
COLUMNS = "columns"


def write_table(table: pa.Table, note: Mapping[str, Any], path: Path) -> None:
    """Write `table` with `note` as sealed JSON in its metadata, atomically."""
    note = {**note, COLUMNS: _columns(table.schema)}
    table = table.replace_schema_metadata({KEY: sealed_note(note)})
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary, **layout(table.schema))


def sealed_note(note: Mapping[str, Any]) -> bytes:
    """`note` as JSON with a seal: the checksums of pages do not cover the metadata."""
    return json.dumps({**note, SEAL: seal_of(note)}, sort_keys=True).encode()


def layout(schema: pa.Schema) -> dict[str, Any]:
    """Options with which pyarrow writes a table of `schema` to Parquet fast and small.

    Texts repeat, so they get dictionaries. Floating-point numbers do not, and building
    dictionaries for them costs more than all the rest. Their signs, exponents and leading digits
    repeat, though: with the k-th bytes of all numbers stored together, the lists of 40 methods
    take 0.6 of the room and a third of the time that a dictionary and zstd take.
    """
    return {
        "compression": "lz4",
        "write_page_checksum": True,
        "use_dictionary": [field.name for field in schema if pa.types.is_string(field.type)],
        "column_encoding": {
            name: "BYTE_STREAM_SPLIT" for field in schema for name in _floating(field)
        },
    }


def _floating(field: pa.Field) -> list[str]:
    """Parquet's name of the column in `field`, if that holds floating-point numbers."""
    if pa.types.is_list(field.type) and pa.types.is_floating(field.type.value_type):
        return [f"{field.name}.list.element"]
    return [field.name] if pa.types.is_floating(field.type) else []


def read_note(path: Path) -> dict[str, Any]:
    """The note in the metadata of the Parquet file `path`, without reading its columns.

    Raises
    ------
    UnreadableFile
        If it is missing, truncated, empty, not Parquet, or not Tiltyard's.
    """
    with opened(path) as file:
        return note_of(file.schema_arrow, path)


def read_table(path: Path) -> tuple[pa.Table, dict[str, Any]]:
    """The table in `path` and its note.

    Raises
    ------
    UnreadableFile
        As `read_note`, and if a column cannot be read.
    """
    with opened(path) as file:
        # One thread: a job uses no more cores than it was given.
        table = file.read(use_threads=False)
        note, columns = _note_and_columns(file.schema_arrow, path)
    if columns != _columns(table.schema):
        raise UnreadableFile(f"{path}: damaged: its columns are not those that were written")
    return table, note


def _columns(schema: pa.Schema) -> list[list[str]]:
    """Names and types, which no checksum of a page covers."""
    types = {
        field.name: f"list of {field.type.value_type}"  # Parquet has a name of its own for items
        if pa.types.is_list(field.type)
        else str(field.type)
        for field in schema
    }
    return [[name, own] for name, own in types.items()]


@contextmanager
def opened(path: Path, texts: Sequence[str] = ()) -> Iterator[pq.ParquetFile]:
    """The Parquet file `path`, open; `UnreadableFile` says what is wrong with it.

    Parameters
    ----------
    path : path
    texts : sequence of str
        Columns that are read as dictionaries, as they are stored; one that is not there raises
        `KeyError`.
    """
    try:
        # Read ahead, a file would be in memory twice: a third of the kernel's time in a merge.
        with (
            pa.OSFile(str(path)) as source,
            pq.ParquetFile(
                source,
                pre_buffer=False,
                read_dictionary=list(texts),
                page_checksum_verification=True,
            ) as file,
        ):
            yield file
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableFile(f"{path}: {_first_line(error)}") from error


def note_of(schema: pa.Schema, path: Path) -> dict[str, Any]:
    """The note in `schema`, which was read from `path`."""
    return _note_and_columns(schema, path)[0]


def _note_and_columns(schema: pa.Schema, path: Path) -> tuple[dict[str, Any], Any]:
    """The note in `schema`, and the columns that were written; those of `schema` if none says."""
    raw = (schema.metadata or {}).get(KEY)
    if raw is None:
        raise UnreadableFile(f"{path}: a Parquet file, but not one of Tiltyard's")
    try:
        note = json.loads(raw)
    except ValueError as error:
        raise UnreadableFile(f"{path}: its metadata is damaged: {error}") from error
    if not isinstance(note, dict):
        raise UnreadableFile(f"{path}: its metadata is not Tiltyard's")
    if note.pop(SEAL, None) != seal_of(note):
        raise UnreadableFile(f"{path}: its metadata is damaged or edited: its seal does not fit")
    return note, note.pop(COLUMNS, _columns(schema))


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
