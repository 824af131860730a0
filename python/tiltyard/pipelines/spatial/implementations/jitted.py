"""Batches on JAX's default device, a GPU if it has one. Importing this imports JAX."""

from __future__ import annotations

import threading
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.implementations.contract import Batch, Genes, Scorer
from tiltyard.pipelines.spatial.implementations.fused import choose
from tiltyard.pipelines.spatial.jax import WAY, compiled
from tiltyard.pipelines.spatial.neighbouring.choosing import Neighbours, Similar, neighbours_of
from tiltyard.pipelines.spatial.rule.neighbours import Rows, Spots
from tiltyard.pipelines.spatial.rule.specificity import LARGEST

#: Neighbours that are added without writing sums between them; more take longer to compile.
TOGETHER = 7


class JaxBatch:
    """One compiled function for a whole batch; neighbours are chosen as numba-fused does."""

    name = WAY

    def neighbours(
        self, spots: Spots, members: Rows, similar: Similar, nearest: int, threads: int
    ) -> Neighbours:
        """See `Implementation`."""
        return neighbours_of(spots, members, similar, nearest, choose, threads)

    def scorer(self, genes: Genes) -> Scorer:
        """See `Implementation`."""
        return Padded(genes)


class Padded:
    """Scores batches whose shapes are powers of two, and never smaller than one before.

    What is compiled is for one shape: a run compiles for its first batch, and then only for one
    that has no room there.
    """

    def __init__(self, genes: Genes) -> None:
        table, mean = genes.logs().astype(np.float32), genes.mean_log.astype(np.float32)
        need = genes.need() if genes.by_fraction else None
        self._genes: Any = jax.device_put((table, mean, need))
        formula = genes.formula
        self._formula = {"power": formula.power, "with_one": formula.by_similarity}
        self._rows = self._spots = 1
        self._lock = threading.Lock()

    def __call__(self, batch: Batch, out: NDArray[np.uint16]) -> int:
        """See `Scorer`."""
        with self._lock:
            self._rows = max(self._rows, _room(len(batch.ranks)))
            self._spots = max(self._spots, _room(len(out)))
            rows, spots = self._rows, self._spots
        given = (
            *(_padded(batch.ranks, rows), _padded(batch.lowest, rows)),
            *(_padded(batch.local, spots), _padded(batch.weights, spots)),
        )
        found, cut = _score(self._genes, *given, **self._formula)
        out[:] = np.asarray(found)[: len(out)]
        return int(cut)


def _room(count: int) -> int:
    """The least power of two that is no less."""
    return 1 << max(count - 1, 0).bit_length()


def _padded(values: NDArray[Any], length: int) -> NDArray[Any]:
    """The same with zeros behind it: a weight of 0 counts for nothing."""
    found = np.zeros((length, *values.shape[1:]), values.dtype)
    found[: len(values)] = values
    return found


def _scored(
    genes: tuple[Any, Any, Any],
    ranks: Any,
    lowest: Any,
    local: Any,
    weights: Any,
    *,
    power: float,
    with_one: bool,
) -> tuple[Any, Any]:
    """Bits of float16 of a batch, and how many scores were cut.

    Parameters
    ----------
    genes : tuple
        Logarithm by doubled rank; mean logarithm of each gene, (G,); most neighbours that express
        a gene in vain, (k + 1, G), or None.
    ranks, lowest, local, weights : arrays
        As in `Batch`.
    power : float
    with_one : bool
        Whether a specificity of 1 has a score.
    """
    table, mean, need = genes
    logs, flags = table[ranks], ranks > lowest[:, None]
    total = jnp.zeros((len(local), ranks.shape[1]), jnp.float32)
    slices = jnp.zeros((len(local), 1), jnp.float32)
    for part in range(local.shape[1]):
        found, near, used = _sums(logs, flags, local[:, part].T, weights[:, part].T)
        log_m = found - mean
        scored = (log_m >= 0 if with_one else log_m > 0) & (used > 0)
        if need is not None:
            scored &= near > need[used[:, 0]]
        total += jnp.where(scored, jnp.expm1(jnp.exp(power * log_m)), 0)
        slices += used > 0
    total /= jnp.maximum(slices, 1)
    half = jnp.minimum(total, LARGEST).astype(jnp.float16)
    return jax.lax.bitcast_convert_type(half, jnp.uint16), (total > LARGEST).sum()


def _sums(logs: Any, flags: Any, local: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Weighted sums of logarithms, neighbours that express a gene, and those that count.

    Neighbours are added one after the other, which gives the same bits in any batch.

    Parameters
    ----------
    logs, flags : (u, G) array
    local, weights : (k, b) array

    Returns
    -------
    (b, G), (b, G) and (b, 1) array
    """

    def add(place: Any, sums: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        row, weight = local[place], weights[place][:, None]
        counts = weight > 0
        found, near, used = sums
        found += jnp.where(counts, weight * logs[row], 0)
        return found, near + (counts & flags[row]), used + counts

    places, spots = local.shape
    begin = (
        jnp.zeros((spots, logs.shape[1]), jnp.float32),
        jnp.zeros((spots, logs.shape[1]), jnp.uint8),
        jnp.zeros((spots, 1), jnp.int32),
    )
    return jax.lax.fori_loop(0, places, add, begin, unroll=TOGETHER)


_score = compiled(_scored, "power", "with_one")
