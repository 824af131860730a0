"""Where two files of vectors differ by more than rounding, and where two FASTA files do."""

from __future__ import annotations

import hashlib
from itertools import zip_longest
from pathlib import Path

import numpy as np

from tiltyard.pipelines.sequences.embedding.files import read_vectors

#: Tolerance of vectors in float32: of an element, relative and absolute.
RELATIVE, ABSOLUTE = 1e-4, 1e-6


def digest_of_vectors(path: Path) -> str:
    """SHA-256 of names and vectors of a file, without what it was made with."""
    names, vectors, _ = read_vectors(path)
    found = hashlib.sha256("\n".join(names).encode())
    found.update(np.ascontiguousarray(vectors).tobytes())
    return found.hexdigest()


def vectors_differ(expected: Path, output: Path) -> str:
    """The first number beyond the tolerance, in words: sequence, column, both; "" if none is."""
    names, right, _ = read_vectors(expected)
    others, found, _ = read_vectors(output)
    for place, (name, other) in enumerate(zip_longest(names, others), start=1):
        if name != other:
            return f"record {place}, id: {name or 'nothing'} expected, {other or 'nothing'} found"
    if right.shape != found.shape:
        return f"{right.shape[1]} columns expected, {found.shape[1]} found"
    far = ~np.isclose(found, right, rtol=RELATIVE, atol=ABSOLUTE)
    if not far.any():
        return ""
    row, column = np.argwhere(far)[0]
    return (
        f"record {row + 1} ({names[row]}), column {column + 1}: {right[row, column]:.9g} expected, "
        f"{found[row, column]:.9g} found"
    )


def fasta_differs(expected: Path, output: Path) -> str:
    """The first line that differs, in words; "" if none does."""
    with expected.open() as right, output.open() as found:
        for number, lines in enumerate(zip_longest(right, found)):
            if lines[0] != lines[1]:
                column = "id" if number % 2 == 0 else "protein"
                one, two = ("nothing" if line is None else line.strip()[:40] for line in lines)
                return f"record {number // 2 + 1}, {column}: {one} expected, {two} found"
    return ""
