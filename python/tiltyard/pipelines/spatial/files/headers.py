"""The small file beside a matrix, which says what it is, and whether it is whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.files.rows import RowFile

FORMAT, VERSION = "tiltyard-spatial", 1
#: What two runs must have in common, so that one may go on where the other stopped.
IDENTITY = (
    *("format", "version", "content", "dtype", "shape", "formula", "parameters"),
    *("genes_sha256", "spots_sha256", "source_sha256"),
)


def digest_of(names: Sequence[str]) -> str:
    """SHA-256 of names, each with a line end."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + b"\n")
    return digest.hexdigest()


def write_header(path: Path, header: Mapping[str, Any]) -> None:
    """Write a header, whole or not at all."""
    from tiltyard.engine.files.atomic import write_text

    write_text(path, json.dumps(header, indent=1) + "\n")


def read_header(path: Path) -> dict[str, Any]:
    """A header as it is.

    Raises
    ------
    InputError
        If there is none, or it is of something else.
    """
    try:
        header = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}; write it anew") from None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise InputError(f"{path} is no header of scores; name the folder that --output named")
    if header.get("version") != VERSION:
        raise InputError(
            f"{path} has version {header.get('version')!r}, and {VERSION} is read; write it anew"
        )
    return header


def open_rows(header_path: Path, data_path: Path) -> RowFile:
    """The matrix that a header says is whole.

    Raises
    ------
    InputError
        If it is not whole, or the matrix has another size.
    """
    header = read_header(header_path)
    if not header.get("complete"):
        done, count = header.get("rows_done"), header["shape"][0]
        raise InputError(
            f"{header_path}: {done:,} of {count:,} rows are there; run `tiltyard spatial "
            "specificity` again, which goes on"
        )
    count, width = header["shape"]
    kind = np.dtype(header["dtype"])
    try:
        found = data_path.stat().st_size
    except OSError as error:
        raise InputError(f"{data_path} cannot be read: {error.strerror}") from None
    if found != count * width * kind.itemsize:
        raise InputError(
            f"{data_path} has {found:,} bytes, and {header_path.name} says "
            f"{count * width * kind.itemsize:,}; write it anew"
        )
    return RowFile(data_path, kind, count, width)


def unlike(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    """First thing in which two headers differ, with both values; "" if none."""
    for key in IDENTITY:
        if ours.get(key) != theirs.get(key):
            return f"{key} {theirs.get(key)!r}, and now {ours.get(key)!r}"
    return ""
