"""Results as matrices, a row per cell and method and a column per replicate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]

METHOD_KEY = ["method", "language"]


def summary_key(cell: Sequence[str]) -> list[str]:
    """Columns that identify a row of a summary, and by which it is sorted."""
    return [*cell, *METHOD_KEY, "family"]


class Panel:
    """Rows of whole cells, arranged by cell and method.

    Parameters
    ----------
    results : DataFrame
        One row per configuration, method and the other columns of a cell.
    cell : sequence of str
        Columns that make a cell; configurations of a cell are its replicates.

    Attributes
    ----------
    keys : DataFrame
        `cell`, method and ``family`` of each row of the matrices, sorted, and ``replicates``,
        the number of its results.
    cell : (rows,) array
        Number of the cell of each row, increasing from 0.
    """

    def __init__(self, results: pd.DataFrame, cell: Sequence[str]) -> None:
        groups = results.groupby(summary_key(cell), sort=True, dropna=False)
        self.keys = groups.size().reset_index(name="replicates")
        self.cell = self.keys.groupby(list(cell), sort=True, dropna=False).ngroup().to_numpy()
        self._results = results
        self._row = groups.ngroup().to_numpy()
        # Replicates of a cell are numbered in the order of their configurations.
        configuration, names = pd.factorize(results["configuration"], sort=True)
        pairs, place = np.unique(
            self.cell[self._row] * len(names) + configuration, return_inverse=True
        )
        cells = pairs // max(len(names), 1)
        _, start, size = np.unique(cells, return_index=True, return_counts=True)
        self._replicate = (np.arange(len(pairs)) - np.repeat(start, size))[place]
        self._size = size

    @property
    def replicates(self) -> Integers:
        """Number of replicates of the cell of each row."""
        return np.asarray(self._size[self.cell], dtype=np.intp)

    def matrix(self, values: pd.Series[float]) -> Array:
        """`values`, one for each row of the results, as (rows, replicates); NaN where missing."""
        matrix = np.full((len(self.keys), self._size.max(initial=0)), np.nan)
        matrix[self._row, self._replicate] = values.to_numpy(dtype=float, na_value=np.nan)
        return matrix

    def first(self, column: str) -> pd.Series[str]:
        """The value of `column` in each row; for columns that are constant for a method."""
        _, index = np.unique(self._row, return_index=True)
        return self._results[column].iloc[index].reset_index(drop=True)

    def count(self, matches: pd.Series[bool]) -> Integers:
        """Number of matching results in each row."""
        return np.bincount(self._row, matches.to_numpy(dtype=float), len(self.keys)).astype(np.intp)


def by_count(matrix: Array) -> Iterator[tuple[Integers, Array]]:
    """Rows of `matrix` that have equally many numbers: their indices, and those numbers sorted.

    Sums then do not depend, by rounding, on how many numbers other rows have.
    """
    ordered = np.sort(matrix, axis=1)  # NaN goes last
    counts = np.count_nonzero(~np.isnan(ordered), axis=1)
    for count in np.unique(counts[counts > 0]):
        rows = np.flatnonzero(counts == count)
        yield rows, np.ascontiguousarray(ordered[rows, :count])


def medians(matrix: Array) -> Array:
    """Median of the numbers in each row; NaN for a row without any."""
    result = np.full(len(matrix), np.nan)
    for rows, ordered in by_count(matrix):
        result[rows] = median_of_sorted(ordered)
    return result


def median_of_sorted(ordered: Array) -> Array:
    """Median of each row of a matrix with sorted rows."""
    count = ordered.shape[1]
    low, high = ordered[:, (count - 1) // 2], ordered[:, count // 2]
    # Equal infinities have a median too.
    return np.asarray(np.where(low == high, low, 0.5 * low + 0.5 * high))
