"""Verdicts over time: shares of one scale, no short ones, and the whole as their mean."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import tiltyard
from tiltyard.application.judgement import Judgement, Verdict
from tiltyard.application.over_time import stretches

T = np.linspace(0.0, 12.0, 121)
PLACES = np.array([1.0, 2.1, 3.7, 4.6, 6.2, 7.4, 8.3, 9.9, 11.2])
HEIGHTS = np.array([1.0, -0.7, 0.9, -1.1, 0.8, 0.6, -0.9, 1.0, -0.8])


def bumps(t, order=0):
    """A signal that nothing outside of a gap tells of, and its derivative."""
    x = (t[:, None] - PLACES) / 0.7
    return (np.exp(-(x**2)) * (1.0 if order == 0 else -2.0 * x / 0.7)) @ HEIGHTS


@pytest.fixture(scope="module")
def gap():
    own = (T < 5.0) | (T > 7.5)
    y = bumps(T[own]) + 0.01 * np.random.default_rng(2).standard_normal(own.sum())
    return tiltyard.differentiate(T[own], y, orders=(0, 1, 2), t_eval=T)


def test_stretches_follow_on_each_other_and_their_squares_make_the_whole():
    y = bumps(T) + 0.05 * np.random.default_rng(5).standard_normal(121)
    found = tiltyard.differentiate(T, y, orders=(0, 1, 2, 3))
    for row, parts in enumerate(stretches(found)):
        assert parts[0].start == 0.0 and parts[-1].stop == 12.0
        assert all(one.stop == two.start for one, two in pairwise(parts))
        assert all(one.verdict is not two.verdict for one, two in pairwise(parts))
        spans = np.array([one.stop - one.start for one in parts])
        squares = np.array([one.error**2 for one in parts])
        whole = np.sqrt(spans @ squares / spans.sum())
        # The whole leaves out the two ends, where errors are largest.
        assert whole == pytest.approx(found.error_in_units[row], rel=0.35)
        assert whole >= found.error_in_units[row]


def test_an_order_is_known_beside_a_gap_and_not_in_it(gap):
    trusted = gap.trusted_at
    assert trusted.shape == gap.estimate.shape
    inside = (T > 5.6) & (T < 6.9)
    beside = ((T > 1.0) & (T < 4.5)) | ((T > 8.0) & (T < 11.0))
    assert trusted[1, beside].all() and not trusted[1, inside].any()
    truth = bumps(T, 1)
    error = np.abs(gap.estimate[1] - truth) / np.std(truth)
    assert np.sqrt(np.mean(error[trusted[1]] ** 2)) < 0.1


def test_an_order_that_is_lost_elsewhere_is_known_in_no_more_stretches(gap):
    """What is expected of the whole may be far larger than the derivative: it is no scale."""
    (before,) = (one for one in gap.judgements if one.order == 1)
    share = before.expected_error
    spread = before.size * np.sqrt(1 / share**2 - 1)
    assert spread == pytest.approx(np.std(gap.estimate[1]), rel=0.2)
    lost = Judgement(1, 100 / np.hypot(1, 100), None, size=100 * spread)
    assert lost.verdict is Verdict.LOST
    judgements = tuple(lost if one.order == 1 else one for one in gap.judgements)
    parts, others = stretches(replace(gap, judgements=judgements))[1], stretches(gap)[1]
    assert [(one.start, one.verdict) for one in parts] == [(o.start, o.verdict) for o in others]
    assert all(one.error < 0.1 * spread for one in parts if one.verdict is Verdict.TRUSTED)


def test_one_stretch_has_the_verdict_of_the_whole(gap):
    """The whole is judged at the samples, by more than the band: nothing in it is better known."""
    size = 1e3 * float(np.abs(gap.typical_errors).max())
    lost = Judgement(1, 0.9, None, size=size)
    judgements = tuple(lost if one.order == 1 else one for one in gap.judgements)
    (one,) = stretches(replace(gap, judgements=judgements))[1]
    assert one.verdict is Verdict.LOST


@pytest.mark.parametrize("seed", [0, 1])
def test_a_crowded_start_is_a_stretch_however_little_time_it_takes(seed):
    """Steps that grow from sample to sample: half of the samples lie in a thirtieth of the time."""
    t = np.geomspace(1.0, 800.0, 80)
    x, rng = np.log(t / 28.0) / 1.5, np.random.default_rng(seed)
    y = np.tanh(x) + 0.01 * rng.standard_normal(80)
    found = tiltyard.differentiate(t, y, orders=(2,))
    slope = 1 / np.cosh(x) ** 2
    truth = -slope * (2 * np.tanh(x) / 1.5 + 1) / (1.5 * t**2)
    trusted = found.trusted_at[0]
    assert trusted[(t > 60.0) & (t < 250.0)].all()
    error = np.sqrt(np.mean((found.estimate[0] - truth)[trusted] ** 2))
    assert error < 0.2 * np.std(truth)
    assert not found.trusted[0] and not trusted[t < 1.5].any()


def test_the_report_has_the_stretches_of_orders_that_vary(gap):
    table = gap.report().partition("verdict over time\n")[2].partition("\nThe error")[0]
    rows = [line.split(maxsplit=4) for line in table.strip().splitlines()]
    varying = [parts for parts in stretches(gap) if len(parts) > 1]
    assert [row[0] for row in rows] == [str(one.order) for parts in varying for one in parts]
    assert {row[4] for row in rows} <= {str(verdict) for verdict in Verdict}


def test_nothing_is_said_over_time_where_nothing_varies():
    found = tiltyard.differentiate(T, np.sin(T), orders=(0, 1))
    assert all(len(parts) == 1 for parts in stretches(found))
    assert found.trusted_at.all() and "over time" not in found.report()


def test_each_piece_has_its_own():
    y = np.where(T < 6.0, 0.0, 3.0) + np.sin(T)
    y += 0.01 * np.random.default_rng(4).standard_normal(121)
    found = tiltyard.differentiate(T, y, orders=(1,))
    assert len(found.pieces) == 2 and not found.trusted.any()
    assert found.trusted_at[0, np.abs(T - 6.0) > 1.0].mean() > 0.8
