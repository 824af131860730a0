"""Variance of methods' series over replicates, computed while the replicates are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tiltyard.engine.outcome import Status
from tiltyard.engine.statistics.replicates import METHOD_KEY, Array, Integers

OK = str(Status.OK)
#: Steps below this share of the neighbouring numbers count as none: iterations leave such ones.
SAME = 1e-9
#: Range, relative to the largest magnitude, up to which a series counts as constant.
CONSTANT = 1e-12
#: Numbers that are worked on together: few enough for the processor's cache, and for memory that
#: the allocator keeps from step to step.
BLOCK = 131_072


class Spread(NamedTuple):
    """Variance and flatness of the series of one group of replicates.

    Attributes
    ----------
    slots : (rows,) array of int
        Rows of `SeriesSpread.keys`.
    variance : (rows,) array
        Variance over replicates (n - 1), averaged over the numbers of a series; NaN with fewer
        than two replicates.
    flat : (rows,) array
        `flat_share` of the first replicate.
    """

    slots: Integers
    variance: Array
    flat: Array


class SeriesSpread:
    """Variance over replicates of each method's series, one group of replicates at a time.

    Two matrices are kept in memory, whatever the number of replicates.

    Parameters
    ----------
    rest : sequence of str
        Columns of the cell in which the rows of one configuration differ.
    series : str
        List column; the lists of a group have the same length.
    ends : int
        Numbers at either end of a list that do not count.
    """

    def __init__(self, rest: Sequence[str], series: str, ends: int) -> None:
        self._key = [*METHOD_KEY, *rest]
        self._series, self._ends = series, ends
        self._known: pa.Table | None = None
        self._slot: dict[tuple[Any, ...], int] = {}
        self._slots: Integers = np.empty(0, dtype=np.intp)
        self._width = 0
        self._clear(0, 0)

    @property
    def keys(self) -> pd.DataFrame:
        """Method and rest of the cell of every slot."""
        return pd.DataFrame(list(self._slot), columns=self._key)

    def add(self, table: pa.Table) -> None:
        """Take the rows of one replicate.

        Raises
        ------
        ValueError
            If lists have another length than those of the group so far.
        """
        slots = self._slots_of(table)
        given = np.asarray(pc.and_(pc.equal(table["status"], OK), table[self._series].is_valid()))
        values = self._values(table, given)
        if not len(values):
            return
        width = values.shape[1]
        self._make_room(width)
        slots = slots[given]
        step = max(1, BLOCK // max(1, width))
        for start in range(0, len(values), step):
            rows = slice(start, start + step)
            self._add(slots[rows], values[rows])

    def _add(self, slots: Integers, values: Array) -> None:
        fresh = self._count[slots] == 0
        if fresh.any():
            own, first = (slots, values) if fresh.all() else (slots[fresh], values[fresh])
            self._first[own], self._total[own], self._squares[own] = first, 0.0, 0.0
            self._flat[own] = flat_share(first)
        if not fresh.all():  # the difference of a first replicate from itself is 0
            difference = self._first[slots]
            with np.errstate(over="ignore", invalid="ignore"):
                np.subtract(values, difference, out=difference)
                self._total[slots] += difference
                self._squares[slots] += np.einsum("ij,ij->i", difference, difference)
        self._count[slots] += 1

    def take(self) -> Spread:
        """The spread of the replicates since the last call; the next group begins."""
        slots = np.flatnonzero(self._count)
        n, total = self._count[slots], self._total
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            inside = self._squares[slots] - np.einsum("ij,ij->i", total, total)[slots] / n
            # Rounding may make it negative.
            variance = np.maximum(inside, 0.0) / ((n - 1) * total.shape[1])
        self._count[:] = 0
        return Spread(slots, np.where(n > 1, variance, np.nan), self._flat[slots])

    def _slots_of(self, table: pa.Table) -> Integers:
        keys = table.select(self._key)
        if self._known is None or not keys.equals(self._known):
            self._known = keys
            names = zip(*(column.to_pylist() for column in keys.columns), strict=True)
            found = [self._slot.setdefault(name, len(self._slot)) for name in names]
            self._slots = np.array(found, dtype=np.intp)
        return self._slots

    def _values(self, table: pa.Table, given: NDArray[np.bool_]) -> Array:
        """Series of the rows that are `given`, without their ends."""
        column = table[self._series].combine_chunks()
        offsets = column.offsets.to_numpy()
        lengths = np.diff(offsets)
        width = int(lengths[given].max(initial=0))
        if np.any(lengths[given] != width) or (self._count.any() and width != self._width):
            raise ValueError(f"column {self._series}: lists of replicates differ in length")
        if not width:
            return np.empty((0, 0))
        self._width = width
        values = column.values.to_numpy()
        if np.all(given | (lengths == 0)):  # the usual case takes no copy
            values = values[offsets[0] : offsets[-1]].reshape(-1, width)
        else:
            values = values[np.add.outer(offsets[:-1][given], np.arange(width))]
        return np.asarray(values[:, self._ends : width - self._ends])

    def _clear(self, rows: int, width: int) -> None:
        self._first, self._total = np.zeros((2, rows, width))
        self._squares, self._flat = np.zeros((2, rows))
        self._count = np.zeros(rows, dtype=np.intp)

    def _make_room(self, width: int) -> None:
        """Rows of `width` numbers for every slot that is known by now."""
        rows, known = len(self._count), len(self._slot)
        if known == rows and width == self._first.shape[1]:
            return
        before = self._first, self._total, self._squares, self._flat, self._count
        self._clear(known, width)
        if before[-1].any():
            after = self._first, self._total, self._squares, self._flat, self._count
            for old, new in zip(before, after, strict=True):
                new[:rows] = old


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
    size = np.abs(values)
    # Compared with a spike, all other steps of a series would count as none.
    nearby = np.maximum(size[:, 1:], size[:, :-1])
    np.minimum(span, nearby, out=nearby)
    nearby *= SAME
    step = np.diff(values, axis=1)
    share = np.mean(np.abs(step, out=step) <= nearby, axis=1)
    return np.where(span[:, 0] <= CONSTANT * size.max(axis=1), 1.0, share)
