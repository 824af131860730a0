"""Where a band has zero, and where a derivative must change its sign."""

import numpy as np
import pytest

from tiltyard.application.derived.course import Course, apart, probability_above_zero
from tiltyard.application.derived.crossings import crossings
from tiltyard.studies.derivatives.bands import HALF_WIDTH_95, normal_quantiles

T = np.linspace(0, 10, 201)


def course(values, deviation, t=T):
    values = values(t) if callable(values) else values
    return Course(t, values, normal_quantiles(values, np.broadcast_to(deviation, values.shape)))


def only(found):
    (one,) = found
    return one


def test_the_interval_is_where_the_band_has_zero():
    """A line has it exactly, a flat zero as long as it is below the band's half width."""
    one = only(crossings(course(lambda t: 2.0 * (t - 4.3), 0.5)))
    assert (one.certain, one.rising, one.open_start, one.open_end) == (True, True, False, False)
    assert one.place == pytest.approx(4.3, abs=1e-9)
    assert one.low == pytest.approx(4.3 - 0.25 * HALF_WIDTH_95, abs=1e-4)
    assert one.high == pytest.approx(4.3 + 0.25 * HALF_WIDTH_95, abs=1e-4)
    flat = only(crossings(course(lambda t: -((t - 5.0) ** 3), 0.5)))
    half = (0.5 * HALF_WIDTH_95) ** (1 / 3)
    assert flat.certain and not flat.rising
    assert [flat.low, flat.high] == pytest.approx([5 - half, 5 + half], abs=2e-3)


def test_a_touch_that_may_miss_zero_is_not_certain():
    """Two zeros, a little below which the band does not reach."""
    found = crossings(course(lambda t: (t - 5.0) ** 2 - 0.1, 0.2))
    assert [one.rising for one in found] == [False, True]
    assert not any(one.certain for one in found)
    # Both intervals are all of the place where zero is possible.
    assert found[0].low == found[1].low and found[0].high == found[1].high
    assert all(0 < one.probability < 0.95 for one in found)
    assert crossings(course(lambda t: (t - 5.0) ** 2 + 0.1, 0.2)) == []
    assert all(one.certain for one in crossings(course(lambda t: (t - 5.0) ** 2 - 1, 0.2)))


def test_zeros_that_cannot_be_told_apart_are_one():
    """Three of a cubic within one band; the one where the height is most extreme stands for all."""
    cubic = course(lambda t: (t - 4.9) * ((t - 5) ** 2 - 0.04), 0.2)
    one = only(crossings(cubic))
    # Of the two that rise the one nearer to the middle of all places.
    assert one.certain and one.rising and one.place == pytest.approx(4.8, abs=1e-6)
    height = course(lambda t: -t, 0.01)
    assert only(crossings(cubic, height)).place == pytest.approx(5.2, abs=1e-6)


def test_at_an_end_it_is_not_certain():
    one = only(crossings(course(lambda t: t - 0.1, 0.5)))
    assert not one.certain and one.open_start and one.low == 0.0


def test_what_is_exact_has_no_width_but_that_of_interpolation():
    found = crossings(course(np.sin, 0.0))
    assert [one.place for one in found] == pytest.approx(np.pi * np.arange(1, 4), abs=1e-8)
    assert all(one.certain and one.high - one.low < 1e-4 for one in found)
    assert all(
        one.low <= true <= one.high
        for one, true in zip(found, np.pi * np.arange(1, 4), strict=True)
    )
    # Times too far apart for the signal widen it.
    rough = crossings(course(np.sin, 0.0, np.linspace(0, 10, 13)))
    assert all(
        one.low <= true <= one.high and one.high - one.low > 3e-4
        for one, true in zip(rough, np.pi * np.arange(1, 4), strict=True)
    )


def test_nothing_is_found_of_what_is_zero_throughout():
    assert crossings(course(np.zeros_like, 0.0)) == []
    assert crossings(course(np.zeros_like, 1.0)) == []


def simulated(narrowed, records=200):
    """Share of intervals with the true zero, of errors that go together at all times."""
    rng = np.random.default_rng(3)
    waves = np.array([f(w * T) for w in (0.7, 1.9, 3.1) for f in (np.cos, np.sin)])
    hits = 0
    for _ in range(records):
        error = rng.standard_normal(6) @ waves * 0.1
        values = np.tanh(T - 5.0) + error
        found = crossings(course(values, narrowed * 0.1 * np.sqrt(3.0)))
        hits += any(one.low <= 5.0 <= one.high for one in found if one.certain)
    return hits / records


def test_intervals_have_the_true_zero_in_95_of_100_whatever_the_errors_correlate():
    assert 0.915 <= simulated(narrowed=1.0) <= 0.985
    # Bands that claim too much are found out.
    assert simulated(narrowed=0.5) < 0.8


def test_probabilities_are_those_of_the_quantiles():
    from scipy.special import ndtr

    means = np.array([-2.5, -1.0, -0.2, 0.0, 0.4, 1.5, 3.0])
    found = probability_above_zero(normal_quantiles(means, np.ones(7)))
    np.testing.assert_allclose(found, ndtr(means), rtol=1e-12)
    np.testing.assert_array_equal(
        probability_above_zero(np.tile([-1.0, 0.0, 2.0], (4, 1))), [0.0, 0.5, 1.0]
    )


def test_times_that_all_but_coincide_count_once():
    t = np.sort(np.concatenate([np.linspace(0, 1, 11), np.linspace(0, 1, 11)[1:-1] + 1e-9]))
    assert len(apart(t)) == 11
    assert np.array_equal(apart(np.geomspace(1, 1e6, 30)), np.arange(30))
