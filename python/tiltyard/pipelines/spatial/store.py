"""A folder of ranks and scores: its names, and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.files import headers

if TYPE_CHECKING:
    from tiltyard.pipelines.spatial.tissue import Tissue

RANKS, SCORES = "ranks", "scores"
GENES, SPOTS = "genes.txt", "spots.parquet"
_ENDS = {"<f2": "f16", "<u2": "u16", "<u4": "u32"}


@dataclass(frozen=True)
class Names:
    """Names of rows and columns.

    Parameters
    ----------
    spots, genes : list of str
    """

    spots: list[str]
    genes: list[str]


def data_path(folder: Path, part: str, kind: np.dtype[Any]) -> Path:
    """Where a matrix is, such as ``scores.f16``."""
    return folder / f"{part}.{_ENDS[kind.str]}"


def write_names(folder: Path, names: Names, tissue: Tissue) -> None:
    """Write names of genes, and what became of each spot of the file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from tiltyard.engine.files.atomic import atomic_path, write_text

    write_text(folder / GENES, "".join(f"{gene}\n" for gene in names.genes))
    rows = np.full(len(tissue.spots), -1, np.int64)
    rows[tissue.kept] = np.arange(len(tissue.kept))
    columns: dict[str, Any] = {
        "spot": tissue.spots,
        "row": rows,
        "reason": tissue.reasons,
        "annotation": pa.array(tissue.annotation, pa.string()),
    }
    columns |= {f"axis{place}": axis for place, axis in enumerate(tissue.places.T)}
    if tissue.slices is not None:
        columns["slice"] = pa.array(tissue.slices, pa.string())
    with atomic_path(folder / SPOTS) as temporary:
        pq.write_table(pa.table(columns), temporary)


class Store:
    """Scores that are whole.

    Parameters
    ----------
    folder : path
        What ``--output`` named.

    Raises
    ------
    InputError
        If they are not whole, or names and matrix do not fit.
    """

    def __init__(self, folder: Path) -> None:
        import pyarrow.parquet as pq

        self.folder = folder
        if not (folder / f"{SCORES}.json").is_file():
            raise InputError(
                f"{folder} has no {SCORES}.json; name a folder that `tiltyard spatial specificity "
                "--output` wrote"
            )
        self.header = headers.read_header(folder / f"{SCORES}.json")
        kind = np.dtype(self.header["dtype"])
        self._rows = headers.open_rows(folder / f"{SCORES}.json", data_path(folder, SCORES, kind))
        try:
            self.genes = (folder / GENES).read_text(encoding="utf-8").split("\n")[:-1]
            table = pq.read_table(folder / SPOTS)
        except OSError as error:
            raise InputError(f"{folder}: {error}; write the scores anew") from None
        rows = table["row"].to_numpy()
        order = np.argsort(rows, kind="stable")[int((rows < 0).sum()) :]
        self.spots: list[str] = table["spot"].take(order).to_pylist()
        self.annotation: list[str] = table["annotation"].take(order).to_pylist()
        self.places = np.column_stack(
            [
                table[name].to_numpy()[order]
                for name in table.column_names
                if name.startswith("axis")
            ]
        )
        for names, what in ((self.genes, "genes"), (self.spots, "spots")):
            if headers.digest_of(names) != self.header[f"{what}_sha256"]:
                raise InputError(
                    f"{folder}: names of {what} are not those of the scores; write them anew"
                )

    @property
    def count(self) -> int:
        """Spots."""
        return self._rows.count

    @property
    def said(self) -> Path:
        """The file that says which scores these are."""
        return self.folder / f"{SCORES}.json"

    @property
    def sha256(self) -> str:
        """Digest of the scores."""
        return str(self.header["sha256"])

    @property
    def spots_sha256(self) -> str:
        """Digest of the names of the spots."""
        return str(self.header["spots_sha256"])

    def read(self, first: int, last: int) -> NDArray[np.float16]:
        """Scores of rows `first` to `last`."""
        out = np.empty((last - first, self._rows.width), np.float16)
        self._rows.read(np.arange(first, last), out)
        return out

    def close(self) -> None:
        """Close the file."""
        self._rows.close()
