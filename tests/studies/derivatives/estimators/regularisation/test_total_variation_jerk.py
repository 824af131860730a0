"""Trend filtering against its optimality conditions, and the pieces that it finds."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.regularisation.total_variation_jerk import (
    total_variation_acceleration,
    total_variation_jerk,
    total_variation_velocity,
)
from tiltyard.studies.derivatives.numerics.trend_filter import difference_rows, fit_at, prepare

METHODS = {1: total_variation_velocity, 2: total_variation_acceleration, 3: total_variation_jerk}


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_rows_are_the_jumps_of_the_derivative(degree):
    x = np.sort(np.random.default_rng(0).uniform(0.0, 30.0, 30))
    rows = difference_rows(x, degree)
    windows = np.lib.stride_tricks.sliding_window_view(x, degree + 2)
    for power in range(degree + 1):  # rounding of values up to 30^3
        assert np.abs((rows * windows**power).sum(axis=1)).max() < 1e-8
    even = difference_rows(np.arange(30.0), degree)
    assert_allclose(even[0], np.diff(np.eye(degree + 2), degree + 1, axis=0)[0], atol=1e-12)


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_fit_satisfies_the_optimality_conditions(degree):
    t = np.linspace(0.0, 3.0, 40)
    y = np.sin(2 * t) + 0.05 * np.random.default_rng(1).standard_normal(40)
    problem = prepare(t, y, degree)
    fit = fit_at(problem, -0.5)
    assert fit is not None
    D = np.diff(np.eye(40), degree + 1, axis=0)
    dual = np.linalg.lstsq(D.T, y - fit.smooth, rcond=None)[0] / (problem.spread * 10**-0.5)
    jumps = D @ fit.smooth
    assert np.abs(dual).max() < 1.0 + 1e-6
    used = np.abs(jumps) > 1e-4 * np.abs(jumps).max()
    assert 0 < np.count_nonzero(used) <= fit.knots < 30
    # The gap of 1e-9 of the objective is what a jump's share of the penalty can be wrong by.
    assert_allclose(dual[used], np.sign(jumps[used]), atol=1e-3)


def test_velocity_finds_two_straight_pieces():
    t = np.linspace(0.0, 1.0, 101)
    y = np.abs(t - 0.4) + 1e-3 * np.random.default_rng(2).standard_normal(101)
    found = total_variation_velocity(t, y, t, (0, 1))
    assert found.settings["knots"] <= 15
    assert np.median(np.abs(found.values[1][t > 0.45] - 1.0)) < 0.02
    assert np.median(np.abs(found.values[1][t < 0.35] + 1.0)) < 0.02


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_little_noise_is_little_smoothed(degree):
    t = np.linspace(0.0, 6.0, 61)
    y = np.sin(t)
    found = METHODS[degree](t, y, t, (0, 1))
    assert np.abs(found.values[0] - y).max() < 1e-6
    # Differences over three or five samples err by h^2 = 0.01 at most.
    assert np.abs(found.values[1] - np.cos(t)).max() < 0.011


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_constant_samples(degree):
    t = np.linspace(0.0, 1.0, 20)
    found = METHODS[degree](t, np.full(20, 0.1), t, (0, 1)).values
    assert_allclose(found, [np.full(20, 0.1), np.zeros(20)], atol=1e-12)
