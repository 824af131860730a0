"""Savitzky-Golay with automatic window and degree: exactness, choices, agreement with scipy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Chebyshev
from scipy.signal import savgol_coeffs

from tiltyard.studies.derivatives.estimators.local_polynomial.savitzky_golay import (
    savitzky_golay_adaptive,
)
from tiltyard.studies.derivatives.numerics.bases.gram_polynomials import (
    gram_basis,
    gram_derivatives,
)
from tiltyard.studies.derivatives.numerics.local.moving_polynomial import noise_variance, windows_of

ORDERS = tuple(range(8))


def noisy_sine(n: int, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    t = np.linspace(0, 10, n)
    exact = np.array([np.sin(t + k * np.pi / 2) for k in ORDERS])
    return t, exact[0] + noise * np.random.default_rng(seed).standard_normal(n), exact


def rmse(found: np.ndarray, exact: np.ndarray) -> np.ndarray:
    return np.sqrt(np.mean((found - exact) ** 2, axis=-1))


@pytest.mark.parametrize("size", [5, 36, 101, 1001])
def test_gram_basis_is_orthonormal_and_agrees_with_its_recurrence(size: int) -> None:
    degree = min(size - 1, int(2 * np.sqrt(size)))  # where the recurrence is stable
    basis = gram_basis(size, degree)
    # 1e-13: a few hundred roundings of numbers below one.
    np.testing.assert_allclose(basis.T @ basis, np.eye(degree + 1), atol=1e-13)
    offsets = np.arange(size) - (size - 1) / 2
    np.testing.assert_allclose(gram_derivatives(size, degree, 0, offsets)[0], basis, atol=1e-13)


@pytest.mark.parametrize("size", [12, 41, 81])
def test_gram_basis_is_orthonormal_to_the_last_degree_whatever_the_kernel(size: int) -> None:
    basis = gram_basis(size, size - 1)
    # 1e-13: as above. Orthogonalised within a parity only, it is off by 1e-7 with FMA kernels.
    np.testing.assert_allclose(basis.T @ basis, np.eye(size), atol=1e-13)
    parity = (-1.0) ** np.arange(size)
    np.testing.assert_allclose(basis[::-1], parity * basis, atol=1e-13)


def test_gram_derivatives_are_those_of_the_interpolated_polynomial() -> None:
    offsets = np.linspace(-5, 5, 11)
    found = gram_derivatives(11, 7, 7, np.array([0.3]))[:, 0]
    for degree, column in enumerate(gram_basis(11, 7).T):
        polynomial = Chebyshev.fit(offsets, column, degree, domain=(-5, 5))
        exact = [polynomial.deriv(k)(0.3) if k else polynomial(0.3) for k in ORDERS]
        np.testing.assert_allclose(found[:, degree], exact, atol=1e-10)


@pytest.mark.parametrize("degree", range(8))
def test_reproduces_polynomials_between_samples_too(degree: int) -> None:
    t = np.linspace(3, 8, 51)
    t_eval = np.linspace(3, 8, 77)
    polynomial = Chebyshev(1 / np.arange(1.0, degree + 2), domain=(3, 8))
    values = savitzky_golay_adaptive(t, polynomial(t), t_eval, ORDERS).values
    steepest = Chebyshev.basis(max(degree, 7), domain=(3, 8))
    for k in ORDERS:
        exact = polynomial.deriv(k)(t_eval) if k else polynomial(t_eval)
        # Round-off 2e-16 of the samples, amplified by order 7 as in the estimated risk.
        limit = 1e-6 * abs((steepest.deriv(k) if k else steepest)(8))
        np.testing.assert_allclose(values[k], exact, atol=limit)


@pytest.mark.parametrize("noise", [1e-8, 1e-2])
def test_is_the_least_squares_polynomial_of_the_selected_window(noise: float) -> None:
    t, y, _ = noisy_sine(101, noise)
    estimate = savitzky_golay_adaptive(t, y, t, ORDERS)
    for k in ORDERS:
        half, degree = estimate.settings["window"][k] // 2, estimate.settings["degree"][k]
        window = slice(50 - half, 51 + half)
        fit = Chebyshev.fit(t[window], y[window], degree)
        expected = fit.deriv(k)(t[50]) if k else fit(t[50])
        # Two ways to the same least squares; Chebyshev's condition number is below 1e4 here.
        assert estimate.values[k, 50] == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(("window", "degree"), [(11, 3), (21, 5)])
def test_gram_weights_are_scipys_coefficients(window: int, degree: int) -> None:
    basis = gram_basis(window, degree)
    for k in range(3):
        weights = basis @ gram_derivatives(window, degree, k, np.zeros(1))[k, 0]
        expected = savgol_coeffs(window, degree, deriv=k, use="dot")
        np.testing.assert_allclose(weights, expected, atol=1e-12)


@pytest.mark.parametrize("noise", [1e-8, 1e-4, 1e-1])
def test_noise_estimate_is_near_the_truth(noise: float) -> None:
    found = []
    for seed in range(9):
        _, y, _ = noisy_sine(101, noise, seed)
        found.append(noise_variance([windows_of(y, half) for half in (5, 10, 20, 30, 40, 50)]))
    # The mean of 8 squares or more has a relative standard deviation of a half at most, and the
    # least of several bounds is taken: the median stays within a factor of two.
    assert 0.5 * noise < np.sqrt(np.median(found)) < 2 * noise


def test_errors_fall_with_the_noise_at_every_order() -> None:
    errors = []
    for noise in (1e-8, 1e-6, 1e-4, 1e-2):
        t, y, exact = noisy_sine(101, noise)
        errors.append(rmse(savitzky_golay_adaptive(t, y, t, ORDERS).values, exact))
    assert np.all(np.diff(errors, axis=0) > 0)
    assert errors[0][0] < 1e-8
    assert errors[0][7] < 1e-2


def test_order_0_keeps_samples_of_a_signal_that_is_not_resolved() -> None:
    # Coefficients fall geometrically to the last degree of every window: no noise is seen, and
    # taking their last level for noise would smooth the samples.
    t = np.linspace(0, 1, 61)
    y = 1 / (1.2 + np.sin(14 * t))
    assert rmse(savitzky_golay_adaptive(t, y, t, (0,)).values[0], y) < 1e-9


def test_standard_deviations_are_near_the_errors() -> None:
    ratios = []
    for seed in range(5):
        t, y, exact = noisy_sine(101, 1e-3, seed)
        estimate = savitzky_golay_adaptive(t, y, t, (0, 1, 2, 3))
        ratios.append((estimate.values - exact[:4]) / estimate.standard_deviation)
    # Root mean square of z-scores over 5 × 101 correlated values.
    spread = np.sqrt(np.mean(np.square(ratios), axis=(0, 2)))
    assert np.all((spread > 0.4) & (spread < 2.5))


def test_refuses_uneven_times() -> None:
    t = np.linspace(0, 1, 30) ** 1.1
    with pytest.raises(ValueError, match="evenly spaced"):
        savitzky_golay_adaptive(t, np.sin(t), t, (0,))


@pytest.mark.parametrize("n", [20, 21, 64])
def test_accepts_constants_lines_and_few_samples(n: int) -> None:
    t = np.linspace(0, 1, n)
    for y in (np.full(n, 3.7), 2 * t - 5, np.cos(40 * t)):
        estimate = savitzky_golay_adaptive(t, y, t, ORDERS)
        assert np.all(np.isfinite(estimate.values))
        assert np.all(estimate.standard_deviation >= 0)
    np.testing.assert_allclose(
        savitzky_golay_adaptive(t, 2 * t - 5, t, (0, 1)).values,
        [2 * t - 5, np.full(n, 2)],
        atol=1e-12,
    )


@pytest.mark.parametrize(("offset", "unit"), [(0.0, 1e-12), (1e6, 1.0), (-3e9, 1e9)])
def test_units_of_time_do_not_matter(offset: float, unit: float) -> None:
    t, y, _ = noisy_sine(101, 1e-4)
    expected = savitzky_golay_adaptive(t, y, t, ORDERS).values
    moved = t * unit + offset
    values = savitzky_golay_adaptive(moved, y, moved, ORDERS).values
    # 1e-6: times at 1e6 in steps of 0.1 have lost nine digits.
    scale = np.max(np.abs(expected), axis=1)
    found = values * unit ** np.arange(8.0)[:, None]
    assert np.max(np.abs(found - expected) / scale[:, None]) < 1e-6
