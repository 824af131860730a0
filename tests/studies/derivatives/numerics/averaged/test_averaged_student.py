"""The quick Student t against the exact one."""

import numpy as np
import pytest
from scipy.stats import t

from tiltyard.studies.derivatives.numerics.averaged.student import student
from tiltyard.studies.derivatives.numerics.warped.mixture import NORMAL, mixture_quantile


@pytest.mark.parametrize("degrees", [3, 4, 11, 299, 1000])
def test_it_is_the_distribution_of_the_textbook(degrees):
    u = np.concatenate([np.linspace(-8.0, 8.0, 3001), [-1e8, 1e8, -1e200, 1e200]])
    found = student(degrees)
    with np.errstate(over="ignore"):
        assert np.abs(found.below(u) - t.cdf(u, degrees)).max() < 1e-5
        assert np.abs(found.density(u) - t.pdf(u, degrees)).max() < 1e-2
    assert found.quantile(0.16) == pytest.approx(t.ppf(0.16, degrees), rel=1e-12)


@pytest.mark.parametrize("p", [0.025, 0.5, 0.84])
def test_quantiles_of_a_mixture_of_one(p):
    one = np.ones((1, 1))
    found = mixture_quantile(3.0 * one, 0.2 * one, one, student(9), p)
    assert found[0] == pytest.approx(3.0 + 0.2 * t.ppf(p, 9), abs=1e-5)


def test_without_degrees_it_is_normal():
    assert student(None) is NORMAL
