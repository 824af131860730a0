"""A derivative with its band as functions of time, from their values at many times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline
from scipy.special import ndtr

from tiltyard.studies.derivatives.bands import PLACES
from tiltyard.studies.derivatives.contract import Array

#: Times between two neighbours of those given.
BETWEEN = 8
#: A time is passed over if it is nearer to the one before than this share of the gap behind it.
NEAR = 0.05
#: Degrees of the splines through the estimates: their difference is what is not known between.
DEGREE, LOWER = 5, 3


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
        kept = apart(t)
        nodes, at_nodes = t[kept], estimate[kept]
        self._spline = make_interp_spline(nodes, at_nodes, DEGREE)
        self._lower = make_interp_spline(nodes, at_nodes, LOWER)
        self._nodes, self._off = nodes, (quantiles - estimate)[:, kept]
        share = np.arange(BETWEEN) / BETWEEN
        inner = nodes[:-1, None] + np.diff(nodes)[:, None] * share
        self.t = np.append(inner.ravel(), nodes[-1])
        self.values, self.quantiles = self.at(self.t), self.quantiles_at(self.t)

    def at(self, t: Array) -> Array:
        """The estimate at the times `t`."""
        return np.asarray(self._spline(t))

    def quantiles_at(self, t: Array) -> Array:
        """Quantiles (4, q) at the times `t`."""
        off = np.array([np.interp(t, self._nodes, one) for one in self._off])
        unknown = np.abs(self._spline(t) - self._lower(t))
        return self.at(t) + off + np.sign(PLACES)[:, None] * unknown

    def positive(self) -> Array:
        """Probability (q,) that the derivative is above zero."""
        return probability_above_zero(self.quantiles)


def apart(t: Array) -> NDArray[np.intp]:
    """Indices of times that are not all but equal to their neighbours, both ends included."""
    gaps = np.diff(t)
    behind = np.append(gaps[1:], gaps[-1])
    kept = np.append(True, gaps >= NEAR * behind)
    # The gap before may be the wide one.
    kept[1:-1] &= gaps[1:] >= NEAR * gaps[:-1]
    kept[[0, -1]] = True
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
