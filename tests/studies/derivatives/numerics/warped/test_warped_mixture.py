"""Quantiles of mixtures against numerical inversion, and what they must respect."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import brentq
from scipy.stats import norm, t

from tiltyard.studies.derivatives.numerics.warped.mixture import (
    NORMAL,
    STUDENT,
    mixture_quantile,
)

SHAPES = {"normal": (NORMAL, norm), "student": (STUDENT, t(4))}
RNG = np.random.default_rng(11)
MEANS = RNG.normal(size=(5, 3, 20)) * 10.0 ** RNG.integers(-3, 4, size=(5, 1, 20))
SCALES = 10.0 ** RNG.uniform(-6.0, 6.0, size=(5, 3, 20))
WEIGHTS = RNG.dirichlet(np.ones(5), size=3).T[:, :, None]


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_are_the_distributions_of_the_textbook(name):
    shape, known = SHAPES[name]
    u = np.linspace(-30.0, 30.0, 61)
    # 1e-16 of one: the tails are differences from it.
    assert_allclose(shape.below(u), known.cdf(u), atol=1e-15)
    assert_allclose(shape.density(u), known.pdf(u), rtol=1e-12)
    assert shape.quantile(0.16) == pytest.approx(known.ppf(0.16), rel=1e-12)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("p", [0.025, 0.16, 0.5, 0.84, 0.975])
def test_quantiles_are_those_of_numerical_inversion(name, p):
    shape, known = SHAPES[name]
    found = mixture_quantile(MEANS, SCALES, WEIGHTS, shape, p)
    for k in range(3):
        for i in range(20):
            m, s, w = MEANS[:, k, i], SCALES[:, k, i], WEIGHTS[:, k, 0]

            def excess(x, m=m, s=s, w=w):
                return float(w @ known.cdf((x - m) / s)) - p

            own = m + known.ppf(p) * s
            margin = 1e-9 * np.ptp(own) + 1e-9
            exact = brentq(excess, own.min() - margin, own.max() + margin, xtol=1e-300, rtol=1e-15)
            # Both end where the distribution function is known to 1e-10, which a density tells in
            # units of x.
            density = float(w @ (known.pdf((exact - m) / s) / s))
            assert abs(found[k, i] - exact) < 3e-10 / density + 1e-12 * np.abs(own).max()


def test_medians():
    weights = np.array([0.5, 0.5])
    half = mixture_quantile(np.array([1.0, 3.0]), np.array([0.2, 0.2]), weights, NORMAL, 0.5)
    assert half == pytest.approx(2.0)
    rare = np.array([0.999, 0.001])
    alone = mixture_quantile(np.array([1.0, 1e9]), np.array([0.1, 1e9]), rare, NORMAL, 0.5)
    assert alone == pytest.approx(1.0, abs=1e-3)


def test_members_that_agree_exactly_have_no_spread():
    same = np.full((3, 4), 7.0)
    weights = np.full((3, 1), 1.0 / 3.0)
    found = mixture_quantile(same, np.zeros((3, 4)), weights, STUDENT, 0.975)
    assert_allclose(found, 7.0, rtol=1e-15)


def test_quantiles_rise_with_probability_and_follow_shift_and_scale():
    probabilities = np.linspace(0.01, 0.99, 21)
    found = np.array([mixture_quantile(MEANS, SCALES, WEIGHTS, STUDENT, p) for p in probabilities])
    assert np.all(np.diff(found, axis=0) > 0.0)
    moved = np.array(
        [
            mixture_quantile(5.0 - 2.0 * MEANS, 2.0 * SCALES, WEIGHTS, STUDENT, p)
            for p in probabilities
        ]
    )
    # Mirrored: the quantiles at 1 - p. 1e-10 of probability, where density is low.
    size = np.abs(found[-1] - found[0])
    assert np.all(np.abs(moved - (5.0 - 2.0 * found[::-1])) < 1e-5 * size)
