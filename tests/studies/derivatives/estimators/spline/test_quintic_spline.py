"""Quintic splines against polynomials, scipy's own results in other units, and their residuals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.interpolate import UnivariateSpline

from tiltyard.studies.derivatives.estimators.spline.quintic_spline import (
    dierckx_spline_difference_noise,
    dierckx_spline_fixed_noise,
    dierckx_spline_rescaled_noise,
    difference_noise,
    interpolating_spline_quintic,
)
from tiltyard.studies.derivatives.numerics.splines.quintic_spline import derivatives, interpolate

ORDERS = tuple(range(6))
T = np.sort(np.random.default_rng(2).uniform(0.0, 4.0, 60))


def noisy(noise):
    return 5.0 + np.sin(3 * T) + noise * np.random.default_rng(3).standard_normal(len(T))


def test_the_interpolating_spline_meets_the_samples():
    found = interpolating_spline_quintic(T, noisy(0.1), T, (0,))
    assert_allclose(found[0], noisy(0.1), rtol=1e-14)


def test_fifth_derivative_at_a_knot_is_the_mean_of_both_sides():
    x = np.arange(20.0)
    spline = interpolate(x, np.sin(x))
    left, middle, right = derivatives(spline, np.array([7 - 1e-3, 7, 7 + 1e-3]), (5,))[0]
    assert left != right
    assert_allclose(middle, 0.5 * (left + right), rtol=1e-14)
    # At the ends there is one side.
    ends = derivatives(spline, np.array([0.0, 19.0]), (5,))[0]
    inside = derivatives(spline, np.array([0.5, 18.5]), (5,))[0]
    assert_allclose(ends, inside, rtol=1e-14)


def test_residuals_of_dierckx_are_one_percent():
    y = noisy(0.03)
    found = dierckx_spline_fixed_noise(T, y, T, (0,))
    # FITPACK stops within 0.1 % of the sum of squares.
    assert_allclose(np.sqrt(np.mean((found.values[0] - y) ** 2)), 0.01 * np.std(y), rtol=1e-3)
    assert_allclose(found.settings["residual"], 0.01 * np.std(y), rtol=1e-3)


def test_dierckx_is_scipys_in_original_units():
    y = noisy(0.03)
    expected = UnivariateSpline(T, y, k=5, s=len(y) * (0.01 * np.std(y)) ** 2)
    found = dierckx_spline_fixed_noise(T, y, T, ORDERS).values
    for order in range(5):
        scale = np.max(np.abs(expected(T, nu=order)))
        # Both stop within 0.1 % of the sum of squares, at about the same place.
        assert_allclose(found[order], expected(T, nu=order), atol=1e-6 * scale)


def test_second_differences_tell_the_noise():
    noise = np.random.default_rng(1).standard_normal(4001)
    # The median absolute deviation of 4000 dependent values varies by some 2 %.
    assert_allclose(difference_noise(3.0 * noise + np.arange(4001)), 3.0, rtol=0.08)


@pytest.mark.parametrize("noise", [0.02, 0.1])
def test_dierckx_finds_few_knots_for_the_noise_of_differences(noise):
    t = np.linspace(0.0, 4.0, 201)
    y = np.sin(3 * t) + noise * np.random.default_rng(3).standard_normal(len(t))
    found = dierckx_spline_difference_noise(t, y, t, (0, 1))
    assert found.settings["knots"] < 20
    assert_allclose(found.settings["noise"], noise, rtol=0.25)
    assert np.sqrt(np.mean((found.values[0] - np.sin(3 * t)) ** 2)) < 0.5 * noise


@pytest.mark.parametrize("unit", [0.5, 1.0, 4.0])
def test_rescaled_noise_is_that_of_differences_times_the_deviation_of_the_samples(unit):
    y = unit * noisy(0.03)
    honest, rescaled = (
        function(T, y, T, (0,))
        for function in (dierckx_spline_difference_noise, dierckx_spline_rescaled_noise)
    )
    assert_allclose(rescaled.settings["noise"], np.std(y) * honest.settings["noise"], rtol=1e-12)


def test_samples_all_equal_give_a_constant():
    found = dierckx_spline_fixed_noise(T, np.full(60, 7.0), T, (0, 5)).values
    assert np.array_equal(found, [[7.0] * 60, [0.0] * 60])
