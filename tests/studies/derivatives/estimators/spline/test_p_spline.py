"""P-splines against dense normal equations, and what they find of the noise."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.interpolate import BSpline

from tiltyard.studies.derivatives.contract import ESTIMATORS
from tiltyard.studies.derivatives.estimators.spline.p_spline import (
    DEGREE,
    PENALTY_ORDER,
    fit,
    prepare,
)
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples

NAMES = ("p_spline_reml", "p_spline_gcv")


def test_values_and_deviations_are_those_of_normal_equations():
    x = np.sort(np.random.default_rng(1).uniform(0.0, 29.0, 30))
    x[[0, -1]] = 0.0, 29.0
    y = np.sin(0.5 * x) + 0.1 * np.cos(9.0 * x)
    found = fit(x, y, x, (0, 2), lambda _: math.log(1.5))
    knots = np.arange(-DEGREE, 29 + DEGREE + 1.0)
    basis = BSpline.design_matrix(x, knots, DEGREE).toarray()
    penalty = np.diff(np.eye(basis.shape[1]), PENALTY_ORDER, axis=0)
    factor = 1.5 ** (-2 * PENALTY_ORDER)
    assert_allclose(found.settings["penalty_factor"], factor, rtol=1e-9)
    covariance = np.linalg.inv(basis.T @ basis + factor * penalty.T @ penalty)
    spline = BSpline(knots, covariance @ basis.T @ y, DEGREE)
    smoother = basis @ covariance @ basis.T
    residual = y - smoother @ y
    noise = np.linalg.norm(residual) / math.sqrt(30 - np.trace(smoother))
    assert_allclose(found.settings["noise"], noise, rtol=1e-6)
    for row, order in enumerate((0, 2)):
        # 1e-6: normal equations lose digits.
        assert_allclose(found.values[row], spline(x, nu=order), rtol=1e-6, atol=1e-6)
        functions = BSpline(knots, np.eye(basis.shape[1]), DEGREE)(x, nu=order)
        expected = noise * np.sqrt(np.einsum("ij,jk,ik->i", functions, covariance, functions))
        assert_allclose(found.standard_deviation[row], expected, rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_noise_and_its_deviation_are_found(name):
    t = np.linspace(0.0, 5.0, 401)
    noise = 0.05 * np.random.default_rng(4).standard_normal(401)
    function = ESTIMATORS[(name, "python")].function
    found = function(t, np.sin(3 * t) + noise, t, (0, 1, 2, 3))
    # The noise's sample deviation varies by 1 / sqrt(2 * 400) = 3.5 %.
    assert_allclose(found.settings["noise"], 0.05, rtol=0.1)
    for order in range(4):
        exact = 3**order * np.sin(3 * t + 0.5 * math.pi * order)
        within = np.abs(found.values[order] - exact) < 2 * found.standard_deviation[order]
        assert np.mean(within) > 0.75


@pytest.mark.parametrize("n", [30, 700])
def test_the_basis_has_no_more_than_400_intervals(n):
    x = np.arange(float(n))
    problem = prepare(x, unit_samples(np.sin(0.1 * x)))
    assert len(problem.knots) == min(n - 1, 400) + 2 * DEGREE + 1


def test_samples_all_equal_give_a_constant():
    t = np.linspace(0.0, 1.0, 12)
    found = ESTIMATORS[("p_spline_gcv", "python")].function(t, np.full(12, 7.0), t, (0, 7)).values
    assert np.array_equal(found, [[7.0] * 12, [0.0] * 12])
