"""Rational least squares whose poles AAA finds; the number of poles is chosen by AICc."""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial
from typing import NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from tiltyard.derivatives.estimator import Array, Estimate, estimator
from tiltyard.derivatives.numerics.nested_basis import aicc, rounding_squares
from tiltyard.derivatives.numerics.scaling import unit_time

Complex = NDArray[np.complex128]

MOST_SUPPORTS = 40
#: Singular values below this share of the largest are dependencies of distant poles.
DEPENDENT = 1e-13


class _Fit(NamedTuple):
    criterion: float
    poles: Complex
    coefficients: Array


@estimator(
    "aaa",
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
        Values ``(len(orders), m)`` [signal / time**k]; the number of ``poles``.

    References
    ----------
    Nakatsukasa, Sète & Trefethen (2018), SIAM J. Sci. Comput. 40, A1494-A1522.
    Costa & Trefethen (2023), in European Congress of Mathematics, 511-534.
    """
    n = len(t)
    unit = unit_time(t, t_eval)
    offset = np.mean(y)
    centred, floor = y - offset, rounding_squares(y)
    best = _fit(unit.x, centred, np.zeros(0, complex), floor)
    for support, weights in aaa_steps(unit.x, centred, min(n // 2, MOST_SUPPORTS), floor):
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


def aaa_steps(
    x: Array, y: Array, most: int, floor: float
) -> Iterator[tuple[NDArray[np.intp], Array]]:
    """Support points (indices) and barycentric weights after each step of AAA, from the second.

    It ends at `most` points, or when the residual is the rounding of the samples.
    """
    support: list[int] = []
    rational = np.zeros_like(y)
    while len(support) < most:
        residual = np.abs(y - rational)
        residual[support] = -1.0
        support.append(int(np.argmax(residual)))
        if residual[support[-1]] ** 2 * len(y) <= floor:
            return
        others = np.setdiff1d(np.arange(len(y)), support)
        cauchy = 1.0 / (x[others, None] - x[support])
        loewner = (y[others, None] - y[support]) * cauchy
        weights = np.linalg.svd(loewner, full_matrices=False)[2][-1]
        rational = y.copy()
        denominator = cauchy @ weights
        # A vanishing denominator is a pole on a sample: as bad a residual as can be.
        denominator[denominator == 0.0] = np.finfo(float).tiny
        rational[others] = cauchy @ (weights * y[support]) / denominator
        if len(support) > 1:
            yield np.array(support), weights


def poles_of(support: Array, weights: Array) -> Complex:
    """Zeros of the barycentric denominator ``sum w_j / (x - z_j)``: finite eigenvalues."""
    m = len(support)
    arrow = np.zeros((m + 1, m + 1))
    arrow[0, 1:], arrow[1:, 0] = weights, 1.0
    arrow[1:, 1:] = np.diag(support)
    mass = np.eye(m + 1)
    mass[0, 0] = 0.0
    alpha, beta = scipy.linalg.eigvals(arrow, mass, homogeneous_eigvals=True)
    finite = np.abs(beta) > DEPENDENT * np.abs(alpha)
    return np.asarray(alpha[finite] / beta[finite], dtype=complex)


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
