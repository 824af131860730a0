"""Whittaker's smoother against its dense normal equations and exact differences."""

import math
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.regularisation.whittaker import (
    HALF_WIDTH,
    ORDER,
    ROBUSTNESS,
    central_series,
    derivatives_at_points,
    difference_chain,
    residuals,
    robust_cross_validation,
    smooth_beyond_ends,
    whittaker,
    whittaker_2,
    whittaker_3,
    whittaker_4,
)
from tiltyard.studies.derivatives.estimators.regularisation.whittaker_fixed import (
    whittaker_fixed,
    whittaker_smooth,
)
from tiltyard.studies.derivatives.numerics.kalman.information_smoother import backward, forward

ORDERS = tuple(range(8))
RNG = np.random.default_rng(2)


def dense_smoother(n, smoothing):
    D = np.diff(np.eye(n), ORDER, axis=0)
    return np.linalg.inv(np.eye(n) + smoothing * D.T @ D)


@pytest.mark.parametrize("smoothing", [1e-3, 1.0, 1e3])
def test_smoothed_samples_and_residuals_solve_the_normal_equations(smoothing):
    z = np.sin(0.3 * np.arange(40)) + 0.1 * RNG.standard_normal(40)
    chain, q = difference_chain(40, ORDER), np.array([1.0 / smoothing])
    smoothed = backward(chain, forward(chain, z[:, None], q), q)
    S = dense_smoother(40, smoothing)
    # The dense matrix has a condition number of 4e3 * smoothing.
    assert_allclose(smoothed.states[0, :, 0], S @ z, atol=1e-9)
    assert_allclose(residuals(z, smoothed, q)[0], z - S @ z, atol=1e-9)
    assert_allclose(smoothed.variances[0, :, 0], np.diag(S), rtol=1e-9)


def test_robust_score_is_that_of_the_dense_smoother():
    z = RNG.standard_normal(30)
    stretch = np.linalg.svd(np.diff(np.eye(30), ORDER, axis=0), compute_uv=False)
    for smoothing in (1e-2, 10.0):
        S = dense_smoother(30, smoothing)
        score = np.sum((z - S @ z) ** 2) / (30 - np.trace(S)) ** 2
        score *= ROBUSTNESS + (1 - ROBUSTNESS) * np.trace(S @ S) / 30
        found = robust_cross_validation(z, 0.0, stretch, np.array([1.0 / smoothing]))
        assert_allclose(found, np.log(score), rtol=1e-8)


def test_points_beyond_the_ends_continue_the_polynomial_of_the_last_differences():
    z = np.sin(0.3 * np.arange(40))
    whole = smooth_beyond_ends(z, 1e-2, ORDER).states[0, :, 0]
    for end in (whole[: HALF_WIDTH + ORDER], whole[-HALF_WIDTH - ORDER :]):
        assert np.abs(np.diff(end, ORDER)).max() < 1e-9


@pytest.mark.parametrize("order", range(9))
def test_central_series_is_exact_for_polynomials(order):
    """delta^j of t^d at 0, in exact fractions, against the derivative of t^d at 0."""
    terms = 6
    series = central_series(order, terms)
    for degree in range(order % 2, order + 2 * terms, 2):
        total = 0.0
        for j in range(terms):
            total += series[j] * float(central_difference(order + 2 * j, order % 2, degree))
        expected = float(math.factorial(order)) if degree == order else 0.0
        scale = max(1.0, float(abs(central_difference(order, order % 2, degree))))
        assert abs(total - expected) <= 1e-12 * scale * terms


def central_difference(order, odd, degree):
    """delta^order of t^degree at 0, and for odd orders its mean over half a step to each side."""
    points = [Fraction(-1, 2), Fraction(1, 2)] if odd else [Fraction(0)]
    total = sum(
        (-1) ** j * math.comb(order, j) * (point + Fraction(order, 2) - j) ** degree
        for point in points
        for j in range(order + 1)
    )
    return total / len(points)


def test_light_smoothing_differentiates_the_interpolating_polynomial():
    t = np.arange(60.0)
    z = np.cos(0.5 * t)
    smoothed = smooth_beyond_ends(z, 1e12, ORDER)
    found = derivatives_at_points(smoothed, 1e12, 7)
    inside = slice(15, -15)
    for order in ORDERS:
        exact = 0.5**order * np.cos(0.5 * t + 0.5 * np.pi * order)
        # The 21-point series errs by (w / 2)^20 of the derivative, q = 1e12 by (w)^12 1e-12.
        assert_allclose(found[order][inside], exact[inside], atol=1e-9 * 0.5**order)


def test_between_samples_the_estimate_is_the_nearest_samples_polynomial():
    t = np.linspace(0.0, 6.0, 61)
    y = np.sin(2 * t)
    at = np.array([2.03, 2.03 + 1e-4, 2.03 + 2e-4])
    found = whittaker(t, y, at, ORDERS).values
    assert_allclose((found[:-1, 2] - found[:-1, 0]) / 2e-4, found[1:, 1], rtol=1e-4, atol=1e-6)


def test_uneven_times_are_refused():
    t = np.linspace(0.0, 1.0, 30) ** 1.1
    with pytest.raises(ValueError, match="evenly spaced times, got steps from"):
        whittaker(t, t, t, (0,))


def test_noise_chooses_the_smoothing():
    t = np.linspace(0.0, 6.0, 201)
    found = [
        whittaker(t, np.sin(2 * t) + noise * RNG.standard_normal(201), t, (0, 1))
        for noise in (1e-4, 1e-1)
    ]
    assert found[0].settings["smoothing"] < found[1].settings["smoothing"]
    error = np.sqrt(np.mean((found[1].values[1] - 2 * np.cos(2 * t)) ** 2))
    # Derivative of unsmoothed noise would err by 0.1 / 0.03 / sqrt(2) = 2.4.
    assert error < 0.24


@pytest.mark.parametrize(("method", "d"), [(whittaker_2, 2), (whittaker_3, 3), (whittaker_4, 4)])
def test_other_orders_solve_their_normal_equations(method, d):
    t = np.linspace(0.0, 6.0, 61)
    y = np.sin(2 * t) + 0.05 * np.random.default_rng(1).standard_normal(61)
    found = method(t, y, t, (0, 2 * d - 1))
    D = np.diff(np.eye(61), d, axis=0)
    dense = np.linalg.solve(np.eye(61) + found.settings["smoothing"] * D.T @ D, y)
    assert_allclose(found.values[0], dense, atol=1e-9)  # condition number up to 1e5
    assert 8 < found.settings["degrees_of_freedom"] < 50


def test_fixed_smoothing_is_the_dense_solution():
    y = RNG.standard_normal(30)
    D = np.diff(np.eye(30), 2, axis=0)
    assert_allclose(whittaker_smooth(y, 100.0), np.linalg.solve(np.eye(30) + 100 * D.T @ D, y))
    t = np.linspace(0.0, 1.0, 30)
    found = whittaker_fixed(t, y, t, (0,))
    assert_allclose(found.values[0], whittaker_smooth(y, 100.0), atol=1e-12)
