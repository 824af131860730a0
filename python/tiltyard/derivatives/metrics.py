"""How far an estimate lies from the exact derivative of one order."""

from __future__ import annotations

import numpy as np

from tiltyard.derivatives.estimator import Array

#: Names of the errors, as columns of every table.
ERRORS = ("rmse", "mae", "nrmse", "nrmse_interior", "nrmse_edge")
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
    if exact.ndim != 1 or estimate.shape != exact.shape or len(exact) < MIN_POINTS:
        raise ValueError(
            f"estimate of shape {estimate.shape} and exact derivative of shape {exact.shape}: "
            f"both need the same (n,) with n >= {MIN_POINTS}"
        )
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
