"""Chunks on JAX's default device, a GPU if it has one. Importing this imports JAX."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.heritability.prepared import SPOTS, Estimates, Prepared, Regressor
from tiltyard.pipelines.spatial.heritability.sums import Shared
from tiltyard.pipelines.spatial.jax import WAY, compiled
from tiltyard.pipelines.spatial.rule.regression import LEAST_SHARE

#: SNPs that are added in the precision of the data, before their sum is added in float64.
RUN = 512
#: Most weights of a SNP that are added at once; of more, sums are added in their turn.
WIDTH = 8
#: Bytes that products of columns of the blocks that are summed at once may take.
AT_ONCE = 2**26

#: Weights and places of sums, (m, width) each.
Step = tuple[NDArray[Any], NDArray[np.int32]]


class JaxBatch:
    """One compiled function from the scores of a chunk to its coefficients."""

    name = WAY

    def regressor(self, prepared: Prepared, precision: int) -> Regressor:
        """See `Way`."""
        return Jitted(Shared(prepared, np.float32 if precision == 32 else np.float64))


class Jitted:
    """What does not depend on the spot is on the device from the beginning."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        places, shape = _places(shared.edges)
        columns = np.column_stack([shared.columns, shared.chi2])
        parts = (shared.scale, shared.base, shared.over, shared.own, columns)
        rows = tuple(_placed(one, places).reshape(*shape, *one.shape[1:]) for one in parts)
        size = shape[1] * shape[2] * len(_pairs(columns.shape[1])[0]) * columns.itemsize
        self._at_once = min(max(AT_ONCE // size, 1), shape[0])
        with jax.enable_x64(True):
            self._fixed = jax.device_put((_steps(shared, places), rows))

    def __call__(self, scores: NDArray[np.float32]) -> Estimates:
        """See `Regressor`."""
        table = self.shared.table(scores)
        constant, product, slope = self.shared.constants(table)
        with jax.enable_x64(True):
            found = np.asarray(_coefficients(*self._fixed, table, slope, at_once=self._at_once))
        return self.shared.estimates(table, found[0], found[1:], (constant, product))


def _places(edges: NDArray[np.int64]) -> tuple[NDArray[np.int64], tuple[int, int, int]]:
    """SNPs as blocks × runs × SNPs of a run, flat, with -1 where a block has no more; that shape.

    Blocks differ in length by one at most.
    """
    longest = int(np.diff(edges).max())
    runs = -(-longest // RUN)
    each = -(-longest // runs)
    places = edges[:-1, None] + np.arange(runs * each)
    found = np.where(places < edges[1:, None], places, -1)
    return found.ravel(), (len(edges) - 1, runs, each)


def _placed(values: NDArray[Any], places: NDArray[np.int64]) -> NDArray[Any]:
    """Values of SNPs by place; 0 where there is no SNP."""
    return np.concatenate([values, np.zeros((1, *values.shape[1:]), values.dtype)])[places]


def _steps(shared: Shared, places: NDArray[np.int64]) -> tuple[Step, ...]:
    """How LD scores are summed: each step adds up to `WIDTH` rows of what the one before found.

    Rows are gathered, not scattered: on a GPU, too, they are then added in one order, and give
    the same bits each time.
    """
    begins, counts = _placed(shared.starts[:-1], places), _placed(np.diff(shared.starts), places)
    weights, rows, found = shared.weights, shared.genes, []
    while True:
        width = min(WIDTH, max(int(counts.max()), 1))
        pieces = np.maximum(-(-counts // width), 1)
        owner = np.repeat(np.arange(len(counts)), pieces)
        firsts = np.cumsum(pieces) - pieces
        at = (np.arange(len(owner)) - firsts[owner])[:, None] * width + np.arange(width)
        index = np.where(at < counts[owner, None], begins[owner, None] + at, -1)
        found.append((_placed(weights, index), _placed(rows, index)))
        if len(owner) == len(counts):
            return tuple(found)
        begins, counts = firsts, pieces
        weights, rows = np.ones(len(owner), shared.kind), np.arange(len(owner), dtype=np.int32)


def _pairs(width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of columns whose products are summed: all but the last, which is χ², with itself."""
    first, second = np.triu_indices(width)
    return first[:-1], second[:-1]


def _solved(
    steps: tuple[Step, ...], rows: tuple[Any, ...], table: Any, slope: Any, *, at_once: int
) -> Any:
    """Coefficients with all blocks, and without each, (1 + blocks, SPOTS) of float64.

    Parameters
    ----------
    steps : tuple of Step
    rows : tuple of arrays
        Scale, base, over, own and columns, as in `_sums`, with blocks before.
    table : (G, SPOTS) array of float32
    slope : (SPOTS,) array
        In whose precision columns are multiplied.
    at_once : int
        Blocks that are summed at once.
    """
    ld = table.astype(slope.dtype)
    for weights, index in steps:
        before = ld
        ld = jnp.zeros((len(index), SPOTS), slope.dtype)
        for k in range(index.shape[1]):
            ld += weights[:, k, None] * before[index[:, k]]
    ld = ld.reshape(*rows[0].shape, SPOTS)
    sums = jax.lax.map(lambda block: _sums(slope, *block), (ld, *rows), batch_size=at_once)
    return _first(*(_all_and_without(one) for one in sums))


def _sums(
    slope: Any, ld: Any, scale: Any, base: Any, over: Any, own: Any, columns: Any
) -> tuple[Any, Any, Any]:
    """Weighted sums of one block, in float64.

    Parameters
    ----------
    slope : (SPOTS,) array
    ld : (runs, SNPs, SPOTS) array
    scale, base, over, own : (runs, SNPs) array
    columns : (runs, SNPs, p) array
        The baseline's, the intercept, and χ².
    """
    t = 1 + slope * scale[..., None] * jnp.maximum(ld + base[..., None], 1)
    omega = over[..., None] / t**2
    l = ld * own[..., None]
    first, second = _pairs(columns.shape[-1])
    others = _product(omega, columns[..., first] * columns[..., second])
    cross = _product(omega * l, columns)
    return others, cross, _added((omega * l * l).sum(1))


def _product(weights: Any, columns: Any) -> Any:
    """Sums over SNPs of each spot's weights times columns, (SPOTS, columns)."""
    exact = jax.lax.Precision.HIGHEST  # else a GPU takes some of the bits for its matrix units
    return _added(jnp.einsum("rls,rlk->rsk", weights, columns, precision=exact))


def _added(runs: Any) -> Any:
    """The sum of runs, in float64."""
    return runs.astype(jnp.float64).sum(0)


def _all_and_without(blocks: Any) -> Any:
    """The sum of all blocks, then that without each of them."""
    whole = blocks.sum(0, keepdims=True)
    return jnp.concatenate([whole, whole - blocks])


def _first(pairs: Any, cross: Any, square: Any) -> Any:
    """First coefficient of each system; NaN where the others leave nothing of it."""
    first, second = _pairs(cross.shape[-1])
    at = np.zeros((cross.shape[-1],) * 2, np.int64)
    at[first, second] = at[second, first] = np.arange(len(first))
    whole = pairs[..., at[:-1]]  # columns × columns and χ²
    solved = jnp.linalg.solve(whole[..., :-1], cross[..., :-1, None])[..., 0]
    left = square - (cross[..., :-1] * solved).sum(-1)
    right = cross[..., -1] - (solved * whole[..., -1]).sum(-1)
    return jnp.where(left > LEAST_SHARE * square, right / left, jnp.nan)


_coefficients = compiled(_solved, "at_once")
