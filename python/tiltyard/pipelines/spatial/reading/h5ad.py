"""Scores in an h5ad file, spots × genes."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.files.headers import digest_of
from tiltyard.pipelines.spatial.reading.checking import check_names, checked

#: The column of our own copies.
ANNOTATION = "annotation"


class H5adScores:
    """Scores in X, dense or sparse by rows.

    Parameters
    ----------
    path : path
    annotation : str
        Column of obs; "" for ``annotation``, if there is one.

    Raises
    ------
    InputError
        If there are none.
    """

    def __init__(self, path: Path, annotation: str = "") -> None:
        from tiltyard.pipelines.spatial.h5ad.counts import Counts, is_columnar
        from tiltyard.pipelines.spatial.h5ad.elements import names_of, open_h5ad

        self.path = self.said = path
        self._column = annotation
        self._file = open_h5ad(path)
        try:
            self.spots, self.genes = names_of(self._file, "obs"), names_of(self._file, "var")
            if "X" not in self._file:
                raise InputError(f"{path} has no X; scores are there, spots × genes")
            if is_columnar(self._file["X"]):
                raise InputError(
                    f"{path}: X is stored by genes (CSC), and rows of spots are read; store it "
                    "dense or as CSR"
                )
            self._scores = Counts(self._file["X"], "X")
            check_names(path, self.genes, "genes")
        except BaseException:
            self._file.close()
            raise

    @property
    def count(self) -> int:
        """Spots."""
        return len(self.spots)

    @cached_property
    def annotation(self) -> list[str]:
        """Annotation of each spot."""
        return annotation_of(self.path, self._column or ANNOTATION)

    @cached_property
    def sha256(self) -> str:
        """Digest of the file."""
        from tiltyard.engine.files.receipts import sha256_of

        return sha256_of(self.path)

    @property
    def spots_sha256(self) -> str:
        """Digest of the names of the spots."""
        return digest_of(self.spots)

    def read(self, first: int, last: int) -> NDArray[Any]:
        """Scores of rows `first` to `last`."""
        values = self._scores.block(first, last).toarray().astype(np.float32)
        return checked(self.path, values, first, self.spots, self.genes)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def annotation_of(path: Path, column: str) -> list[str]:
    """Annotation of each spot in a column of obs; a missing one is ``""``.

    Raises
    ------
    InputError
        If no column is named, or there is none of that name.
    """
    from tiltyard.pipelines.spatial.h5ad.elements import column_of, keys_of, open_h5ad

    with open_h5ad(path) as file:
        if not column:
            raise InputError(
                f"{path}: which column is the annotation? Name it with --annotation: "
                + ", ".join(keys_of(file, "obs"))
            )
        return [value or "" for value in column_of(file, column, "--annotation")]
