"""The lag: closed forms, and its interval against errors that are drawn."""

import numpy as np
import pytest

from tiltyard.application.derived.course import Course
from tiltyard.application.derived.feature import Feature, Known
from tiltyard.application.derived.lag import covariance_with_slope, lag
from tiltyard.studies.derivatives.bands import normal_quantiles

T = np.linspace(0, 10, 201)
#: Errors are sums of these bumps, whose deviations differ from time to time.
WAVES = np.array([(1 + c / 20) * np.exp(-0.5 * (T - c) ** 2) for c in np.arange(-1.0, 11.5, 1.5)])
SLOPES = np.gradient(WAVES, T, axis=1, edge_order=2)


def level(t):
    return 1.0 + 2.0 / (1.0 + np.exp(-1.5 * (t - 5.0)))


def rate(t):
    s = 1.0 / (1.0 + np.exp(-1.5 * (t - 5.0)))
    return 3.0 * s * (1 - s)


def estimated(size, rng):
    weights = size * rng.standard_normal(len(WAVES))
    bands = [np.sqrt(np.square(size * one).sum(axis=0)) for one in (WAVES, SLOPES)]
    values = level(T) + weights @ WAVES, rate(T) + weights @ SLOPES
    courses = [
        Course(T, value, normal_quantiles(value, band))
        for value, band in zip(values, bands, strict=True)
    ]
    place = float(courses[1].t[np.argmax(courses[1].values)])
    largest = Feature("maximum", 1, Known(place, place, place), Known(0, 0, 0), True, 1.0)
    return lag(*courses, largest)


def test_it_is_where_the_tangent_meets_the_level_at_the_start():
    found = estimated(0.0, np.random.default_rng(0))
    # The rate 0.75 at 5, a rise by 1 from there: 4/3 before it.
    true = 5.0 - (level(5.0) - level(0.0)) / 0.75
    assert found.place.value == pytest.approx(true, abs=1e-3)
    assert found.height.value == pytest.approx(level(0.0)) and found.certain


def test_its_interval_has_it_in_95_of_100():
    rng = np.random.default_rng(5)
    true = 5.0 - (level(5.0) - level(0.0)) / 0.75
    found = [estimated(0.02, rng) for _ in range(400)]
    hits = np.mean([one.place.low <= true <= one.place.high for one in found])
    assert 0.92 <= hits <= 0.985
    halved = [abs(one.place.value - true) <= 0.25 * one.place.width for one in found]
    assert np.mean(halved) < 0.85


def test_errors_of_value_and_slope_go_together_as_the_variance_changes():
    """Of any error that is a sum of functions with independent weights."""
    deviation = np.sqrt(np.square(WAVES).sum(axis=0))
    together = (WAVES * SLOPES).sum(axis=0)
    found = covariance_with_slope(T, deviation)
    np.testing.assert_allclose(found[2:-2], together[2:-2], atol=0.01)
