"""The filter's gain, its degrees of freedom, and what passes unchanged."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.signal import butter, sosfiltfilt

from tiltyard.studies.derivatives.estimators.spline.butterworth_spline import (
    ORDER,
    best,
    butterworth_spline,
    filter_samples,
    prepare,
)
from tiltyard.studies.derivatives.numerics.bases.penalised_basis import degrees_left
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples


@pytest.mark.parametrize("cut_off", [0.05, 0.2, 0.7])
def test_inside_it_is_scipys_filter_run_forwards_and_backwards(cut_off):
    y = np.random.default_rng(4).standard_normal(600)
    samples = unit_samples(y)
    found = filter_samples(samples, prepare(samples), math.log(math.tan(0.5 * math.pi * cut_off)))
    expected = sosfiltfilt(butter(ORDER, cut_off, output="sos"), samples.z)
    # What the two add at the ends has decayed to some 1e-8 in the middle.
    assert_allclose(found[280:320], expected[280:320], atol=1e-7)


def test_degrees_of_freedom_are_the_trace():
    n, log_tangent = 25, -0.5
    columns = []
    for row in np.eye(n):
        samples = unit_samples(row)
        filtered = filter_samples(samples, prepare(samples), log_tangent)
        columns.append(samples.mean + samples.spread * filtered)
    problem = prepare(samples)
    left = degrees_left(problem.model, problem.samples, problem.factor(np.array([log_tangent])))
    assert_allclose(left[0], n - np.trace(np.array(columns)), rtol=1e-9)


@pytest.mark.parametrize("log_tangent", [-3.0, 0.0, 2.0])
def test_cubic_polynomials_pass(log_tangent):
    samples = unit_samples(np.linspace(-1.0, 2.0, 80) ** 3)
    # 1e-9: rounding, which the strongest filter amplifies by the 1e3 of its penalty's weight.
    assert_allclose(filter_samples(samples, prepare(samples), log_tangent), samples.z, atol=1e-9)


def test_the_cut_off_is_higher_for_faster_oscillations():
    n = np.arange(301.0)
    noise = 0.05 * np.random.default_rng(6).standard_normal(301)
    slow, fast = (best(prepare(unit_samples(np.sin(w * n) + noise))) for w in (0.05, 0.5))
    assert math.atan(math.exp(slow)) < 0.5 * math.atan(math.exp(fast))


def test_samples_all_equal_give_a_constant():
    t = np.linspace(0.0, 1.0, 12)
    found = butterworth_spline(t, np.full(12, 7.0), t, (0, 1)).values
    assert np.array_equal(found, [[7.0] * 12, [0.0] * 12])
