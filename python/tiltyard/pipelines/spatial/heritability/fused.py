"""Compiled kernels: LD scores of a run of SNPs are made, used and forgotten in the cache."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.heritability.prepared import SPOTS, Estimates, Prepared, Regressor
from tiltyard.pipelines.spatial.heritability.sums import Shared


class NumbaFused:
    """What is chosen where nothing else is asked for."""

    name = "numba-fused"

    def regressor(self, prepared: Prepared, precision: int) -> Regressor:
        """See `Way`."""
        shared = Shared(prepared, np.float32 if precision == 32 else np.float64)
        if shared.columns.shape[1] == 3 and precision == 32:
            return OfTwo(shared)
        return OfMany(shared)


class _Chunks(threading.local):
    """Work arrays of a thread: new pages for each chunk would cost more than the sums."""

    arrays: Any = None


class OfTwo:
    """Two baseline columns and the intercept: all sums of a spot at once, in registers."""

    def __init__(self, shared: Shared) -> None:
        self.shared, self._own = shared, _Chunks()
        self._pair = [np.ascontiguousarray(shared.columns[:, k]) for k in (0, 1)]

    def __call__(self, scores: NDArray[np.float32]) -> Estimates:
        """See `Regressor`."""
        from tiltyard.pipelines.spatial.kernels.moments import SUMS, moments_of_two

        shared = self.shared
        if self._own.arrays is None:
            self._own.arrays = np.empty((shared.trait.blocks, SPOTS, SUMS))
        table = shared.table(scores)
        constant, product, slope = shared.constants(table)
        moments_of_two(
            *(shared.starts, shared.genes, shared.weights, table),
            *(slope, shared.base, shared.over, shared.chi2, shared.scale, shared.own),
            *(*self._pair, shared.edges, self._own.arrays),
        )
        sums = np.ascontiguousarray(self._own.arrays.transpose(2, 0, 1))
        parts = (sums[0], _stacked(sums[1:4]), sums[4], _stacked(sums[5:11]), _stacked(sums[11:]))
        return _concluded(shared, table, parts, (constant, product))


class OfMany:
    """Any number of columns: products of a run's columns with the weights of all spots."""

    def __init__(self, shared: Shared) -> None:
        self.shared, self._own = shared, _Chunks()

    def __call__(self, scores: NDArray[np.float32]) -> Estimates:
        """See `Regressor`."""
        shared = self.shared
        if self._own.arrays is None:
            self._own.arrays = _Arrays(shared)
        own: _Arrays = self._own.arrays
        table = shared.table(scores)
        constant, product, slope = shared.constants(table)
        own_table: Any = table.astype(shared.kind, copy=False)
        for block, (first, last) in enumerate(pairwise(shared.edges.tolist())):
            own.begin(block)
            for a in range(first, last, own.run):
                own.add(block, a, min(a + own.run, last), own_table, slope)
        return _concluded(shared, table, own.sums, (constant, product))


class _Arrays:
    """Sums of a chunk, and what a run of SNPs needs."""

    def __init__(self, shared: Shared) -> None:
        from tiltyard.pipelines.spatial.kernels.moments import RUN

        self.shared = shared
        blocks, width = shared.trait.blocks, shared.columns.shape[1]
        pairs = width * (width + 1) // 2
        self.pairs = pairs
        self.ll, self.ly = np.empty((blocks, SPOTS)), np.empty((blocks, SPOTS))
        self.lb, self.by = (np.empty((blocks, width, SPOTS)) for _ in range(2))
        self.bb = np.empty((blocks, pairs, SPOTS))
        self.run = min(RUN, max(int(np.diff(shared.edges).max()), 1))
        shape = (self.run, SPOTS)
        self.ld: Any = np.empty(shape, shared.kind)
        self.omega: Any = np.empty(shape, shared.kind)
        self.along: Any = np.empty(shape, shared.kind)
        self.square: Any = np.empty(SPOTS, shared.kind)
        self.products: Any = np.empty((self.run, pairs + width), shared.kind)

    @property
    def sums(self) -> tuple[Any, ...]:
        """As `delete_one` takes them, with those of l and y third."""
        return self.ll, self.lb, self.ly, self.bb, self.by

    def begin(self, block: int) -> None:
        """Set a block's sums to 0."""
        for one in self.sums:
            one[block] = 0

    def add(self, block: int, a: int, z: int, table: Any, slope: Any) -> None:
        """Add SNPs `a` to `z`."""
        from tiltyard.pipelines.spatial.kernels.moments import ld_scores, pair_products, weigh

        shared, count = self.shared, z - a
        ld, omega, along = self.ld[:count], self.omega[:count], self.along[:count]
        columns, chi2 = shared.columns[a:z], shared.chi2[a:z]
        ld_scores(shared.starts, shared.genes, shared.weights, table, a, ld)
        weigh(
            *(ld, shared.base[a:z], slope, shared.over[a:z], shared.scale[a:z]),
            *(shared.own[a:z], omega, along, self.square),
        )
        pair_products(columns, chi2, self.products)
        summed = self.products[:count].T @ omega
        self.bb[block] += summed[: self.pairs]
        self.by[block] += summed[self.pairs :]
        self.ll[block] += self.square
        self.lb[block] += columns.T @ along
        self.ly[block] += chi2 @ along


def _stacked(sums: Any) -> Any:
    """Sums by block first."""
    return np.ascontiguousarray(sums.transpose(1, 0, 2))


def _concluded(shared: Shared, table: Any, sums: tuple[Any, ...], constants: Any) -> Estimates:
    from tiltyard.pipelines.spatial.kernels.solving import delete_one

    whole, without = np.empty(SPOTS), np.empty((shared.trait.blocks, SPOTS))
    ll, lb, ly, bb, by = sums
    delete_one(ll, lb, ly, bb, by, whole, without)
    return shared.estimates(table, whole, without, constants)
