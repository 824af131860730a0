"""Verdicts over time: where in a record an order is known better or worse than on the whole.

Errors are larger at the ends, in gaps and where the signal is quick. The error of a stretch is the
root mean square of those expected in it, as a share of the spread that the estimate has over the
whole record. Half of the weights is of time, so that a gap counts, and half of samples, so that the
crowded start of a record with growing steps does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.judgement import ROUGH, TRUSTED, Judgement, Verdict, verdict_of
from tiltyard.studies.derivatives.contract import Array

if TYPE_CHECKING:
    from tiltyard.application.estimates import Estimates

#: Share of the record's weights that a stretch has at least; a lesser one joins one beside it.
SHORTEST = 0.05


@dataclass(frozen=True)
class Stretch:
    """Times of one verdict.

    Attributes
    ----------
    order : int
    start, stop : float
        From when to when [time].
    error : float
        Root mean square error to be expected [signal / time**k].
    verdict : Verdict
    """

    order: int
    start: float
    stop: float
    error: float
    verdict: Verdict


def stretches(found: Estimates) -> list[list[Stretch]]:
    """Stretches of each order, from the first to the last time; one if nothing varies.

    Parameters
    ----------
    found : Estimates
        Of one piece.
    """
    shares = _shares(found.drawn.t, found.series.t)
    return [
        _stretches(judgement, found.drawn.t, error, shares)
        for judgement, error in zip(found.judgements, found.typical_errors, strict=True)
    ]


def trusted_at(t: Array, over_time: list[list[Stretch]]) -> NDArray[np.bool_]:
    """Whether each order (orders, m) is trusted at these times."""
    trusted = np.zeros((len(over_time), len(t)), dtype=bool)
    for row, parts in enumerate(over_time):
        for one in parts:
            if one.verdict is Verdict.TRUSTED:
                trusted[row] |= (t >= one.start) & (t <= one.stop)
    return trusted


def _scale(judgement: Judgement) -> float:
    """What an error in units is a share of: the spread of the estimate, or its size.

    The share on the whole record is of the estimate and its error together, for the derivative may
    vary by that. A stretch beside one of large errors must not seem known for that reason.
    """
    share = judgement.expected_error
    return judgement.size * math.sqrt(1 / share**2 - 1) if 0 < share < 1 else float("nan")


def _stretches(judgement: Judgement, t: Array, error: Array, shares: Array) -> list[Stretch]:
    scale, squares = _scale(judgement), np.square(error)
    edges = [0, len(t)]
    if np.isfinite(error).all() and scale > 0:
        ranks = np.digitize(error / scale, (TRUSTED, ROUGH))  # as `verdict_of` does
        edges = _without_lesser([0, *(np.flatnonzero(np.diff(ranks)) + 1), len(t)], shares)
    sizes = _sizes(squares, shares, edges)
    verdicts = [verdict_of(size / scale) for size in sizes]
    inner = [
        edge
        for edge, pair in zip(edges[1:-1], pairwise(verdicts), strict=True)
        if len(set(pair)) > 1
    ]
    if not inner:  # nothing varies: the whole has been judged at the samples
        size = float(np.sqrt(np.mean(squares)))
        return [Stretch(judgement.order, float(t[0]), float(t[-1]), size, judgement.verdict)]
    edges = [0, *inner, len(t)]
    times = [float(t[min(edge, len(t) - 1)]) for edge in edges]
    return [
        Stretch(judgement.order, *between, size, verdict_of(size / scale))
        for between, size in zip(pairwise(times), _sizes(squares, shares, edges), strict=True)
    ]


def _sizes(squares: Array, shares: Array, edges: list[int]) -> list[float]:
    """Root mean square of each stretch between the edges."""
    return [
        float(np.sqrt(np.average(squares[start:stop], weights=shares[start:stop])))
        for start, stop in pairwise(edges)
    ]


def _shares(t: Array, samples: Array) -> Array:
    """The weight (m,) of each of the times, half of the record's time and half of its samples."""
    widths = np.gradient(t) if len(t) > 1 else np.ones(1)
    counts = np.bincount(np.searchsorted(t, samples), minlength=len(t))
    return np.asarray(0.5 * (widths / widths.sum() + counts / counts.sum()))


def _without_lesser(edges: list[int], shares: Array) -> list[int]:
    """The edges without those of stretches that count too little, the least first."""
    edges = list(edges)
    while len(edges) > 2:
        sums = [float(shares[start:stop].sum()) for start, stop in pairwise(edges)]
        k = int(np.argmin(sums))
        if sums[k] >= SHORTEST:
            break
        # It joins the lesser of its neighbours, whose error it changes more.
        left = sums[k - 1] if k else np.inf
        right = sums[k + 1] if k + 1 < len(sums) else np.inf
        del edges[k if left <= right else k + 1]
    return edges
