"""The rounding of sums of squares bounds what another arithmetic makes of them, and not by far."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import qr

from tiltyard.studies.derivatives.numerics.indistinct_squares import ROUNDING, indistinct
from tiltyard.studies.derivatives.numerics.rational.rational_fit import columns
from tiltyard.studies.derivatives.numerics.rational.rational_selection import best_fit

X = np.linspace(-1.0, 1.0, 81)
POLES = np.array([0.3 + 0.4j, -0.5 + 0.8j])
CLEAN = columns(X, 1, POLES, 0) @ np.array([0.2, -1.0, 1.0, 0.5, -0.7, 0.3])


def test_it_is_what_an_error_of_the_residual_s_length_makes() -> None:
    """(r + e)^2 - r^2 for a residual of length r and an error e of some epsilons of |y|."""
    y = np.array([3.0, -4.0])
    e = ROUNDING * np.finfo(float).eps * 5.0
    for r in (0.0, 1e-15, 1e-3, 2.0):
        assert indistinct(r**2, y) == pytest.approx(2.0 * r * e + e**2, rel=1e-12)


@pytest.mark.parametrize("noise", [1e-10, 1e-8, 1e-4])
def test_squares_of_another_arithmetic_differ_by_less(noise: float) -> None:
    """Householder's projections and those of columns in another order are equal up to rounding."""
    rng = np.random.default_rng(2)
    A = columns(X, 1, POLES, 0)
    for _ in range(20):
        y = CLEAN + noise * rng.standard_normal(len(X))
        squares = []
        for _ in range(4):
            Q = qr(A[:, rng.permutation(A.shape[1])], mode="economic")[0]
            residual = y - Q @ (Q.T @ y)
            squares.append(float(residual @ residual))
        assert np.ptp(squares) < indistinct(max(squares), y)
        assert indistinct(max(squares), y) < 1e-6 * (1e-8 / noise) * max(squares)


def third_derivative(y: np.ndarray) -> np.ndarray:
    fit = best_fit(X, y, 1e-15)
    return np.asarray(columns(X, fit.degree, fit.poles, 3) @ fit.coefficients)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_last_digit_of_samples_decides_nothing(seed: int) -> None:
    """Noise of 1e-9 has squares of which rounding, 16 epsilon / 1e-9, leaves 6 digits.

    Descents that follow the others end 1e-11 and more apart. The poles' places follow the last
    digit of the samples by 1e-16 times the condition of the third derivative, some 1e3.
    """
    rng = np.random.default_rng(seed)
    y = np.tanh(2.5 * X) + 1e-9 * rng.standard_normal(len(X))
    given = third_derivative(y)
    found = third_derivative(np.nextafter(y, y + rng.choice([-1.0, 1.0], len(X))))
    assert np.abs(found - given).max() < 2e-12 * np.abs(given).max()
