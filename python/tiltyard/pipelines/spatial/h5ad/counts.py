"""Counts of an h5ad file in blocks of spots, however they are stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tiltyard.pipelines.spatial.faults import InputError, listed
from tiltyard.pipelines.spatial.h5ad.elements import keys_of


class Counts:
    """Counts, (n, G), of which a block of rows is read at a time.

    Parameters
    ----------
    element : h5py.Dataset or h5py.Group
        Dense, CSR, or what `transposed` made of a CSC.
    place : str
        Where they are in the file, for messages.
    """

    def __init__(self, element: Any, place: str) -> None:
        self._element, self.place = element, place
        self._dense = not hasattr(element, "keys") and not isinstance(element, dict)
        shape = element.shape if self._dense else element_shape(element)
        self.shape: tuple[int, int] = (int(shape[0]), int(shape[1]))
        self.kind: np.dtype[Any] = (element if self._dense else element["data"]).dtype
        self._starts = None if self._dense else np.asarray(element["indptr"][:], np.int64)

    def block(self, first: int, last: int) -> Any:
        """Spots `first` to `last` as a CSR: no gene twice in a spot, no zeros, genes ascending."""
        if self._starts is None:
            return sparse.csr_matrix(self._element[first:last])
        bounds = self._starts[first : last + 1]
        own = slice(int(bounds[0]), int(bounds[-1]))
        block = sparse.csr_matrix(
            (self._element["data"][own], self._element["indices"][own], bounds - bounds[0]),
            (last - first, self.shape[1]),
        )
        block.sum_duplicates()
        block.eliminate_zeros()
        return block


def element_shape(element: Any) -> tuple[int, int]:
    """Shape of a sparse matrix."""
    shape = element["shape"] if isinstance(element, dict) else element.attrs["shape"]
    return int(shape[0]), int(shape[1])


def counts_element(file: Any, layer: str) -> tuple[Any, str]:
    """The element with the counts, and where it is: `layer`, else ``counts``, else X.

    Raises
    ------
    InputError
        If it is not there, or holds no real numbers.
    """
    layers = keys_of(file, "layers")
    if layer and layer != "X":
        if layer not in layers:
            raise InputError(
                f"--layer {layer}: {file.filename} has no such layer; there are "
                f"{listed(['X', *layers], 20)}"
            )
        element, place = file["layers"][layer], f"layers/{layer}"
    elif "counts" in layers and not layer:
        element, place = file["layers"]["counts"], "layers/counts"
    elif "X" in file:
        element, place = file["X"], "X"
    else:
        raise InputError(f"{file.filename} has neither layers/counts nor X; name one with --layer")
    kind = (element["data"] if isinstance(element, h5py.Group) else element).dtype
    if kind.kind not in "biuf":
        raise InputError(f"{place} has type {kind}; counts are real numbers")
    return element, place


def is_columnar(element: Any) -> bool:
    """Whether a matrix is stored gene by gene (CSC)."""
    if not isinstance(element, h5py.Group):
        return False
    how = element.attrs.get("encoding-type", element.attrs.get("h5sparse_format", ""))
    return str(how).startswith("csc")


def transposed_bytes(element: Any) -> int:
    """Room that `transposed` needs."""
    return len(element["data"]) * (element["data"].dtype.itemsize + 4) + 8


def transposed(element: Any, folder: Path, most: int = 1 << 22) -> dict[str, Any]:
    """A CSC matrix as a CSR, in two files in `folder`; entries of a spot in the order of genes.

    Parameters
    ----------
    element : h5py.Group
    folder : path
    most : int
        Entries in memory at once.
    """
    shape, entries = element_shape(element), len(element["data"])
    per_spot = np.zeros(shape[0] + 1, np.int64)
    for first in range(0, entries, most):
        rows = element["indices"][first : first + most]
        per_spot[1:] += np.bincount(rows, minlength=shape[0])
    starts = np.cumsum(per_spot)
    kind = element["data"].dtype
    data = _reserved(folder / "counts.data", kind, entries)
    genes = _reserved(folder / "counts.genes", np.dtype("<i4"), entries)
    next_place, gene_starts = starts[:-1].copy(), element["indptr"][:]
    for first in range(0, entries, most):
        own = slice(first, min(first + most, entries))
        rows = np.asarray(element["indices"][own], np.int64)
        order = np.argsort(rows, kind="stable")
        ascending = rows[order]
        count = np.bincount(ascending, minlength=shape[0])
        before = np.cumsum(count) - count
        places = next_place[ascending] + np.arange(len(rows)) - before[ascending]
        data[places] = element["data"][own][order]
        column = np.searchsorted(gene_starts, np.arange(own.start, own.stop), "right") - 1
        genes[places] = column[order]
        next_place += count
    return {"data": data, "indices": genes, "indptr": starts, "shape": shape}


def _reserved(path: Path, kind: np.dtype[Any], count: int) -> NDArray[Any]:
    """A map of a file whose room is taken first: otherwise a full disk would end the process."""
    import os

    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(count * kind.itemsize, 1))
    return np.memmap(path, kind, "r+", shape=(count,)) if count else np.empty(0, kind)
