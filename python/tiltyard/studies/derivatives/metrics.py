"""How far an estimate lies from the exact derivative of one order."""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array

#: Names of the errors, as columns of every table.
ERRORS = ("rmse", "mae", "nrmse", "nrmse_interior", "nrmse_edge")
#: Names of the scores of bands, as columns of every table; `bands` computes them.
BAND_SCORES = ("coverage_68", "coverage_95", "crps")
#: All that is computed for an estimate, as columns of every table.
METRICS = (*ERRORS, "correlation", *BAND_SCORES)
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
    check_shapes(estimate, exact)
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
    check_shapes(estimate, exact)
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


def check_shapes(estimate: Array, exact: Array) -> None:
    """Raise `ValueError` if the shapes differ or there are fewer than 5 points."""
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
