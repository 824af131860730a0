"""Maxima, minima and zeros of records with noise, with breaks, and without anything to find."""

import numpy as np
import pandas as pd
import pytest
from derivable import T, count, growth, titration

import tiltyard
from tiltyard.application.derived.finding import features_of
from tiltyard.application.derived.wanted import Wanted

QUICK = {"estimator": "gaussian_process_se"}


def noisy(signal, noise, seed=0, t=T):
    return signal(t) + noise * np.random.default_rng(seed).standard_normal(len(t))


def one_of(found, kind, order):
    (one,) = [each for each in found.features if (each.kind, each.order) == (kind, order)]
    return one


def hill(t):
    """Highest at 5, with the value 1."""
    return np.sin(np.pi * t / 10)


@pytest.fixture(scope="module")
def titrated():
    """By the winner: a stationary process waves where the signal rests."""
    find = ["maxima:1", "zeros:2", "lag"]
    return tiltyard.differentiate(T, noisy(titration, 0.02), (1, 2), find=find)


def test_intervals_of_the_steepest_place_have_it():
    hits = count(titration, 0.08, 4, "maxima", 1, place=5.0, height=3.75)
    assert hits.certain == 4 and hits.placed >= 3 and hits.high >= 3


def test_intervals_of_a_flat_maximum_have_it():
    """Of a process that the signal may be from, with errors drawn often."""
    hits = count(hill, 0.1, 12, "maxima", 0, place=5.0, height=1.0, **QUICK)
    assert hits.certain == 12 and hits.placed >= 10 and hits.high >= 10


def test_an_equivalence_point_is_a_zero_of_order_2_and_a_maximum_of_order_1(titrated):
    found = titrated
    top, zero = one_of(found, "maximum", 1), [one for one in found.features if one.kind == "zero"]
    (falling,) = [one for one in zero if one.certain]
    assert not falling.rising and falling.place == top.place
    assert top.place.low < top.place.value < top.place.high
    assert abs(top.place.value - 5) < 0.1 and top.height.value == pytest.approx(3.75, rel=0.05)
    lag = one_of(found, "lag", 1)
    # The tangent with the slope 3.75 rises by 3 from the level 4.
    assert abs(lag.place.value - (5 - 3 / 3.75)) < 0.1 and abs(lag.height.value - 4) < 0.1
    # The orders are those that were asked for.
    assert found.orders == (1, 2) == tuple(one.order for one in found.judgements)
    assert found.estimate.shape == (2, len(T)) and found.drawn.estimate.shape[0] == 2


def test_estimates_are_the_same_whether_or_not_something_is_to_be_found():
    y = noisy(titration, 0.05)
    plain = tiltyard.differentiate(T, y, (0, 1), **QUICK)
    found = tiltyard.differentiate(T, y, (0, 1), find="maxima", **QUICK)
    np.testing.assert_array_equal(found.estimate, plain.estimate)
    np.testing.assert_array_equal(found.quantiles, plain.quantiles)
    assert found.judgements == plain.judgements and plain.features == ()


def test_two_peaks_are_two_and_a_shoulder_is_not_certain():
    def peaks(t, apart):
        return np.exp(-((t - 5 + apart) ** 2)) + np.exp(-((t - 5 - apart) ** 2))

    two = tiltyard.differentiate(T, noisy(lambda t: peaks(t, 1.5), 0.01), (0,), find="maxima")
    assert [one.certain for one in two.features] == [True, True]
    for one, true in zip(two.features, (3.5, 6.5), strict=True):
        assert one.place.low < true < one.place.high or abs(one.place.value - true) < 0.05
    # Nearer together than their widths they are one, of which three zeros of the slope are left.
    merged = tiltyard.differentiate(T, noisy(lambda t: peaks(t, 0.72), 0.05), (0,), find="maxima")
    assert sum(one.certain for one in merged.features) == 1
    (one,) = [one for one in merged.features if one.certain]
    assert one.place.low < 5 - 0.05 and one.place.high > 5 + 0.05


def test_a_maximum_at_the_end_may_lie_beyond():
    found = tiltyard.differentiate(
        *(T, noisy(lambda t: np.exp(-t / 3), 0.005), (0, 1)), find=["maxima:0", "zeros"], **QUICK
    )
    one = one_of(found, "maximum", 0)
    assert not one.certain and one.edge == "start" and one.place == (0.0, 0.0, 0.0)
    said = " ".join(found.report().split())
    assert "it may be larger beyond, where nothing was recorded" in said
    assert "no zeros of order 1" in found.report()
    assert not any(each.certain for each in found.features)


def test_a_zero_that_need_not_exist_is_not_announced():
    """A parabola that comes as near to zero as the noise of its curve."""
    certain = 0
    for seed in range(6):
        y = noisy(lambda t: 0.004 + ((t - 5) / 5) ** 2, 0.02, seed)
        found = tiltyard.differentiate(T, y, (0,), find="zeros", **QUICK)
        certain += any(one.certain for one in found.features)
    assert certain <= 1


def test_nothing_is_found_across_a_break():
    """A saw tooth is the highest at its break: neither piece has a maximum there."""
    y = noisy(lambda t: np.where(t < 5.03, t, t - 5.03) + 0.3 * np.sin(2 * t), 0.01)
    found = tiltyard.differentiate(T, y, (0, 1), find=["maxima:0", "zeros:1"])
    assert len(found.pieces) == 2
    inside = [one for one in found.every_feature if one.certain]
    assert {one.piece for one in found.every_feature} == {1, 2}
    for one in inside:
        start, *_, stop = found.pieces[one.piece - 1].drawn.t
        assert start < one.place.value < stop
    ends = [one for one in found.every_feature if one.kind == "maximum" and one.edge]
    assert all(one.place.low == one.place.high for one in ends if one.probability == 0)


def test_orders_that_are_not_recoverable_have_no_places_unless_asked_for():
    y = noisy(titration, 0.6)
    found = tiltyard.differentiate(T, y, (0, 1, 2, 3), find=["zeros:3", "zeros:2"], **QUICK)
    assert not found.recoverable[3]
    assert not [one for one in found.features if one.order == 3]
    lost = found.feature_frame(lost=True)
    assert (lost["order"] == 3).any() and not (found.feature_frame()["order"] == 3).any()
    assert "order 3 is not recoverable: no zeros are told" in found.report()


def test_an_estimator_without_deviations_is_simulated_often():
    asked = {"find": "maxima:0", "estimator": "whittaker_fixed"}
    found = tiltyard.differentiate(T, noisy(hill, 0.05), (0, 1), **asked)
    one = one_of(found, "maximum", 0)
    assert found.draws == 50 and one.certain
    assert one.place.low < 5 < one.place.high and one.place.width < 4
    none = tiltyard.differentiate(T, noisy(hill, 0.05), (0, 1), **asked, draws=0)
    assert none.every_feature == ()  # without a band there is no interval


def test_exact_samples_have_places_to_many_digits():
    found = tiltyard.differentiate(T, np.sin(T), (0, 1), find=["zeros:0", "maxima:0"], noise=0)
    zeros = [one for one in found.features if one.kind == "zero" and one.certain]
    for one, true in zip(zeros[-3:], np.pi * np.arange(1, 4), strict=True):
        assert one.place.value == pytest.approx(true, abs=1e-5)
    tops = [one for one in found.features if one.kind == "maximum" and one.certain]
    assert [one.place.value for one in tops] == pytest.approx(
        np.pi * np.array([0.5, 2.5]), abs=1e-4
    )
    assert all(one.height.low <= 1 <= one.height.high for one in tops) or all(
        abs(one.height.value - 1) < 1e-6 for one in tops
    )


def test_places_are_dates_where_the_times_were():
    start = pd.Timestamp("2024-05-01 06:00", tz="Europe/Berlin")
    times = start + pd.to_timedelta(T, unit="h")
    series = pd.Series(noisy(hill, 0.02), index=times)
    found = tiltyard.differentiate(series, orders=0, find="maxima", unit="h", **QUICK)
    frame = found.feature_frame()
    (place,) = frame["place"]
    assert abs(place - (start + pd.Timedelta(5, "h"))) < pd.Timedelta(20, "min")
    assert str(frame["place"].dt.tz) == "Europe/Berlin"
    assert "maximum at 2024-05-01T0" in found.report()


def test_a_band_that_is_missing_finds_nothing():
    from dataclasses import replace

    found = tiltyard.differentiate(T, noisy(growth, 0.01), (0, 1), **QUICK)
    empty = replace(found.drawn, quantiles=np.full_like(found.drawn.quantiles, np.nan))
    assert features_of(replace(found, drawn=empty), Wanted((("zero", 1),))) == ()


def test_what_is_found_is_drawn(titrated):
    first, second, _ = titrated.plot().axes
    assert "maximum" in second.get_legend_handles_labels()[1]
    # The lag is at the level before it, whether or not order 0 is drawn.
    assert "lag" in first.get_legend_handles_labels()[1]
