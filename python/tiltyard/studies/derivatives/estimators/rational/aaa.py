"""Rational least squares whose poles AAA finds; the number of poles is chosen by AICc."""

from __future__ import annotations

from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.bases.nested_basis import aicc, rounding_squares
from tiltyard.studies.derivatives.numerics.rational.aaa_steps import aaa_steps, poles_of
from tiltyard.studies.derivatives.numerics.scaling import unit_time

Complex = NDArray[np.complex128]

MOST_SUPPORTS = 40
#: Singular values below this share of the largest are left out: distant poles are dependent.
DEPENDENT = 1e-13


class _Fit(NamedTuple):
    criterion: float
    poles: Complex
    coefficients: Array


@estimator(
    "aaa",
    oracle="oracle_rational",
    family="rational",
    exact_degree=1,
    min_samples=12,
    cites=("nakatsukasa2018aaa", "costa2023aaals", "hurvich1989regression"),
)
def aaa(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate a sum of a line and partial fractions with the poles that AAA finds.

    AAA (Nakatsukasa, Sète & Trefethen 2018) interpolates its support points, noise included. So
    only its poles are kept: those closer to the record than a sample step, which fit noise, are
    dropped, and the residues and a line are fitted to all samples by least squares (AAA-LS, Costa
    & Trefethen 2023). AAA's successive steps are the candidates, and AICc chooses, a pole
    counting as much as its residue. The derivatives of partial fractions are explicit.

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
        Values ``(len(orders), m)`` [signal / time**k]; setting ``poles``, their number.

    References
    ----------
    Nakatsukasa, Sète & Trefethen (2018), SIAM J. Sci. Comput. 40, A1494-A1522.
    Costa & Trefethen (2023), in European Congress of Mathematics, 511-534.
    """
    n = len(t)
    unit = unit_time(t, t_eval)
    offset = np.mean(y)
    centred, floor = y - offset, rounding_squares(y)
    most = min(n // 2, MOST_SUPPORTS)
    best = _fit(unit.x, centred, np.zeros(0, complex), floor)
    for support, weights in aaa_steps(unit.x, centred, most, (floor / n) ** 0.5):
        poles = resolved(poles_of(unit.x[support], weights), step=2.0 / (n - 1))
        candidate = _fit(unit.x, centred, poles, floor)
        if candidate.criterion < best.criterion:
            best = candidate
    values = np.array(
        [_columns(unit.x_eval, best.poles, order) @ best.coefficients for order in orders]
    )
    values[[order == 0 for order in orders]] += offset
    count = int(np.sum(np.where(best.poles.imag > 0, 2, 1)))
    return Estimate(unit.to_time(values, orders), settings={"poles": count})


def resolved(poles: Complex, step: float) -> Complex:
    """One of each conjugate pair, without the poles closer than `step` to [-1, 1]."""
    upper = poles[poles.imag >= 0.0]
    outside = np.maximum(np.abs(upper.real) - 1.0, 0.0)
    return upper[np.hypot(outside, upper.imag) > step]


def _fit(x: Array, y: Array, poles: Complex, floor: float) -> _Fit:
    """Least squares of a line and partial fractions, by singular values."""
    columns = _columns(x, poles, 0)
    scale = np.linalg.norm(columns, axis=0)
    U, s, Vt = np.linalg.svd(columns / scale, full_matrices=False)
    kept = s > DEPENDENT * s[0]
    coefficients = (Vt[kept].T @ ((U[:, kept].T @ y) / s[kept])) / scale
    residual = y - columns @ coefficients
    parameters = np.array(2 + 2 * (columns.shape[1] - 2))
    criterion = aicc(np.array(residual @ residual), parameters, len(y), floor)
    return _Fit(float(criterion), poles, coefficients)


def _columns(x: Array, poles: Complex, order: int) -> Array:
    """Derivatives of one, x, and of real and imaginary part of ``1 / (x - p)``: (len(x), K)."""
    line = np.zeros((len(x), 2))
    if order == 0:
        line[:, 0], line[:, 1] = 1.0, x
    elif order == 1:
        line[:, 1] = 1.0
    fractions = (-1) ** order * factorial(order) / (x[:, None] - poles) ** (order + 1)
    return np.hstack([line, fractions.real, fractions.imag[:, poles.imag > 0.0]])
