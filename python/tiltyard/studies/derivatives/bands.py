"""Bands of an estimate: where their ends lie, and how honest they are.

A band is told by quantiles of what the derivative may be, at `PROBABILITIES`. An estimate that has
none is taken as a normal distribution with its standard deviation. One that has them is taken as
the distribution whose quantile is a continuous function of the normal one: a line through both
lower quantiles up to the second, a line between the second and the third, and a line through both
upper ones from the third on. Quantiles of a normal distribution give that distribution again.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.metrics import check_shapes, standard_deviation

#: Half width of the central band with 68 % and 95 % of a normal distribution, in standard
#: deviations.
HALF_WIDTH_68, HALF_WIDTH_95 = 0.994457883209753, 1.959963984540054
#: Normal quantiles at `PROBABILITIES`, in standard deviations from the mean.
PLACES: Array = np.array([-HALF_WIDTH_95, -HALF_WIDTH_68, HALF_WIDTH_68, HALF_WIDTH_95])


def normal_quantiles(values: Array, deviation: Array) -> Array:
    """Quantiles (4, ...) of normal distributions with these means and standard deviations (...)."""
    return values + np.multiply.outer(PLACES, deviation)


def band_scores(
    estimate: Array, deviation: Array, exact: Array, quantiles: Array | None = None
) -> dict[str, Array]:
    """How well bands describe the errors, over all points without the two ends.

    Parameters
    ----------
    estimate, deviation, exact : (..., n) arrays
        Estimate, its standard deviations and exact derivative [signal / time**k], n >= 5.
    quantiles : (4, ..., n) array, optional
        Quantiles of the estimate at `PROBABILITIES`; the distribution is then theirs, and the
        standard deviations do not count.

    Returns
    -------
    dict
        Of arrays without the last axis: ``coverage_68`` and ``coverage_95``, the share of those
        points at which the exact derivative lies in the central 68 % or 95 % of the
        distribution, ends included; ``crps``, the mean continuous ranked probability score,
        divided by the sample standard deviation (n - 1) of the exact derivative as nRMSE is (NaN
        where that is constant). With a standard deviation of 0 the score is the absolute error.
        All three are NaN if a standard deviation is negative or not finite, or a quantile is not
        finite.

    Raises
    ------
    ValueError
        If the shapes differ or there are fewer than 5 points.

    References
    ----------
    Gneiting and Raftery (2007), equation 21.
    """
    check_shapes(estimate, exact)
    check_shapes(deviation, exact)
    inside = exact[..., 1:-1]
    if quantiles is not None:
        for one in quantiles:
            check_shapes(one, exact)
        stated, scores = _of_quantiles(quantiles[..., 1:-1], inside)
    else:
        stated, scores = _of_normal(np.abs(estimate - exact)[..., 1:-1], deviation[..., 1:-1])
    scores["crps"] = scores["crps"] / standard_deviation(inside)
    return {name: np.where(stated, values, np.nan)[()] for name, values in scores.items()}


def _of_normal(error: Array, sigma: Array) -> tuple[Array, dict[str, Array]]:
    """Where all deviations are some, and the scores of normal distributions off by `error`."""
    stated = np.all((sigma >= 0.0) & np.isfinite(sigma), axis=-1)
    sigma = np.where(stated[..., None], sigma, 1.0)
    return stated, {
        "coverage_68": np.mean(error <= HALF_WIDTH_68 * sigma, axis=-1),
        "coverage_95": np.mean(error <= HALF_WIDTH_95 * sigma, axis=-1),
        "crps": _normal_crps(error, sigma),
    }


def _of_quantiles(quantiles: Array, exact: Array) -> tuple[Array, dict[str, Array]]:
    """Where all quantiles are finite, and the scores of their distributions."""
    stated = np.all(np.isfinite(quantiles), axis=(0, -1))
    # The exact value is the origin: large values with narrow bands lose no digits.
    ahead = np.where(stated[..., None], quantiles - exact, 0.0)
    lowest, low, high, highest = ahead
    return stated, {
        "coverage_68": np.mean((low <= 0.0) & (high >= 0.0), axis=-1),
        "coverage_95": np.mean((lowest <= 0.0) & (highest >= 0.0), axis=-1),
        "crps": np.mean(_quantile_crps(ahead), axis=-1),
    }


def _normal_crps(error: Array, sigma: Array) -> Array:
    """Mean score of normal distributions whose means are off by `error` >= 0."""
    with np.errstate(over="ignore"):
        z = np.divide(error, sigma, out=np.full_like(error, np.inf), where=sigma > 0.0)
        # sigma (z (2 Phi - 1) + 2 phi - 1 / sqrt(pi)); at sigma 0 it is the error itself.
        density = np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)
    scores = error * (2.0 * ndtr(z) - 1.0) + sigma * (2.0 * density - 1.0 / math.sqrt(math.pi))
    return np.mean(scores, axis=-1)


def _density(z: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi))


#: The three lines: normal quantiles between which each holds, and that of the knot on it.
STARTS, ENDS = np.array([-np.inf, *PLACES[1:3]]), np.array([*PLACES[1:3], np.inf])
KNOTS = (1, 1, 2)


def _half_spread(z: Array) -> Array:
    """Integral of Phi (1 - Phi) from minus infinity to `z`."""
    below = ndtr(z)
    level = np.where(np.isfinite(z), z, 0.0) * below * (1.0 - below)
    pairs = ndtr(math.sqrt(2.0) * z) / math.sqrt(math.pi)
    return np.asarray(level + _density(z) * (1.0 - 2.0 * below) + pairs)


#: What each line has, per unit of its slope, of half the mean distance of two draws.
HALF_SPREADS = _half_spread(ENDS) - _half_spread(STARTS)


def _quantile_crps(ahead: Array) -> Array:
    """Scores (...) of distributions with the quantiles `ahead` (4, ...) of what they foretell.

    It is E|X| - E|X - X'| / 2, for X = a + s Z on each of three pieces of the normal variable Z:
    exact, and the same as `_normal_crps` if the quantiles are normal.
    """
    score = np.zeros(ahead.shape[1:])
    for piece, knot in enumerate(KNOTS):
        slope = (ahead[piece + 1] - ahead[piece]) / (PLACES[piece + 1] - PLACES[piece])
        level = ahead[knot] - slope * PLACES[knot]
        start, end = STARTS[piece], ENDS[piece]
        # Where X changes its sign. A piece without slope has one sign, or is 0: then any Z will do.
        change = np.where(level > 0.0, -np.inf, np.inf)
        with np.errstate(over="ignore"):
            change = np.divide(-level, slope, out=change, where=slope > 0.0)
        change = np.clip(change, start, end)
        score += level * (ndtr(start) + ndtr(end) - 2.0 * ndtr(change))
        score += slope * (2.0 * _density(change) - _density(start) - _density(end))
        score -= slope * HALF_SPREADS[piece]
    return score
