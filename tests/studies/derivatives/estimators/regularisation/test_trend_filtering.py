"""Discrete trend filtering against its optimality conditions and the two solvers' agreement."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.regularisation.total_variation import interior_point
from tiltyard.studies.derivatives.estimators.regularisation.trend_filtering import (
    trend_filtering_2,
    trend_filtering_7,
)
from tiltyard.studies.derivatives.numerics.splines.jump_spline import (
    choose_matrix,
    difference_spline,
    solve,
)
from tiltyard.studies.derivatives.numerics.trend_filter import fit_at, prepare

RNG = np.random.default_rng(7)


def test_shift_matrices_move_differences():
    z = RNG.standard_normal(4)  # differences of order 0 to 3 at one point
    values = [(choose_matrix(np.array(m), 4) @ z)[0] for m in range(-5, 6)]
    assert_allclose(np.diff(values, 4), 0.0, atol=1e-10)
    assert_allclose([np.diff(values, k)[5] for k in range(4)], z, atol=1e-10)


def test_jumps_are_those_of_the_fitted_differences():
    z = RNG.standard_normal(33)
    spline = difference_spline(33, 3)
    variance = 10.0 ** RNG.uniform(-2, 0, (1, len(spline.knots)))
    solution = solve(spline, z, variance, np.zeros_like(variance))
    jumps = np.diff(solution.fitted[0], 4)
    assert_allclose(jumps, solution.jumps[0], atol=1e-10)
    # The normal equations of |z - f|^2 + sum j^2 / V.
    D = np.diff(np.eye(33), 4, axis=0)
    dense = np.linalg.solve(np.eye(33) + D.T @ (D / variance[0][:, None]), z)
    assert_allclose(solution.fitted[0], dense, atol=1e-9)


@pytest.mark.parametrize("degree", [2, 3])
def test_both_solvers_agree(degree):
    t = np.arange(40.0)
    y = np.sin(0.2 * t) + 0.05 * RNG.standard_normal(40)
    problem = prepare(t, y, degree)
    fit = fit_at(problem, -0.5)
    assert fit is not None
    penalty = np.array([problem.spread * 10**-0.5])
    lasso = interior_point(difference_spline(40, degree), y, penalty, 1e-4)
    # A gap of 1e-9 of the objective, about 1, leaves f known to the root of it.
    assert_allclose(lasso.solution.fitted[0], fit.smooth, atol=5e-5)


def test_degree_7_satisfies_the_optimality_conditions():
    t = np.linspace(0.0, 6.0, 41)
    y = np.sin(2 * t) + 0.02 * RNG.standard_normal(41)
    found = trend_filtering_7(t, y, t, (0,))
    D = np.diff(np.eye(41), 8, axis=0)
    dual = np.linalg.lstsq(D.T, y - found.values[0], rcond=None)[0] / found.settings["penalty"]
    # Eightfold sums amplify the rounding of the residual by up to 1e8.
    assert np.abs(dual).max() < 1.0 + 1e-3
    assert np.count_nonzero(np.abs(dual) > 1.0 - 1e-3) >= found.settings["knots"] > 0


@pytest.mark.parametrize("method", [trend_filtering_2, trend_filtering_7])
def test_constant_samples_and_polynomials(method):
    t = np.linspace(0.0, 1.0, 30)
    found = method(t, np.full(30, 0.1), t, (0, 1)).values
    assert_allclose(found, [np.full(30, 0.1), np.zeros(30)], atol=1e-12)
    assert method(t, 1.0 + t - t**2, t, (0,)).settings["knots"] == 0
