"""How estimates differ from replicate to replicate, while they stream past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tiltyard.study.outcome import Status
from tiltyard.study.replicates import METHOD, Array, Integers

#: A step smaller than this share of the estimate's range is no step: what iterations leave.
SAME = 1e-9
#: Range, relative to the largest magnitude, below which an estimate is constant: rounding.
CONSTANT = 1e-12


class EstimateSpread:
    """Variance over replicates of each method's estimates, of one group of replicates.

    Two matrices are kept, however many replicates come.

    Parameters
    ----------
    cell_rest : sequence of str
        Columns of the cell in which the rows of one configuration differ.
    estimate : str
        List column of the estimates, all of the same length.
    ends : int
        Numbers at either end that do not count.
    """

    def __init__(self, cell_rest: Sequence[str], estimate: str, ends: int) -> None:
        self._key = [*METHOD, *cell_rest]
        self._estimate, self._ends = estimate, ends
        self._known: pa.Table | None = None
        self._slot: dict[tuple[Any, ...], int] = {}
        self._slots: Integers = np.empty(0, dtype=np.intp)
        self._first = self._total = np.empty((0, 0))
        self._squares = self._flat = np.empty(0)
        self._count = np.empty(0, dtype=np.intp)

    def add(self, table: pa.Table) -> None:
        """Take the rows of one replicate.

        Raises
        ------
        ValueError
            If estimates have another length than those before.
        """
        slots, values = self._slots_of(table), self._values(table)
        if values is None:
            return
        solved = np.asarray(pc.equal(table["status"], str(Status.OK)))
        given = np.asarray(pc.is_valid(table[self._estimate]))
        values, slots = values[solved[given]], slots[given & solved]
        self._grow(values.shape[1])
        fresh = self._count[slots] == 0
        if fresh.any():
            own = slots[fresh]
            self._first[own] = values[fresh]
            self._flat[own] = flat_share(values[fresh])
        if not fresh.all():
            again = slots[~fresh]
            with np.errstate(over="ignore", invalid="ignore"):
                difference = values[~fresh] - self._first[again]
                self._total[again] += difference
                self._squares[again] += np.einsum("ij,ij->i", difference, difference)
        self._count[slots] += 1

    def result(self) -> pd.DataFrame:
        """Method and rest of the cell, ``variance`` and ``flat``.

        ``variance`` (n - 1) is the mean over the numbers of an estimate; NaN with fewer than two
        replicates. ``flat`` is `flat_share` of the first replicate.
        """
        n = self._count
        width = max(self._first.shape[1], 1)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            inside = self._squares - np.einsum("ij,ij->i", self._total, self._total) / n
            # Rounding may leave less than nothing.
            variance = np.maximum(inside, 0.0) / ((n - 1) * width)
        keys = pd.DataFrame(list(self._slot), columns=self._key).iloc[: len(n)]
        return keys.assign(variance=np.where(n > 1, variance, np.nan), flat=self._flat)[n > 0]

    def _slots_of(self, table: pa.Table) -> Integers:
        keys = table.select(self._key)
        if self._known is None or not keys.equals(self._known):
            self._known = keys
            names = zip(*(column.to_pylist() for column in keys.columns), strict=True)
            found = [self._slot.setdefault(name, len(self._slot)) for name in names]
            self._slots = np.array(found, dtype=np.intp)
        return self._slots

    def _values(self, table: pa.Table) -> Array | None:
        """Estimates that are there, without their ends; None without any."""
        column = table[self._estimate].combine_chunks()
        lengths = pc.unique(pc.list_value_length(column).drop_null()).to_pylist()
        width = self._first.shape[1] + 2 * self._ends if self._first.size else None
        if not lengths:
            return None
        if len(lengths) > 1 or lengths[0] != (width or lengths[0]):
            raise ValueError(f"column {self._estimate}: replicates have lists of other lengths")
        values = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, lengths[0])
        return np.asarray(values[:, self._ends : lengths[0] - self._ends])

    def _grow(self, width: int) -> None:
        more = len(self._slot) - len(self._count)
        if more <= 0:
            return
        if not self._count.size:
            self._first = self._total = np.empty((0, width))
        empty = np.zeros((more, width))
        self._first = np.concatenate([self._first, empty])
        self._total = np.concatenate([self._total, empty])
        self._squares = np.concatenate([self._squares, np.zeros(more)])
        self._flat = np.concatenate([self._flat, np.full(more, np.nan)])
        self._count = np.concatenate([self._count, np.zeros(more, dtype=np.intp)])


def flat_share(values: Array) -> Array:
    """Share of the steps from one number to the next in which each row stays as it is.

    Parameters
    ----------
    values : (rows, n) array

    Returns
    -------
    (rows,) array
        1 for a constant, 0 if it always changes; NaN for n = 1.
    """
    if values.shape[1] < 2:
        return np.full(len(values), np.nan)
    span = np.ptp(values, axis=1, keepdims=True)
    largest = np.maximum(np.abs(values.max(axis=1)), np.abs(values.min(axis=1)))
    steps = np.abs(np.diff(values, axis=1))
    share = np.mean(steps <= SAME * span, axis=1)
    return np.where(span[:, 0] <= CONSTANT * largest, 1.0, share)
