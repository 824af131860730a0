"""Scores in Parquet and feather tables, of which either a row or a column is a spot."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.files.headers import digest_of
from tiltyard.pipelines.spatial.formats import GENE_COLUMN
from tiltyard.pipelines.spatial.reading.checking import check_names, checked


class Table:
    """What both shapes have in common.

    Parameters
    ----------
    path : path
    spots, genes : sequence of str
    """

    def __init__(self, path: Path, spots: Sequence[str], genes: Sequence[str]) -> None:
        self.path = self.said = path
        self.spots, self.genes = list(spots), list(genes)
        check_names(path, self.genes, "genes")
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """Spots."""
        return len(self.spots)

    @property
    def annotation(self) -> list[str]:
        """There is none."""
        raise InputError(f"{self.path} has no annotation; give an h5ad file, or a folder")

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
        with self._lock:
            values = self._read(first, last)
        return checked(self.path, values, first, self.spots, self.genes)

    def _read(self, first: int, last: int) -> NDArray[np.float32]:
        raise NotImplementedError

    def close(self) -> None:
        """Close the file."""


class SpotRows(Table):
    """A row for each spot, its name in the first column; read a group of rows at a time."""

    def __init__(self, path: Path, groups: Groups) -> None:
        self._groups = groups
        name, *genes = groups.names
        self._name = name
        super().__init__(path, groups.column(name), genes)
        self._bounds = np.concatenate([[0], np.cumsum(groups.sizes)])
        self._kept: tuple[int, NDArray[np.float32]] = (-1, np.empty((0, 0), np.float32))

    def _read(self, first: int, last: int) -> NDArray[np.float32]:
        out = np.empty((last - first, len(self.genes)), np.float32)
        at = first
        while at < last:
            group = int(np.searchsorted(self._bounds, at, "right")) - 1
            begin, end = int(self._bounds[group]), min(int(self._bounds[group + 1]), last)
            out[at - first : end - first] = self._group(group)[at - begin : end - begin]
            at = end
        return out

    def _group(self, number: int) -> NDArray[np.float32]:
        if self._kept[0] != number:
            table = self._groups.group(number).select(self.genes)
            columns = [_numbers(self.path, name, table[name]) for name in self.genes]
            self._kept = number, np.stack(columns, axis=1)
        return self._kept[1]


class SpotColumns(Table):
    """A row for each gene, as gsMap writes it: the column `GENE_COLUMN`, then one for each spot."""

    def __init__(self, path: Path, groups: Groups) -> None:
        self._groups = groups
        spots = [name for name in groups.names if name != GENE_COLUMN]
        super().__init__(path, spots, groups.column(GENE_COLUMN))

    def _read(self, first: int, last: int) -> NDArray[np.float32]:
        names = self.spots[first:last]
        table = self._groups.columns(names)
        return np.stack([_numbers(self.path, name, table[name]) for name in names])


class Groups:
    """Columns and groups of rows of a file, whatever its form.

    Parameters
    ----------
    path : path
    """

    def __init__(self, path: Path) -> None:
        self._path, self._feather = path, path.suffix == ".feather"
        try:
            if self._feather:
                with pa.memory_map(str(path)) as file:
                    reader = pa.ipc.open_file(file)
                    self.names: list[str] = reader.schema.names
                    self.sizes = [
                        reader.get_batch(one).num_rows for one in range(reader.num_record_batches)
                    ]
            else:
                found = pq.ParquetFile(path)
                self.names = found.schema_arrow.names
                count = found.metadata.num_row_groups
                self.sizes = [found.metadata.row_group(one).num_rows for one in range(count)]
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{path} cannot be read as a table: {error}; write it anew") from None

    def columns(self, names: Sequence[str]) -> Any:
        """Some columns of all rows."""
        if not self._feather:
            return pq.read_table(self._path, columns=list(names))
        places = [self.names.index(name) for name in names]
        options = pa.ipc.IpcReadOptions(included_fields=places)
        with pa.memory_map(str(self._path)) as file:
            return pa.ipc.open_file(file, options=options).read_all()

    def column(self, name: str) -> list[str]:
        """A column of words."""
        found = self.columns([name])[name]
        if not (pa.types.is_string(found.type) or pa.types.is_large_string(found.type)):
            raise InputError(
                f"{self._path}: the first column, {name}, has type {found.type}; it has the "
                f"names of the spots, or, called {GENE_COLUMN}, of the genes"
            )
        return [str(value) for value in found.to_pylist()]

    def group(self, number: int) -> Any:
        """A group of rows."""
        if not self._feather:
            return pq.ParquetFile(self._path).read_row_group(number)
        with pa.memory_map(str(self._path)) as file:
            return pa.Table.from_batches([pa.ipc.open_file(file).get_batch(number)])


def table_scores(path: Path, annotation: str) -> Table:
    """Scores of a Parquet or feather file.

    Raises
    ------
    InputError
        If it is none, or an annotation is asked for, which such a file has not.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    if annotation:
        raise InputError(f"--annotation {annotation}: {path} has scores alone; give an h5ad file")
    groups = Groups(path)
    if not groups.names:
        raise InputError(f"{path} has no column; write it anew")
    return (SpotColumns if GENE_COLUMN in groups.names else SpotRows)(path, groups)


def _numbers(path: Path, name: str, column: Any) -> NDArray[np.float32]:
    """A column of numbers; a missing one is NaN."""
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        raise InputError(f"{path}: the column {name} has type {column.type}; scores are numbers")
    return np.asarray(column.to_numpy(), np.float32)
