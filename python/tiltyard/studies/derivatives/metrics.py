"""How far an estimate lies from the exact derivative of one order, and how honest its bands are."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from tiltyard.studies.derivatives.contract import Array

#: Names of the errors, as columns of every table.
ERRORS = ("rmse", "mae", "nrmse", "nrmse_interior", "nrmse_edge")
#: Names of the scores of standard deviations, as columns of every table.
BAND_SCORES = ("coverage_68", "coverage_95", "crps")
#: All that is computed for an estimate, as columns of every table.
METRICS = (*ERRORS, "correlation", *BAND_SCORES)
#: Half width of the central band with 68 % and 95 % of a normal distribution, in standard
#: deviations.
HALF_WIDTH_68, HALF_WIDTH_95 = 0.994457883209753, 1.959963984540054
#: Fewest points with two ends to leave out, two edges and an interior.
MIN_POINTS = 5


def errors_of(estimate: Array, exact: Array) -> dict[str, Array]:
    """Errors of `estimate` against `exact` over all points without the two ends.

    Parameters
    ----------
    estimate, exact : (..., n) arrays
        Estimated and exact derivatives, an order a row, at the same n >= 5 increasing times
        [signal / time**k]. Estimates that are not finite give errors that are not finite.

    Returns
    -------
    dict
        Of arrays without the last axis, numbers for a single order: ``rmse`` and ``mae``, the
        root mean square and the mean absolute error [signal / time**k]; ``nrmse``, the former
        divided by the sample standard deviation (n - 1) of the exact derivative over the same
        points; ``nrmse_interior`` and ``nrmse_edge``, the same over the central 80 % of those
        points and over the remaining two edges, divided by the same standard deviation. The last
        three are NaN if the exact derivative is constant over those points: it offers no scale.

    Raises
    ------
    ValueError
        If the shapes differ or there are fewer than 5 points.
    """
    _check_shapes(estimate, exact)
    error = (estimate - exact)[..., 1:-1]
    edge = edge_points(error.shape[-1])
    edges = np.concatenate([error[..., :edge], error[..., -edge:]], axis=-1)
    scale = standard_deviation(exact[..., 1:-1])
    rmse = root_mean_square(error)
    return {
        "rmse": rmse,
        "mae": np.abs(error).mean(axis=-1),
        "nrmse": rmse / scale,
        "nrmse_interior": root_mean_square(error[..., edge:-edge]) / scale,
        "nrmse_edge": root_mean_square(edges) / scale,
    }


def correlation(estimate: Array, exact: Array) -> Array:
    """Pearson's correlation of `estimate` with `exact` over all points without the two ends.

    Parameters
    ----------
    estimate, exact : (..., n) arrays
        As for `errors_of`.

    Returns
    -------
    array without the last axis
        In -1 .. 1; NaN if either is constant over those points, or the estimate not finite.

    Raises
    ------
    ValueError
        If the shapes differ or there are fewer than 5 points.
    """
    _check_shapes(estimate, exact)
    with np.errstate(invalid="ignore", divide="ignore"):
        directions = [_direction(values[..., 1:-1]) for values in (estimate, exact)]
        return np.clip(np.sum(directions[0] * directions[1], axis=-1), -1.0, 1.0)  # rounding


def _direction(values: Array) -> Array:
    """Deviations from the mean, of length 1; NaN where there are none."""
    varies = np.ptp(values, axis=-1, keepdims=True) > 0.0
    # Divided first: squares of large values overflow.
    values = values / np.abs(values).max(axis=-1, keepdims=True)
    values = values - values.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(values, axis=-1, keepdims=True)
    return np.where(varies, values / length, np.nan)


def band_scores(estimate: Array, deviation: Array, exact: Array) -> dict[str, Array]:
    """How well standard deviations describe the errors, over all points without the two ends.

    Each estimate is taken as a normal distribution with that standard deviation.

    Parameters
    ----------
    estimate, deviation, exact : (..., n) arrays
        Estimate, its standard deviations and exact derivative [signal / time**k], n >= 5.

    Returns
    -------
    dict
        Of arrays without the last axis: ``coverage_68`` and ``coverage_95``, the share of those
        points at which the exact derivative lies in the central 68 % or 95 % of the
        distribution; ``crps``, the mean continuous ranked probability score, divided by the
        sample standard deviation (n - 1) of the exact derivative as nRMSE is (NaN where that is
        constant). With a standard deviation of 0 the score is the absolute error. All three are
        NaN if a standard deviation is negative or not finite.

    Raises
    ------
    ValueError
        If the shapes differ or there are fewer than 5 points.

    References
    ----------
    Gneiting and Raftery (2007), equation 21.
    """
    _check_shapes(estimate, exact)
    _check_shapes(deviation, exact)
    sigma = deviation[..., 1:-1]
    stated = np.all((sigma >= 0.0) & np.isfinite(sigma), axis=-1)
    sigma = np.where(stated[..., None], sigma, 1.0)
    error = np.abs(estimate - exact)[..., 1:-1]
    scores = {
        "coverage_68": np.mean(error <= HALF_WIDTH_68 * sigma, axis=-1),
        "coverage_95": np.mean(error <= HALF_WIDTH_95 * sigma, axis=-1),
        "crps": _normal_crps(error, sigma) / standard_deviation(exact[..., 1:-1]),
    }
    return {name: np.where(stated, values, np.nan)[()] for name, values in scores.items()}


def _normal_crps(error: Array, sigma: Array) -> Array:
    """Mean score of normal distributions whose means are off by `error` >= 0."""
    with np.errstate(over="ignore"):
        z = np.divide(error, sigma, out=np.full_like(error, np.inf), where=sigma > 0.0)
        # sigma (z (2 Phi - 1) + 2 phi - 1 / sqrt(pi)); at sigma 0 it is the error itself.
        density = np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)
    scores = error * (2.0 * ndtr(z) - 1.0) + sigma * (2.0 * density - 1.0 / math.sqrt(math.pi))
    return np.mean(scores, axis=-1)


def _check_shapes(estimate: Array, exact: Array) -> None:
    if exact.ndim < 1 or estimate.shape != exact.shape or exact.shape[-1] < MIN_POINTS:
        raise ValueError(
            f"estimate of shape {estimate.shape} and exact derivative of shape {exact.shape}: "
            f"both need the same (..., n) with n >= {MIN_POINTS}"
        )


def edge_points(points: int) -> int:
    """Number of points in each of the two edges: a tenth, rounded half up, and at least one."""
    return max(1, (points + 5) // 10)


def standard_deviation(values: Array) -> Array:
    """Sample standard deviation (n - 1) along the last axis; NaN where all values are equal."""
    return np.where(np.ptp(values, axis=-1) > 0, np.std(values, ddof=1, axis=-1), np.nan)[()]


def root_mean_square(values: Array) -> Array:
    """Root mean square along the last axis, without overflow from squaring large values."""
    largest = np.abs(values).max(axis=-1)
    ordinary = (largest > 0) & np.isfinite(largest)
    unit = np.where(ordinary, largest, 1.0)
    with np.errstate(over="ignore"):
        size = unit * np.sqrt(np.mean((values / unit[..., None]) ** 2, axis=-1))
    return np.where(ordinary, size, largest)[()]
