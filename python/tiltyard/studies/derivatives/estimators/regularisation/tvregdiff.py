"""Chartrand's total-variation derivative, with the iterations and weight of its author's code."""

from __future__ import annotations

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator

WEIGHT = 0.01  # alpha
ROUNDING = 1e-6  # epsilon, which makes the absolute value smooth at 0
ITERATIONS = 100


@estimator(
    "tvregdiff",
    family="regularisation",
    max_order=1,
    exact_degree=1,
    min_samples=8,
    uneven=False,
    cites=("chartrand2011numerical",),
    exempt={
        "y_scale": "the weight 0.01 of the variation is fixed in units of the signal",
        "t_stretch": "the weight 0.01 of the variation is fixed in units of time",
        "time_reversal": "the integral starts at the first sample, which is taken to be exact",
    },
    prior_names=("TVRegDiff",),
)
def tvregdiff(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate by total-variation regularisation of the derivative, as Chartrand (2011).

    u minimises ``0.01 TV(u) + |A u - (y - y_0)|**2 / 2`` with the integral A from the first sample
    by the trapezoidal rule; 100 steps of lagged diffusivity approximate the minimum, with the
    integral of ``sqrt(u'**2 + 1e-6)`` as ``TV(u)``. Order 0 is ``y_0 + A u``; u is piecewise
    constant in the ideal minimum, so that higher orders do not exist.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing, evenly spaced times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``; between the samples u is linear.
    orders : tuple of int
        Derivative orders k, up to 1.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k].

    Raises
    ------
    RuntimeError
        If the weight is so far from the units of the samples that rounding leaves no solution.

    References
    ----------
    Chartrand (2011), ISRN Appl. Math. 2011, 164564, section 2.
    """
    step = float((t[-1] - t[0]) / (len(t) - 1))
    u = lagged_diffusivity(y - y[0], step)
    integral = y[0] + step * np.concatenate([[0.0], np.cumsum(0.5 * (u[1:] + u[:-1]))])
    place = (t_eval - t[0]) / step
    left = np.clip(np.floor(place).astype(int), 0, len(t) - 2)
    part = place - left
    between = (1.0 - part) * u[left] + part * u[left + 1]
    area = 0.5 * part * step * (u[left] + between)
    return Estimate(np.stack([between if k else integral[left] + area for k in orders]))


def lagged_diffusivity(rise: Array, step: float) -> Array:
    """Chartrand's iteration for samples `rise` (n,), the first of them zero, `step` apart."""
    n = len(rise)
    if not rise.any():
        return np.zeros(n)
    A = np.tri(n, n, -1) + np.tri(n)  # the trapezoidal rule, times 2
    A[:, 0] = 1.0
    A[0] = 0.0
    A *= 0.5 * step
    squares, right = A.T @ A, A.T @ rise
    u = np.gradient(rise, step)
    inner = np.arange(n - 1)
    for _ in range(ITERATIONS):
        slope = np.diff(u) / step
        stiffness = WEIGHT / step / np.sqrt(slope**2 + ROUNDING)  # of alpha step D'ED
        matrix = squares.copy()
        matrix[inner, inner] += stiffness
        matrix[inner + 1, inner + 1] += stiffness
        matrix[inner, inner + 1] -= stiffness
        matrix[inner + 1, inner] -= stiffness
        try:
            u = cho_solve(cho_factor(matrix, check_finite=False), right, check_finite=False)
        except LinAlgError as error:
            raise RuntimeError(
                f"tvregdiff: samples of size {np.abs(rise).max():.3g} at steps of {step:.3g} are "
                f"too far from the units of its weight, {WEIGHT}; scale both to order one"
            ) from error
    return np.asarray(u)
