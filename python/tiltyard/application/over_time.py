"""Verdicts over time: where in a record an order is known better or worse than on the whole.

Errors are larger at the ends, in gaps and where the signal is quick. The error of a stretch is the
root mean square of those expected in it, as a share of the spread that the estimate has over the
whole record.
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

#: Share of the record that a stretch takes at least; a shorter one counts to those beside it.
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
    return [
        _stretches(judgement.order, found.drawn.t, error, _scale(judgement), judgement.verdict)
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


def _stretches(order: int, t: Array, error: Array, scale: float, whole: Verdict) -> list[Stretch]:
    if not np.isfinite(error).all() or not scale > 0:
        size = float(np.sqrt(np.mean(np.square(error))))
        return [Stretch(order, float(t[0]), float(t[-1]), size, whole)]
    weights, squares = _widths(t), np.square(error)
    ranks = np.digitize(error / scale, (TRUSTED, ROUGH))  # as `verdict_of` does
    edges = [0, *(np.flatnonzero(np.diff(ranks)) + 1), len(t)]
    edges = _without_short(edges, t)
    found: list[Stretch] = []
    for start, stop in pairwise(edges):
        size = float(np.sqrt(np.average(squares[start:stop], weights=weights[start:stop])))
        last = float(t[min(stop, len(t) - 1)])
        found.append(Stretch(order, float(t[start]), last, size, verdict_of(size / scale)))
    return _joined(found)


def _widths(t: Array) -> Array:
    """How much time each of the times stands for."""
    return np.gradient(t) if len(t) > 1 else np.ones(1)


def _without_short(edges: list[int], t: Array) -> list[int]:
    """The edges without those of stretches that are too short, the shortest first."""
    edges, least = list(edges), SHORTEST * (t[-1] - t[0])
    while len(edges) > 2:
        lengths = [t[min(b, len(t) - 1)] - t[a] for a, b in pairwise(edges)]
        k = int(np.argmin(lengths))
        if lengths[k] >= least:
            break
        # It joins the shorter of its neighbours, whose error it changes more.
        left = lengths[k - 1] if k else np.inf
        right = lengths[k + 1] if k + 1 < len(lengths) else np.inf
        del edges[k if left <= right else k + 1]
    return edges


def _joined(parts: list[Stretch]) -> list[Stretch]:
    """Neighbours of one verdict as one stretch."""
    joined = parts[:1]
    for one in parts[1:]:
        before = joined[-1]
        if one.verdict is not before.verdict:
            joined.append(one)
            continue
        spans = [before.stop - before.start, one.stop - one.start]
        error = float(np.sqrt(np.average([before.error**2, one.error**2], weights=spans)))
        joined[-1] = Stretch(one.order, before.start, one.stop, error, one.verdict)
    return joined
