"""Scores of gsMap3D: a raw matrix, the small file beside it, and an h5ad file with the names.

Source: gsmap3d 0.1.3, which writes ``marker_scores.dat``, ``marker_scores.meta.json`` and
``concatenated_latent_adata.h5ad`` into its folder ``latent_to_gene``.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.files.headers import digest_of
from tiltyard.pipelines.spatial.files.rows import RowFile
from tiltyard.pipelines.spatial.reading.checking import check_names, checked
from tiltyard.pipelines.spatial.reading.h5ad import annotation_of

DATA, META = ".dat", ".meta.json"
#: Stem of its scores, and its file of names.
SCORES, NAMES = "marker_scores", "concatenated_latent_adata.h5ad"
_TYPES = ("float16", "float32", "float64")


def data_of(path: Path) -> Path | None:
    """The matrix that a folder, a matrix or its small file names; None if it names none."""
    if path.is_dir():
        found = path / f"{SCORES}{DATA}"
    elif path.name.endswith(META):
        found = path.with_name(path.name.removesuffix(META) + DATA)
    else:
        found = path
    return found if found.suffix == DATA and found.is_file() else None


class Gsmap3d:
    """Scores of gsMap3D.

    Parameters
    ----------
    data : path
        The matrix.
    annotation : str
        Column of the h5ad file's obs; "" for none.

    Raises
    ------
    InputError
        If it is not whole, or its files do not fit.
    """

    def __init__(self, data: Path, annotation: str = "") -> None:
        from tiltyard.pipelines.spatial.h5ad.elements import names_of, open_h5ad

        self.path = data
        self._names, self._column = data.with_name(NAMES), annotation
        self.said = data.with_name(data.name.removesuffix(DATA) + META)
        shape, kind = _described(self.said)
        with open_h5ad(self._names) as file:
            self.spots, self.genes = names_of(file, "obs"), names_of(file, "var")
        if shape != (len(self.spots), len(self.genes)):
            raise InputError(
                f"{data}: {shape[0]:,} × {shape[1]:,} scores, and {NAMES} beside it has "
                f"{len(self.spots):,} spots and {len(self.genes):,} genes; write them anew"
            )
        size, needed = data.stat().st_size, shape[0] * shape[1] * kind.itemsize
        if size != needed:
            raise InputError(f"{data} has {size:,} bytes, needs {needed:,}; write it anew")
        check_names(self._names, self.genes, "genes")
        self._rows = RowFile(data, kind, *shape)

    @property
    def count(self) -> int:
        """Spots."""
        return len(self.spots)

    @cached_property
    def annotation(self) -> list[str]:
        """Annotation of each spot."""
        return annotation_of(self._names, self._column)

    @cached_property
    def sha256(self) -> str:
        """Digest of the matrix."""
        from tiltyard.engine.files.receipts import sha256_of

        return sha256_of(self.path)

    @property
    def spots_sha256(self) -> str:
        """Digest of the names of the spots."""
        return digest_of(self.spots)

    def read(self, first: int, last: int) -> NDArray[Any]:
        """Scores of rows `first` to `last`."""
        out = np.empty((last - first, self._rows.width), self._rows.kind)
        self._rows.read(np.arange(first, last), out)
        return checked(self.path, out, first, self.spots, self.genes)

    def close(self) -> None:
        """Close the file."""
        self._rows.close()


def _described(path: Path) -> tuple[tuple[int, int], np.dtype[Any]]:
    """Shape and type that the small file says, if it says that the matrix is complete."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        rows, columns = (int(one) for one in found["shape"])
        name, complete = found["dtype"], found["complete"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} cannot be read: {error}; gsMap3D writes it anew") from None
    if complete is not True:
        raise InputError(f"{path}: the scores are not complete; let gsMap3D finish them")
    if name not in _TYPES:
        raise InputError(f"{path}: has type {name!r}; scores are {', '.join(_TYPES)}")
    return (rows, columns), np.dtype(name).newbyteorder("<")
