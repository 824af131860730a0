"""How far an estimate lies from the exact derivative of one order, and how honest its bands are."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from tiltyard.derivatives.estimator import Array

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


def errors_of(estimate: Array, exact: Array) -> dict[str, float]:
    """Errors of `estimate` against `exact` over all points without the two ends.

    Parameters
    ----------
    estimate, exact : (n,) arrays
        Estimated and exact derivative of order k at the same n >= 5 increasing times
        [signal / time**k]. Estimates that are not finite give errors that are not finite.

    Returns
    -------
    dict
        ``rmse`` and ``mae``, the root mean square and the mean absolute error
        [signal / time**k]; ``nrmse``, the former divided by the sample standard deviation
        (n - 1) of the exact derivative over the same points; ``nrmse_interior`` and
        ``nrmse_edge``, the same over the central 80 % of those points and over the remaining
        two edges, divided by the same standard deviation. The last three are NaN if the exact
        derivative is constant over those points: it offers no scale.

    Raises
    ------
    ValueError
        If the shapes differ or there are fewer than 5 points.
    """
    _check_shapes(estimate, exact)
    error = (estimate - exact)[1:-1]
    edge = edge_points(len(error))
    scale = standard_deviation(exact[1:-1])
    rmse = root_mean_square(error)
    return {
        "rmse": rmse,
        "mae": float(np.abs(error).mean()),
        "nrmse": rmse / scale,
        "nrmse_interior": root_mean_square(error[edge:-edge]) / scale,
        "nrmse_edge": root_mean_square(np.concatenate([error[:edge], error[-edge:]])) / scale,
    }


def correlation(estimate: Array, exact: Array) -> float:
    """Pearson's correlation of `estimate` with `exact` over all points without the two ends.

    Parameters
    ----------
    estimate, exact : (n,) arrays
        As for `errors_of`.

    Returns
    -------
    float
        In -1 .. 1; NaN if either is constant over those points, or the estimate not finite.

    Raises
    ------
    ValueError
        If the shapes differ or there are fewer than 5 points.
    """
    _check_shapes(estimate, exact)
    directions = []
    for values in (estimate[1:-1], exact[1:-1]):
        if not np.all(np.isfinite(values)) or np.ptp(values) == 0.0:
            return float("nan")
        # Divided first: squares of large values overflow.
        values = values / np.abs(values).max()
        values = values - values.mean()
        directions.append(values / np.linalg.norm(values))
    return float(np.clip(directions[0] @ directions[1], -1.0, 1.0))  # rounding may pass 1


def band_scores(estimate: Array, deviation: Array, exact: Array) -> dict[str, float]:
    """How well standard deviations describe the errors, over all points without the two ends.

    Each estimate is taken as a normal distribution with that standard deviation.

    Parameters
    ----------
    estimate, deviation, exact : (n,) arrays
        Estimate, its standard deviations and exact derivative [signal / time**k], n >= 5.

    Returns
    -------
    dict
        ``coverage_68`` and ``coverage_95``, the share of those points at which the exact
        derivative lies in the central 68 % or 95 % of the distribution; ``crps``, the mean
        continuous ranked probability score, divided by the sample standard deviation (n - 1) of
        the exact derivative as nRMSE is (NaN where that is constant). With a standard deviation
        of 0 the score is the absolute error. All three are NaN if a standard deviation is
        negative or not finite.

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
    sigma = deviation[1:-1]
    if not np.all((sigma >= 0.0) & np.isfinite(sigma)):
        return dict.fromkeys(BAND_SCORES, float("nan"))
    error = np.abs(estimate - exact)[1:-1]
    score = _normal_crps(error, sigma) / standard_deviation(exact[1:-1])
    return {
        "coverage_68": float(np.mean(error <= HALF_WIDTH_68 * sigma)),
        "coverage_95": float(np.mean(error <= HALF_WIDTH_95 * sigma)),
        "crps": score,
    }


def _normal_crps(error: Array, sigma: Array) -> float:
    """Mean score of normal distributions whose means are off by `error` >= 0."""
    z = np.divide(error, sigma, out=np.full_like(error, np.inf), where=sigma > 0.0)
    # sigma (z (2 Phi - 1) + 2 phi - 1 / sqrt(pi)); at sigma 0 it is the error itself.
    density = np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)
    scores = error * (2.0 * ndtr(z) - 1.0) + sigma * (2.0 * density - 1.0 / math.sqrt(math.pi))
    return float(np.mean(scores))


def _check_shapes(estimate: Array, exact: Array) -> None:
    if exact.ndim != 1 or estimate.shape != exact.shape or len(exact) < MIN_POINTS:
        raise ValueError(
            f"estimate of shape {estimate.shape} and exact derivative of shape {exact.shape}: "
            f"both need the same (n,) with n >= {MIN_POINTS}"
        )


def edge_points(points: int) -> int:
    """Number of points in each of the two edges: a tenth, rounded half up, and at least one."""
    return max(1, (points + 5) // 10)


def standard_deviation(values: Array) -> float:
    """Sample standard deviation (n - 1); NaN if all values are equal."""
    return float(np.std(values, ddof=1)) if np.ptp(values) > 0 else float("nan")


def root_mean_square(values: Array) -> float:
    """Root mean square, without overflow from squaring large values."""
    largest = float(np.abs(values).max())
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.mean((values / largest) ** 2)))
