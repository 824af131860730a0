"""The tissue that specificity is asked of: what an h5ad file has, looked at before any work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tiltyard.pipelines.spatial.faults import InputError, listed
from tiltyard.pipelines.spatial.h5ad import elements
from tiltyard.pipelines.spatial.h5ad.counts import Counts
from tiltyard.pipelines.spatial.rule.formulas import Formula

#: Why a spot is left out, in the order in which reasons are looked for.
REASONS = ("empty", "few_genes", "no_annotation", "small_group")
#: Name of the group of all spots where there is no annotation.
ALL = "all"
_BLOCK = 512


@dataclass(frozen=True)
class Asked:
    """Which parts of the file are meant.

    Parameters
    ----------
    layer, coordinates, embedding, annotation, niche, slices : str
        Names in the file; "" for the usual one, or none.
    duplicates : str
        What becomes of genes of the same name: "" refuses them, ``first``, ``sum``.
    min_genes, min_group : int
    """

    layer: str = ""
    coordinates: str = "spatial"
    embedding: str = ""
    annotation: str = ""
    niche: str = ""
    slices: str = ""
    duplicates: str = ""
    min_genes: int = 1
    min_group: int = 1


@dataclass(frozen=True)
class Tissue:
    """Spots and genes, and which spots take part.

    Parameters
    ----------
    spots, genes : list of str
    counts : Counts
    merge : sparse matrix or None
        Columns of the file × `genes`, where the file has genes of the same name.
    places : (n, 2) or (n, 3) array
    embedding, niche : (n, d) array or None
    annotation, slices : list of str or None
        None where a spot has none.
    reasons : list of str
        Why each spot is left out; "" for one that takes part.
    """

    spots: list[str]
    genes: list[str]
    counts: Counts
    merge: Any
    places: NDArray[np.float64]
    embedding: NDArray[np.float64] | None
    niche: NDArray[np.float64] | None
    annotation: list[str | None]
    slices: list[str | None] | None
    reasons: list[str]

    @property
    def kept(self) -> NDArray[np.int64]:
        """Spots that take part, by their place in the file."""
        return np.flatnonzero([not reason for reason in self.reasons])

    def block(self, first: int, last: int) -> Any:
        """Counts of spots `first` to `last` as a CSR of `genes`."""
        block = self.counts.block(first, last)
        if self.merge is not None:
            block = (block @ self.merge).tocsr().astype(block.dtype)
            block.sort_indices()
        return block


def read_tissue(
    file: Any, counts: Counts, asked: Asked, formula: Formula, warn: Callable[[str], None]
) -> Tissue:
    """The tissue of an open file.

    Raises
    ------
    InputError
        If something is missing or is no number; the message says what there is.
    """
    spots, genes = elements.names_of(file, "obs"), elements.names_of(file, "var")
    if counts.shape != (len(spots), len(genes)):
        raise InputError(
            f"{counts.place} is {counts.shape[0]} × {counts.shape[1]}, and there are {len(spots)} "
            f"spots and {len(genes)} genes"
        )
    _unique(spots)
    own, merge = _merged(genes, asked.duplicates)
    if len(own) < 2:
        raise InputError(f"{file.filename} has {len(own)} genes; ranks need two or more")
    places = elements.matrix_of(file, asked.coordinates, "--coordinates")
    if places.shape[1] not in (2, 3):
        raise InputError(
            f"--coordinates {asked.coordinates}: has {places.shape[1]} columns, needs 2 or 3; "
            f"obsm has {listed(elements.keys_of(file, 'obsm'), 20)}"
        )

    def matrix(key: str, option: str) -> NDArray[np.float64] | None:
        return elements.matrix_of(file, key, option) if key else None

    embedding, niche = matrix(asked.embedding, "--embedding"), matrix(asked.niche, "--niche")
    annotation: list[str | None] = [ALL] * len(spots)
    if asked.annotation:
        annotation = elements.column_of(file, asked.annotation, "--annotation")
    slices = elements.column_of(file, asked.slices, "--slices") if asked.slices else None
    expressed = _survey(counts, merge, len(spots), warn)
    reasons = _reasons(expressed, annotation, slices, asked)
    tissue = Tissue(
        spots, own, counts, merge, places, embedding, niche, annotation, slices, reasons
    )
    if not len(tissue.kept):
        why = ", ".join(f"{count} {name}" for name, count in Counter(reasons).items())
        raise InputError(f"{file.filename}: no spot is left ({why}); see --min-genes, --min-group")
    return tissue


def _unique(spots: Sequence[str]) -> None:
    double = [name for name, count in Counter(spots).items() if count > 1]
    if double:
        raise InputError(
            f"{len(double):,} names of spots are there twice, as {listed(double)}; make them unique"
        )


def _merged(genes: list[str], how: str) -> tuple[list[str], Any]:
    """Different genes in their order, and how columns become theirs; None if they are."""
    double = [name for name, count in Counter(genes).items() if count > 1]
    if not double:
        return genes, None
    if not how:
        raise InputError(
            f"{len(double):,} genes are there twice, as {listed(double)}; --duplicate-genes first "
            "takes the first of each, --duplicate-genes sum adds them"
        )
    own = list(dict.fromkeys(genes))
    column = {name: place for place, name in enumerate(own)}
    pairs, seen = [], set()
    for place, name in enumerate(genes):
        if how == "sum" or name not in seen:
            pairs.append((place, column[name]))
        seen.add(name)
    rows, columns = zip(*pairs, strict=True)
    ones = np.ones(len(pairs), np.uint8)
    return own, sparse.csr_matrix((ones, (rows, columns)), (len(genes), len(own)))


def _survey(
    counts: Counts, merge: Any, spots: int, warn: Callable[[str], None]
) -> NDArray[np.int64]:
    """Genes that each spot expresses; counts that cannot be are refused, fractions warned of."""
    expressed = np.zeros(spots, np.int64)
    bad, place, value, fractions = 0, "", 0.0, False
    for first in range(0, spots, _BLOCK):
        block = counts.block(first, min(first + _BLOCK, spots))
        if counts.kind.kind == "f":
            wrong = ~np.isfinite(block.data) | (block.data < 0)
            fractions = fractions or bool((block.data != np.floor(block.data)).any())
        else:
            wrong = block.data < 0 if counts.kind.kind == "i" else np.zeros(0, np.bool_)
        if wrong.any():
            if not bad:
                entry = int(np.flatnonzero(wrong)[0])
                row = int(np.searchsorted(block.indptr, entry, "right")) - 1
                place = f"spot {first + row}, gene {int(block.indices[entry])}"
                value = float(block.data[entry])
            bad += int(wrong.sum())
        merged = block if merge is None else (block @ merge).tocsr()
        expressed[first : first + merged.shape[0]] = np.diff(merged.indptr)
    if bad:
        raise InputError(
            f"{counts.place}: {bad:,} counts are negative or no finite numbers, the first in "
            f"{place}: {value}; name another matrix with --layer"
        )
    if fractions:
        warn(f"{counts.place} has counts that are no whole numbers; only their order matters")
    return expressed


def _reasons(
    expressed: NDArray[np.int64],
    annotation: Sequence[str | None],
    slices: Sequence[str | None] | None,
    asked: Asked,
) -> list[str]:
    """The first of `REASONS` that holds for each spot."""
    reasons = []
    for spot, (genes, group) in enumerate(zip(expressed.tolist(), annotation, strict=True)):
        if genes == 0:
            reasons.append("empty")
        elif genes < asked.min_genes:
            reasons.append("few_genes")
        elif group is None or (slices is not None and slices[spot] is None):
            reasons.append("no_annotation")
        else:
            reasons.append("")
    size = Counter(group for group, reason in zip(annotation, reasons, strict=True) if not reason)
    return [
        reason or ("small_group" if size[group] < asked.min_group else "")
        for group, reason in zip(annotation, reasons, strict=True)
    ]


def open_counts(file: Any, layer: str, folder: Callable[[int], Path]) -> tuple[Counts, bool]:
    """Counts of an open file, and whether they had to be turned.

    Parameters
    ----------
    folder : callable
        Takes the bytes that are needed and returns a folder for a matrix that is turned.
    """
    from tiltyard.pipelines.spatial.h5ad import counts

    element, place = counts.counts_element(file, layer)
    if not counts.is_columnar(element):
        return Counts(element, place), False
    target = folder(counts.transposed_bytes(element))
    return Counts(counts.transposed(element, target), place), True


def numbered(values: list[str | None], *, numeric: bool = False) -> NDArray[np.int64]:
    """The place of each value among the different ones, in order; of numbers, in theirs."""
    known = sorted({str(value) for value in values})
    if numeric:
        with suppress(ValueError):  # names are in the order of words
            known.sort(key=float)
    place = {value: number for number, value in enumerate(known)}
    return np.array([place[str(value)] for value in values], np.int64)
