"""The filters' gain at their cut-off, in the pass band and in the stop band."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.contract import ESTIMATORS
from tiltyard.studies.derivatives.estimators.spline.butterworth_fixed import FILTERS, filter_twice


@pytest.mark.parametrize("order", FILTERS)
def test_half_is_left_at_the_cut_off(order):
    cut_off, prior_name = FILTERS[order]
    entry = ESTIMATORS[(f"butterworth_spline_fixed_{order}", "python")]
    assert entry.prior_names == (prior_name,)
    n = np.arange(4001.0)
    middle = slice(1800, 2200)
    for factor in (0.25, 1.0, 3.0):
        wave = np.cos(np.pi * cut_off * factor * (n - 2000))
        # Butterworth's gain, squared, in the bilinear transform's frequency.
        ratio = np.tan(0.5 * np.pi * cut_off * factor) / np.tan(0.5 * np.pi * cut_off)
        expected = wave / (1.0 + ratio ** (2 * order))
        assert_allclose(filter_twice(wave, order, cut_off)[middle], expected[middle], atol=1e-9)


@pytest.mark.parametrize("order", FILTERS)
def test_slow_oscillations_are_differentiated(order):
    t = np.linspace(0.0, 50.0, 501)
    entry = ESTIMATORS[(f"butterworth_spline_fixed_{order}", "python")]
    found = entry.function(t, 3.0 + np.sin(0.5 * t), t, (0, 1, 2)).values[:, 100:-100]
    inside = t[100:-100]
    exact = [3.0 + np.sin(0.5 * inside), 0.5 * np.cos(0.5 * inside), -0.25 * np.sin(0.5 * inside)]
    assert_allclose(found, exact, atol=1e-3)
