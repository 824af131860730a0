"""The rational fit against closed forms: its derivatives, its minimum, its deviations."""

from __future__ import annotations

import numpy as np
import pytest

from tiltyard.studies.derivatives.estimators.rational.rational_least_squares import (
    rational_least_squares,
)
from tiltyard.studies.derivatives.numerics.rational.rational_fit import (
    columns,
    distances,
    fit_residues,
    pole_columns,
)
from tiltyard.studies.derivatives.numerics.rational.rational_refinement import polish, refine
from tiltyard.studies.derivatives.numerics.rational.rational_selection import best_fit

X = np.linspace(-1.0, 1.0, 81)
POLES = np.array([0.3 + 0.4j, -0.5 + 0.8j, 1.7 + 0.0j])


def test_columns_differentiate() -> None:
    """Orders differ by one differentiation: five-point differences of step 1e-3, error 1e-9."""
    h = 1e-3
    for order in range(7):
        below = [columns(X[20:60] + s * h, 3, POLES, order) for s in (-2, -1, 1, 2)]
        slope = (below[0] - 8 * below[1] + 8 * below[2] - below[3]) / (12 * h)
        exact = columns(X[20:60], 3, POLES, order + 1)
        scale = np.abs(exact).max(axis=0) + 1.0
        assert np.abs((slope - exact) / scale).max() < 1e-7


def test_refining_finds_the_poles_of_a_rational_function() -> None:
    y = columns(X, 1, POLES[:2], 0) @ np.array([0.2, -1.0, 1.0, 0.5, -0.7, 0.3])
    start = fit_residues(X, y, 1, POLES[:2] + np.array([0.05 - 0.03j, -0.04 + 0.06j]))
    assert start is not None
    fit = refine(X, y, start, nearest=0.05, tolerance=1e-14, iterations=100)
    assert np.abs(fit.poles - POLES[:2]).max() < 1e-6


def test_a_pole_that_the_samples_hardly_show_is_not_sent_away() -> None:
    """Its undamped step is longer than 710, of which exp overflows: it is not even tried."""
    poles, wave = np.array([2.0 + 0.0j]), np.cos(9.0 * X)
    with_residue = fit_residues(X, wave, 1, poles)
    assert with_residue is not None
    y = wave - (with_residue.coefficients[-1] + 1e-4) / (X - 2.0)
    fit = fit_residues(X, y, 1, poles)
    assert fit is not None
    assert fit.coefficients[-1] == pytest.approx(-1e-4)
    with np.errstate(over="raise"):
        assert polish(X, y, fit, nearest=0.05) is fit


def test_at_the_minimum_residuals_are_orthogonal_to_every_direction() -> None:
    """The gradient of the squares vanishes in residues and poles."""
    rng = np.random.default_rng(5)
    y = 1.0 / (1.0 + 25.0 * X**2)
    y = y - y.mean() + rng.normal(0.0, 0.01, len(X))
    fit = best_fit(X, y, 1e-16)
    assert (distances(fit.poles) > 0.05).all()
    J = pole_columns(X, fit, 0)
    gradient = fit.residual @ (J - fit.Q @ (fit.Q.T @ J)) / np.linalg.norm(J, axis=0)
    assert np.abs(gradient).max() < 1e-7 * np.sqrt(fit.squares)
    assert np.abs(fit.Q.T @ fit.residual).max() < 1e-12


@pytest.mark.parametrize("noise", [1e-4, 1e-2])
def test_deviations_cover_a_rational_signal(noise: float) -> None:
    """A pair of poles is the right model of Runge's function: errors are as large as stated.

    The root mean square of error / deviation over 41 correlated points and 20 draws varies by some
    20 %; between 0.6 and 1.7 is what a wrong factor of two would leave.
    """
    t = 2.0 + 5.0 * (X + 1.0)
    ratios = []
    for seed in range(20):
        y = 1.0 / (1.0 + 9.0 * X**2) + np.random.default_rng(seed).normal(0.0, noise, len(X))
        estimate = rational_least_squares(t, y, t[20:61], (0, 1))
        u = X[20:61]
        truth = [1.0 / (1.0 + 9.0 * u**2), -18.0 * u / (1.0 + 9.0 * u**2) ** 2 / 5.0]
        assert estimate.standard_deviation is not None
        ratios.append((estimate.values - np.array(truth)) / estimate.standard_deviation)
    assert 0.6 < np.sqrt(np.mean(np.square(ratios))) < 1.7


def test_equal_samples_are_a_constant() -> None:
    t = np.linspace(0.0, 3.0, 30)
    estimate = rational_least_squares(t, np.full(30, 4.2), t, (0, 1))
    assert np.abs(estimate.values[0] - 4.2).max() < 1e-14  # a rounding of the mean
    assert not estimate.values[1].any()
