"""Trigonometric least squares against explicit designs, numpy's transforms and known series."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.spectral.fourier_continuation import (
    fourier_continuation_adaptive,
    fourier_continuation_fixed,
)
from tiltyard.studies.derivatives.estimators.spectral.trigonometric import (
    fourier_aicc,
    fourier_fixed,
    fourier_gcv,
    trigonometric_fixed,
    trigonometric_gcv,
)

ORDERS = tuple(range(8))
T = np.linspace(1, 5, 81)
UNEVEN = T + 0.01 * np.sin(40 * T) * (T - 1) * (5 - T)
W = 2 * np.pi / 4


def design(t: np.ndarray, harmonics: int, order: int) -> np.ndarray:
    """Columns one, cos, sin of the harmonics of the record, differentiated."""
    k = W * np.arange(1, harmonics + 1)
    phase = np.multiply.outer(t - 1, k) + order * np.pi / 2
    one = np.full((len(t), 1), float(order == 0))
    return np.hstack([one, k**order * np.cos(phase), k**order * np.sin(phase)])


@pytest.mark.parametrize(
    "function", [fourier_fixed, fourier_gcv, fourier_aicc, trigonometric_fixed, trigonometric_gcv]
)
@pytest.mark.parametrize("t", [T, UNEVEN], ids=["even", "uneven"])
def test_is_the_explicit_fit_of_the_selected_harmonics(function, t) -> None:
    y = np.exp(np.sin(W * t)) + 1e-3 * np.random.default_rng(1).standard_normal(81)
    t_eval = np.linspace(1, 5, 33)
    estimate = function(t, y, t_eval, ORDERS)
    harmonics = estimate.settings["harmonics"]
    columns = design(t, harmonics, 0)
    coefficients, squares, *_ = np.linalg.lstsq(columns, y, rcond=None)
    covariance = squares[0] / (81 - columns.shape[1]) * np.linalg.inv(columns.T @ columns)
    for k in ORDERS:
        rows = design(t_eval, harmonics, k)
        expected = rows @ coefficients
        # Columns nearly orthogonal: round-off, which order 7 amplifies as it does the series.
        assert_allclose(estimate.values[k], expected, atol=1e-10 * np.max(np.abs(expected)))
        deviation = np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
        assert_allclose(estimate.standard_deviation[k], deviation, rtol=1e-8)


def test_fixed_numbers_of_harmonics() -> None:
    assert fourier_fixed(T, np.sin(T), T, (0,)).settings["harmonics"] == 20
    assert trigonometric_fixed(T[:41], np.sin(T[:41]), T[:41], (0,)).settings["harmonics"] == 10
    t = np.linspace(0, 1, 301)
    assert fourier_fixed(t, np.sin(t), t, (0,)).settings["harmonics"] == 25
    assert trigonometric_fixed(t, np.sin(t), t, (0,)).settings["harmonics"] == 20


@pytest.mark.parametrize("function", [fourier_gcv, fourier_aicc, trigonometric_gcv])
def test_finds_the_harmonics_of_a_noise_free_series(function) -> None:
    y = 3 + np.cos(W * (T - 1)) - 0.5 * np.sin(5 * W * (T - 1))
    estimate = function(T, y, T, (3,))
    assert estimate.settings["harmonics"] == 5
    exact = W**3 * np.sin(W * (T - 1)) + 0.5 * (5 * W) ** 3 * np.cos(5 * W * (T - 1))
    assert_allclose(estimate.values[0], exact, atol=1e-10 * (5 * W) ** 3)


def test_gcv_minimises_its_formula() -> None:
    y = np.exp(T / 4) + 0.1 * np.random.default_rng(2).standard_normal(81)
    scores = []
    for harmonics in range(1, 26):
        columns = design(T, harmonics, 0)
        residual = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
        scores.append(residual @ residual / (81 - 2 * harmonics - 1) ** 2)
    assert fourier_gcv(T, y, T, (0,)).settings["harmonics"] == 1 + np.argmin(scores)
    assert trigonometric_gcv(T, y, T, (0,)).settings["harmonics"] == 1 + np.argmin(scores[:20])


def test_continuation_is_a_cubic_and_the_explicit_fit_of_its_residuals() -> None:
    y = np.exp(T / 2) + np.sin(3 * W * T) + 1e-2 * np.random.default_rng(4).standard_normal(81)
    estimate = fourier_continuation_fixed(T, y, T, ORDERS)
    assert dict(estimate.settings) == {"degree": 3, "harmonics": 20}
    cubic = np.polynomial.Polynomial.fit(T, y, 3)
    coefficients = np.linalg.lstsq(design(T, 20, 0), y - cubic(T), rcond=None)[0]
    for k in ORDERS:
        expected = design(T, 20, k) @ coefficients + (cubic.deriv(k)(T) if k else cubic(T))
        assert_allclose(estimate.values[k], expected, atol=1e-10 * np.max(np.abs(expected)))


@pytest.mark.parametrize("degree", [1, 2, 5])
def test_adaptive_continuation_finds_the_degree_and_the_harmonics(degree: int) -> None:
    polynomial = np.polynomial.Chebyshev(np.ones(degree + 1), domain=(1, 5))
    y = 100 * polynomial(T) + 1e-3 * np.cos(4 * W * T)
    settings = fourier_continuation_adaptive(T, 100 * polynomial(T), T, (0,)).settings
    assert dict(settings) == {"degree": degree, "harmonics": 1}
    estimate = fourier_continuation_adaptive(T, y, T, (1,))
    assert estimate.settings["harmonics"] >= 4
    exact = 100 * polynomial.deriv()(T) - 4e-3 * W * np.sin(4 * W * T)
    # The trend takes a little of the wave: some 1e-3 of it, times its slope.
    assert_allclose(estimate.values[0], exact, atol=1e-2)
