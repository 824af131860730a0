"""The spline of slopes: means over steps, degrees of freedom, and the score of the samples."""

import math

import numpy as np
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.spline.finite_difference_spline import (
    cross_validation,
    finite_difference_spline,
    fit,
    prepare,
)
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples, unit_samples

X = np.concatenate([[0.0], np.sort(np.random.default_rng(3).uniform(0.0, 24.0, 23)), [24.0]])


def noisy():
    return np.sin(0.5 * X) + 0.1 * np.cos(40.0 * X**2)


def test_light_smoothing_interpolates_the_samples():
    samples = unit_samples(noisy())
    spline = fit(prepare(X, samples), samples.z, math.log(30.0))
    assert_allclose(spline(X), samples.z, atol=1e-6)


def test_the_score_is_that_of_the_matrix_from_samples_to_antiderivative():
    log_cut_off = -0.3
    columns = [
        fit(prepare(X, UnitSamples(row, 0.0, 1.0, 0.0)), row, log_cut_off)(X) for row in np.eye(25)
    ]
    smoother = np.array(columns).T
    samples = unit_samples(noisy())
    problem = prepare(X, samples)
    residual = samples.z - smoother @ samples.z
    expected = math.log(residual @ residual) - 2.0 * math.log(25 - np.trace(smoother))
    # All but the constant: Lukas's factor, with gamma 0.3.
    expected += math.log(0.3 + 0.7 * (np.trace(smoother @ smoother) - 1.0) / 24)
    found = cross_validation(problem, problem.factor(np.array([log_cut_off])))
    assert_allclose(found[0], expected, rtol=1e-8)


def test_noise_is_smoothed_at_uneven_times():
    t = np.sort(np.random.default_rng(1).uniform(0.0, 5.0, 401))
    y = np.sin(3 * t) + 0.05 * np.random.default_rng(4).standard_normal(401)
    found = finite_difference_spline(t, y, t, (0, 1, 2)).values[:, 20:-20]
    for order, error in ((0, 0.02), (1, 0.2), (2, 2.0)):
        exact = 3**order * np.sin(3 * t + 0.5 * math.pi * order)[20:-20]
        assert np.sqrt(np.mean((found[order] - exact) ** 2)) < error


def test_samples_all_equal_give_a_constant():
    found = finite_difference_spline(X, np.full(25, 7.0), X, (0, 7)).values
    assert np.array_equal(found, [[7.0] * 25, [0.0] * 25])
