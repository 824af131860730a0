"""A derivative with its band as functions of time, from their values at many times."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from tiltyard.studies.derivatives.bands import PLACES
from tiltyard.studies.derivatives.contract import Array

#: Times between two neighbours of those given.
BETWEEN = 8
#: A time is passed over if it is nearer to the one before than this share of a gap beside.
NEAR = 0.05
#: Degrees of the splines through the estimates: their difference is what is not known between.
DEGREE, LOWER = 5, 3
#: Values are known to this share of the largest.
ROUNDING = 64.0 * np.finfo(float).eps


class Course:
    """One derivative of one piece, between the times at which it was estimated.

    The estimate is a spline of degree 5. Quantiles are off from it by what a line between their
    neighbours says, and farther by the difference to the spline of degree 3: where times are too
    far apart for the derivative, bands are wider.

    Parameters
    ----------
    t : (m,) array
        Increasing times [time]; m >= 8.
    estimate : (m,) array
        Of the derivative [signal / time**k].
    quantiles : (4, m) array
        As of `Estimates.quantiles`.

    Attributes
    ----------
    t : (q,) array
        Close times, with the given ones among them.
    values : (q,) array
    quantiles : (4, q) array
    """

    def __init__(self, t: Array, estimate: Array, quantiles: Array) -> None:
        from scipy.interpolate import make_interp_spline  # here: most ask for nothing to be found

        kept = apart(t)
        nodes, at_nodes = t[kept], estimate[kept]
        self._nodes, self._off = nodes, (quantiles - estimate)[:, kept]
        self._spline = make_interp_spline(nodes, at_nodes, DEGREE)
        share = np.arange(BETWEEN) / BETWEEN
        inner = nodes[:-1, None] + np.diff(nodes)[:, None] * share
        self.t = np.append(inner.ravel(), nodes[-1])
        self.values = self.at(self.t)
        lower = make_interp_spline(nodes, at_nodes, LOWER)(inner)
        missed = np.abs(self.values[:-1].reshape(inner.shape) - lower).max(axis=1)
        self._missed = missed + ROUNDING * float(np.abs(at_nodes).max())
        self.quantiles = self._about(self.t, self.values)

    def at(self, t: Array) -> Array:
        """The estimate at the times `t`."""
        return np.asarray(self._spline(t))

    def quantiles_at(self, t: Array) -> Array:
        """Quantiles (4, q) at the times `t`."""
        return self._about(t, self.at(t))

    def _about(self, t: Array, values: Array) -> Array:
        off = np.array([np.interp(t, self._nodes, one) for one in self._off])
        between = np.clip(np.searchsorted(self._nodes, t, "right") - 1, 0, len(self._missed) - 1)
        return values + off + np.sign(PLACES)[:, None] * self._missed[between]

    @cached_property
    def positive(self) -> Array:
        """Probability (q,) that the derivative is above zero."""
        return probability_above_zero(self.quantiles)


def apart(t: Array) -> NDArray[np.intp]:
    """Indices of times that are not all but equal to their neighbours, both ends included."""
    gaps = np.diff(t)
    kept = np.ones(len(t), dtype=bool)
    around = np.maximum(np.append(gaps[1:], 0.0), np.append(0.0, gaps[:-1]))
    kept[1:] = gaps >= NEAR * around
    if not kept[-1]:  # the end stays, and not what is before it
        kept[[-2, -1]] = False, True
    return np.flatnonzero(kept)


def probability_above_zero(quantiles: Array) -> Array:
    """Probability (m,) of a value above zero, from quantiles (4, m).

    Between quantiles and beyond them it is the distribution of `bands`: a line in normal quantiles.
    """
    pieces = [(0, 1), (1, 2), (2, 3)]
    place = np.select([quantiles[1] > 0, quantiles[2] > 0], [0, 1], 2)
    z = np.empty(quantiles.shape[1])
    for number, (left, right) in enumerate(pieces):
        own = place == number
        low, high = quantiles[left][own], quantiles[right][own]
        width = high - low
        at_zero = np.where(low > 0, -np.inf, np.where(high < 0, np.inf, 0.0))
        slope = np.divide(PLACES[right] - PLACES[left], width, where=width > 0, out=0 * width)
        z[own] = np.where(width > 0, PLACES[left] - low * slope, at_zero)
    return np.asarray(ndtr(-z))
