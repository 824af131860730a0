"""Derivatives through a logarithm: closed forms, and draws against means and variances."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.numerics.averaged.averaging import average
from tiltyard.studies.derivatives.numerics.averaged.exponential import (
    average_of_logarithm,
    draws_of,
    exponential,
)
from tiltyard.studies.derivatives.numerics.averaged.posterior import posterior

T = np.linspace(0.0, 4.0, 30)
NOISE = 0.05 * np.random.default_rng(8).standard_normal(30)


def test_derivatives_of_an_exponential_are_those_of_the_textbook():
    """Of exp(-t²/2) they are Hermite polynomials times itself."""
    x = np.linspace(-2.0, 2.0, 9)
    f = np.array([-(x**2) / 2, -x, -np.ones(9), np.zeros(9), np.zeros(9)])
    hermite = np.array([np.ones(9), -x, x**2 - 1, 3 * x - x**3, x**4 - 6 * x**2 + 3])
    assert_allclose(exponential(f), hermite * np.exp(-(x**2) / 2), atol=1e-12)


def test_exact_growth_is_exact():
    found = average_of_logarithm(T, 2.0 * np.exp(-1.3 * T), T, (0, 1, 3))
    for row, order in enumerate((0, 1, 3)):
        assert_allclose(found.values[row], 2.0 * (-1.3) ** order * np.exp(-1.3 * T), rtol=1e-6)


def test_units_only_multiply():
    y = np.exp(-1.3 * T + NOISE)
    plain = average_of_logarithm(T, y, T, (0, 1, 2))
    moved = average_of_logarithm(60.0 * T, 1e4 * y, 60.0 * T, (0, 1, 2))
    unit = 1e4 / 60.0 ** np.arange(3)[:, None]
    assert_allclose(moved.values, unit * plain.values, rtol=1e-6)
    assert_allclose(moved.deviations, unit * plain.deviations, rtol=1e-5)
    assert moved.noise == pytest.approx(plain.noise)


def test_draws_have_the_mean_and_spread_of_the_average():
    found = posterior(T, np.sin(T) + NOISE, None, None, None, (), None)
    drawn = draws_of(found, T, (0, 1, 2))
    whole = average(T, np.sin(T) + NOISE, T, (0, 1, 2))
    assert_allclose(drawn.std(axis=0), whole.deviations, rtol=0.25)
    off = (np.median(drawn, axis=0) - whole.values) / whole.deviations
    assert np.sqrt(np.mean(off**2)) < 0.2
    # Order 1 is the slope of order 0 in the draws' covariance, too: they are drawn together.
    means, slopes = drawn[:, 0], drawn[:, 1]
    at_the_end = np.corrcoef(means[:, -1], slopes[:, -1])[0, 1]
    in_the_middle = np.corrcoef(means[:, 15], slopes[:, 15])[0, 1]
    assert at_the_end > 0.5 > abs(in_the_middle)


def test_what_is_not_above_zero_is_refused():
    with pytest.raises(ValueError, match="1 samples are not above 0"):
        average_of_logarithm(T, T, T, (0,))
