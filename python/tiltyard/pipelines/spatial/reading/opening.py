"""Which kind of scores a path names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError

#: Ends of names of tables of scores.
TABLES = (".h5ad", ".parquet", ".feather")


class Scores(Protocol):
    """Scores of spots × genes that are whole."""

    @property
    def count(self) -> int:
        """Spots."""

    @property
    def genes(self) -> Sequence[str]:
        """Names of the columns."""

    @property
    def spots(self) -> Sequence[str]:
        """Names of the rows."""

    @property
    def annotation(self) -> Sequence[str]:
        """Annotation of each spot; raises `InputError` where the file has none."""

    @property
    def said(self) -> Path:
        """The file that says which scores these are."""

    @property
    def sha256(self) -> str:
        """Digest of the scores."""

    @property
    def spots_sha256(self) -> str:
        """Digest of the names of the spots."""

    def read(self, first: int, last: int) -> NDArray[Any]:
        """Scores of rows `first` to `last`, in 16 or 32 bits."""

    def close(self) -> None:
        """Close the file."""


def open_scores(path: Path, annotation: str = "") -> Scores:
    """Scores that this package wrote, or a public tool.

    Parameters
    ----------
    path : path
        A folder of ours; gsMap3D's ``latent_to_gene``, or its ``marker_scores.dat``; an h5ad file
        of spots × genes; a Parquet or feather table of either shape.
    annotation : str
        Column with the annotation, of scores that are not ours.

    Raises
    ------
    InputError
        If it is none of these, or not whole; the message says what would do.
    """
    found = _opened(path, annotation)
    if annotation:  # a name that is not there is refused before any work
        try:
            found.annotation  # noqa: B018
        except InputError:
            found.close()
            raise
    return found


def _opened(path: Path, annotation: str) -> Scores:
    from tiltyard.pipelines.spatial.reading.gsmap3d import Gsmap3d, data_of
    from tiltyard.pipelines.spatial.store import SCORES, Store

    if (path / f"{SCORES}.json").is_file():
        if annotation:
            raise InputError(f"--annotation {annotation}: {path} says which annotation it has")
        return Store(path)
    if (data := data_of(path)) is not None:
        return Gsmap3d(data, annotation)
    if path.suffix == ".h5ad":
        from tiltyard.pipelines.spatial.reading.h5ad import H5adScores

        return H5adScores(path, annotation)
    if path.suffix in TABLES:
        from tiltyard.pipelines.spatial.reading.tables import table_scores

        return table_scores(path, annotation)
    raise InputError(
        f"{path} has no scores: name a folder that `tiltyard spatial specificity --output` wrote, "
        f"gsMap3D's folder latent_to_gene, or a table that ends in {', '.join(TABLES)}"
    )
