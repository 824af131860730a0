"""Least-squares polynomial series on [-1, 1] with automatic degree."""

from __future__ import annotations

import numpy as np

from tiltyard.derivatives.estimator import Array, Estimate, estimator
from tiltyard.derivatives.numerics.nested_basis import (
    Step,
    build_basis,
    differentiate_basis,
    fit_nested,
    rounding_squares,
)
from tiltyard.derivatives.numerics.scaling import unit_time

HIGHEST_DEGREE = 120


@estimator(
    "chebyshev",
    family="spectral",
    exact_degree=9,
    min_samples=14,
    standard_deviation=True,
    cites=("brubeck2021vandermonde", "allen1974relationship"),
)
def chebyshev(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the least-squares Chebyshev series whose degree predicts best.

    The series is the least-squares polynomial of its degree, whatever basis it is computed in;
    here polynomials orthonormal on the samples take the place of T_k, because the columns T_k(x_i)
    become dependent at even samples beyond a degree of about 2 sqrt(n). Degrees up to
    min(n - 4, 120) compete by the sum of squared leave-one-out residuals (PRESS, Allen 1974):
    AICc and GCV look at the residuals alone and choose degrees whose polynomial swings wildly
    between the outermost samples, where a left-out sample is predicted worst. Standard deviations
    are those of the coefficients with the residual variance, at the chosen degree.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time], evenly spaced or not, and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.

    Returns
    -------
    Estimate
        Values and standard deviations ``(len(orders), m)`` [signal / time**k]; ``degree``.

    References
    ----------
    Brubeck, Nakatsukasa & Trefethen (2021), SIAM Rev. 63, 405-415, algorithm of section 2.
    """
    n = len(t)
    unit = unit_time(t, t_eval)
    highest = min(n - 4, HIGHEST_DEGREE)
    steps = [Step(seed=0)] + [Step(parent=k) for k in range(highest)]
    basis = build_basis(unit.x, np.ones((1, n)), steps)
    offset = np.mean(y)
    fit = fit_nested(basis, y - offset)
    degree = int(np.argmin(np.maximum(fit.prediction_squares, rounding_squares(y))))

    depth, m = max(orders) + 1, len(t_eval)
    multiplier, seeds = np.zeros((depth, m)), np.zeros((1, depth, m))
    multiplier[0], seeds[0, 0] = unit.x_eval, 1.0
    multiplier[1:2] = 1.0
    kept = basis._replace(steps=basis.steps[: degree + 1])
    functions = differentiate_basis(kept, multiplier, seeds)[:, list(orders)]
    values = np.tensordot(fit.coefficients[: degree + 1], functions, axes=1)
    values[[order == 0 for order in orders]] += offset
    variance = fit.residual_squares[degree] / (n - degree - 1)
    deviation = np.sqrt(variance * np.sum(functions**2, axis=0))
    return Estimate(
        unit.to_time(values, orders), unit.to_time(deviation, orders), {"degree": degree}
    )
