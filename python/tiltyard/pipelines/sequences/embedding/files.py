"""Files of vectors: written whole or not at all, and told from unfinished and foreign ones."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tiltyard.engine.files.atomic import atomic_path
from tiltyard.pipelines.sequences.embedding.running import Embedded
from tiltyard.pipelines.sequences.faults import InputError

#: Key of the note in a file's metadata.
KEY = b"tiltyard"


def write_vectors(
    path: Path,
    names: Sequence[str],
    letters: Sequence[int],
    found: Embedded,
    note: Mapping[str, Any],
) -> None:
    """Write the vectors of a file of sequences, in its order, atomically."""
    _write(
        path,
        {
            "id": pa.array(names, pa.string()),
            "letters": pa.array(letters, pa.int32()),
            "tokens": pa.array(found.tokens, pa.int32()),
            "truncated": pa.array(found.truncated, pa.bool_()),
            "embedding": column_of(found.vectors),
        },
        note,
    )


def column_of(vectors: NDArray[np.float32]) -> pa.FixedSizeListArray:
    """Vectors as a column."""
    flat = pa.array(np.ascontiguousarray(vectors).ravel())
    return pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])


def write_columns(path: Path, columns: Mapping[str, Any], note: Mapping[str, Any]) -> None:
    """Write any columns in the same way."""
    _write(path, columns, note)


def _write(path: Path, columns: Mapping[str, Any], note: Mapping[str, Any]) -> None:
    table = pa.table(dict(columns)).replace_schema_metadata(
        {KEY: json.dumps(note, sort_keys=True).encode()}
    )
    with atomic_path(path) as temporary:
        # Vectors do not repeat: compression, dictionaries and statistics would cost time alone.
        pq.write_table(
            table, temporary, compression="none", use_dictionary=False, write_statistics=False
        )
        with temporary.open("rb") as file:
            os.fsync(file.fileno())


def read_vectors(path: Path) -> tuple[list[str], NDArray[np.float32], dict[str, Any]]:
    """Names, vectors (n, width), and the note of a file.

    Raises
    ------
    InputError
        If it cannot be read, or is no such file.
    """
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(use_threads=False)
        note = json.loads((table.schema.metadata or {})[KEY])
        column = table["embedding"].combine_chunks()
        width = column.type.list_size
        vectors = column.flatten().to_numpy().reshape(len(table), width)
        return table["id"].to_pylist(), vectors, note
    except (OSError, pa.ArrowException, KeyError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: {_why(error)}; make it again") from error


def read_note(path: Path) -> dict[str, Any]:
    """The note of a file, without its columns.

    Raises
    ------
    InputError
        If it cannot be read, or is no such file.
    """
    try:
        with pq.ParquetFile(path) as file:
            return dict(json.loads((file.schema_arrow.metadata or {})[KEY]))
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise InputError(f"{path}: {_why(error)}; make it again") from error


def unfinished(path: Path, names: Sequence[str], note: Mapping[str, Any]) -> str:
    """Why a file is not the one that would be written; "" if it is.

    Parameters
    ----------
    names : sequence of str
        Of the sequences, in order.
    note : mapping
        That would be written.
    """
    if not path.exists():
        return "it is not there"
    try:
        with pq.ParquetFile(path) as file:
            found = json.loads((file.schema_arrow.metadata or {})[KEY])
            ids = file.read(columns=["id"], use_threads=False)["id"].to_pylist()
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        return _why(error)
    differing = sorted(
        name
        for name in {*found, *note}
        if found.get(name) != json.loads(json.dumps(note)).get(name)
    )
    if differing:
        return f"it was made otherwise ({', '.join(differing)})"
    if ids != list(names):
        return "its sequences are others"
    return ""


def _why(error: Exception) -> str:
    return (
        f"it cannot be read ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
    )
