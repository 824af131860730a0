"""Vectors of nucleotides and of proteins joined by the names of their sequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.embedding.files import (
    column_of,
    read_note,
    read_vectors,
    write_columns,
)
from tiltyard.pipelines.sequences.faults import InputError

NO_PROTEIN, NO_NUCLEOTIDE = "no_protein_embedding", "no_nucleotide_embedding"
NON_FINITE = "non_finite"


@dataclass(frozen=True, eq=False)
class Merged:
    """Sequences with a vector of each input.

    Parameters
    ----------
    names : list of str
    vectors : mapping
        Input -> its vectors, (n, width).
    missing : list of (str, str)
        Names that are left out, and why.
    """

    names: list[str]
    vectors: Mapping[str, NDArray[np.float32]]
    missing: list[tuple[str, str]]


def merged(inputs: Mapping[str, tuple[Sequence[str], NDArray[np.float32]]]) -> Merged:
    """Join inputs by name, in the order of the first one.

    Parameters
    ----------
    inputs : mapping
        ``nucleotide``, ``protein`` or both -> names and vectors.

    Raises
    ------
    InputError
        If a name is there twice.
    """
    places = {}
    for kind, (names, _) in inputs.items():
        places[kind] = {name: place for place, name in enumerate(names)}
        if len(places[kind]) < len(names):
            twice = next(name for place, name in enumerate(names) if places[kind][name] != place)
            raise InputError(f"the {kind} vectors have {twice!r} twice; make that file again")
    first, *others = inputs
    lacking = {"nucleotide": NO_NUCLEOTIDE, "protein": NO_PROTEIN}
    missing = [
        (name, lacking[kind])
        for name in inputs[first][0]
        for kind in others
        if name not in places[kind]
    ]
    missing += [
        (name, lacking[first])
        for kind in others
        for name in inputs[kind][0]
        if name not in places[first]
    ]
    names = [name for name in inputs[first][0] if all(name in places[kind] for kind in others)]
    rows = {
        kind: vectors[[places[kind][name] for name in names]]
        for kind, (_, vectors) in inputs.items()
    }
    finite = np.ones(len(names), np.bool_)
    for vectors in rows.values():
        finite &= np.isfinite(vectors).all(axis=1)
    missing += [(name, NON_FINITE) for name, good in zip(names, finite, strict=True) if not good]
    return Merged(
        [name for name, good in zip(names, finite, strict=True) if good],
        {kind: vectors[finite] for kind, vectors in rows.items()},
        missing,
    )


def merge_files(paths: Mapping[str, Path], target: Path) -> Merged:
    """Join files of vectors into one, whose rows have nucleotides before proteins.

    A file that is there and was made of the same ones stays.

    Raises
    ------
    InputError
        If a file cannot be read, or names a sequence twice.
    """
    of = {kind: read_note(path) for kind, path in paths.items()}
    if target.exists() and (before := _made_of(of, target)) is not None:
        return before
    read = {kind: read_vectors(path)[:2] for kind, path in paths.items()}
    try:
        found = merged(read)
    except InputError as error:
        raise InputError(f"{', '.join(map(str, paths.values()))}: {error}") from error
    note: dict[str, Any] = {
        "inputs": {kind: vectors.shape[1] for kind, vectors in found.vectors.items()},
        "of": of,
        "missing": found.missing,
    }
    columns = {
        "id": pa.array(found.names, pa.string()),
        "embedding": column_of(np.hstack(list(found.vectors.values()))),
    }
    write_columns(target, columns, note)
    return found


def _made_of(of: Mapping[str, Any], target: Path) -> Merged | None:
    """What is in `target`, if it was made of files with these notes."""
    try:
        note = read_note(target)
        if note.get("of") != of:
            return None
        names, vectors = read_merged(target)
    except InputError:
        return None
    return Merged(names, vectors, [(name, reason) for name, reason in note["missing"]])


def read_merged(path: Path) -> tuple[list[str], dict[str, NDArray[np.float32]]]:
    """Names and vectors by input of a file that `merge_files` wrote.

    Raises
    ------
    InputError
        If it is another file.
    """
    names, vectors, note = read_vectors(path)
    widths = note.get("inputs")
    if not isinstance(widths, dict) or sum(widths.values()) != vectors.shape[1]:
        raise InputError(f"{path}: it was not written by `tiltyard sequences merge`")
    ends = np.cumsum(list(widths.values()))[:-1]
    return names, dict(zip(widths, np.split(vectors, ends, axis=1), strict=True))
