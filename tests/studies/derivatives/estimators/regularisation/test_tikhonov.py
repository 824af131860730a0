"""Tikhonov regularisation against normal equations and the norm's closed form."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.regularisation.tikhonov import (
    ROBUSTNESS,
    prepare,
    robust_cross_validation,
    sobolev_gram,
    tikhonov,
    tikhonov_2,
)
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples


def test_sobolev_norm_of_a_polynomial():
    spline = prepare(np.linspace(-1.0, 1.0, 12), unit_samples(np.arange(12.0)), 2).spline
    x = np.linspace(-1.0, 1.0, 60)
    coefficients = np.linalg.lstsq(spline(x), x**3, rcond=None)[0]
    # |x^3|^2 = 2/7, |3 x^2|^2 = 18/5, |6 x|^2 = 24.
    found = coefficients @ sobolev_gram(spline, 2) @ coefficients
    assert found == pytest.approx(2 / 7 + 18 / 5 + 24, rel=1e-10)


def dense_smoother(problem, x, s, penalty):
    A = problem.spline.antiderivative()(x)
    A -= A.mean(axis=0)
    gram = sobolev_gram(problem.spline, s)
    return A @ np.linalg.solve(A.T @ A + penalty * gram, A.T) + 1 / len(x)


@pytest.mark.parametrize(("method", "s"), [(tikhonov, 1), (tikhonov_2, 2)])
def test_solution_satisfies_the_normal_equations(method, s):
    x = np.linspace(-1.0, 1.0, 40)
    y = np.sin(4 * x) + 0.1 * np.random.default_rng(3).standard_normal(40)
    found = method(x, y, x, (0,))
    problem = prepare(x, unit_samples(y), s)
    S = dense_smoother(problem, x, s, found.settings["smoothing"])
    assert_allclose(found.values[0], S @ y, atol=1e-7)  # the dense matrix's condition
    assert found.settings["degrees_of_freedom"] == pytest.approx(np.trace(S), rel=1e-6)


@pytest.mark.parametrize("s", [1, 2])
def test_score_is_that_of_the_dense_smoother(s):
    x = np.linspace(-1.0, 1.0, 30)
    samples = unit_samples(np.cos(3 * x) + 0.1 * np.random.default_rng(0).standard_normal(30))
    problem, penalty = prepare(x, samples, s), 1e-3
    S = dense_smoother(problem, x, s, penalty)
    residual = samples.z - S @ samples.z
    score = residual @ residual / np.trace(np.eye(30) - S) ** 2
    score *= ROBUSTNESS + (1 - ROBUSTNESS) * np.trace(S @ S) / 30
    found = robust_cross_validation(problem, 30, 0.0, np.array([penalty]))[0]
    assert found == pytest.approx(math.log(score), rel=1e-8)


@pytest.mark.parametrize(("method", "highest"), [(tikhonov, 2), (tikhonov_2, 4)])
def test_derivatives_of_each_other(method, highest):
    t = np.linspace(0.0, 6.0, 61)
    y = np.sin(2 * t) + 0.01 * np.random.default_rng(1).standard_normal(61)
    at, h = np.linspace(1.0, 5.0, 23) + 0.0123, 1e-4  # differences inside one interval
    for order in range(highest):
        sides = [method(t, y, at + side * h, (order,)).values[0] for side in (-1, 1)]
        exact = method(t, y, at, (order + 1,)).values[0]
        assert_allclose((sides[1] - sides[0]) / (2 * h), exact, atol=1e-4 * np.abs(exact).max())


def test_clean_signal():
    t = np.linspace(0.0, 6.0, 121)
    found = tikhonov_2(t, np.sin(2 * t), t, (0, 1, 2)).values
    inside = slice(15, -15)
    assert np.abs(found[0] - np.sin(2 * t)).max() < 1e-6
    assert np.abs(found[1] - 2 * np.cos(2 * t))[inside].max() < 1e-4
    assert np.abs(found[2] + 4 * np.sin(2 * t))[inside].max() < 1e-2
