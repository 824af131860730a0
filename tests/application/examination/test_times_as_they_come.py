"""Gaps in every kind of sampling, and the order of times."""

import numpy as np
import pytest
from swings import uneven

from tiltyard.application.examination import Sequence, ordering_of
from tiltyard.application.examination.gaps import gap_finding, gaps_of

SEEDS = range(5)


def even(rng):
    return np.arange(120.0)


def jittered(rng):
    return uneven(np.arange(120.0), int(rng.integers(1000)))


def random(rng):
    return np.cumsum(rng.exponential(1.0, int(rng.integers(60, 900))))


def two_rates(rng):
    return np.cumsum(np.r_[np.ones(60), np.full(60, rng.uniform(4, 12))])


def evenly_in_log(rng):
    return np.geomspace(0.004, 10.0 ** rng.uniform(0, 3), int(rng.integers(40, 300)))


def some_missing(rng):
    return np.flatnonzero(rng.random(300) < 0.6).astype(float)


def in_bursts(rng):
    return np.cumsum(np.where(np.arange(200) % 10 == 0, 50.0, 1.0))


SAMPLINGS = [even, jittered, random, two_rates, evenly_in_log, some_missing, in_bursts]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_sampling_that_is_not_even_has_no_gaps(sampling, seed):
    t = sampling(np.random.default_rng(seed))
    for times in (t, -t[::-1], 1.7e9 + 60 * t):
        assert gap_finding(times) is None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sampling", [s for s in SAMPLINGS if s is not in_bursts])
def test_a_stretch_without_samples_is_a_gap_in_each_of_them(sampling, seed):
    t = sampling(np.random.default_rng(seed))
    at = len(t) // 3
    t = np.r_[t[:at], t[at + 25 :]]
    wide, ratio = gaps_of(t)
    assert wide.tolist() == [at - 1] and ratio[0] > 3
    finding = gap_finding(t)
    assert f"{t[at - 1]:.6g} to {t[at]:.6g}" in finding.note and finding.times.tolist() == [
        t[at - 1],
        t[at],
    ]


T = np.arange(200.0)


@pytest.mark.parametrize(
    ("t", "sequence", "rows"),
    [
        (T, Sequence.INCREASING, ()),
        (-T, Sequence.FALLING, ()),
        (np.repeat(T[:3], 2), Sequence.REPEATED, (1, 3, 5)),
        (np.r_[T, T], Sequence.RESTARTED, (200,)),
        (np.r_[T, T[:90], T], Sequence.RESTARTED, (200, 290)),
        (np.r_[-T, -T], Sequence.RESTARTED, (200,)),
        (np.r_[T[:9], T[10], T[9], T[11:]], Sequence.UNSORTED, (10,)),
        (np.r_[T[150:], T[:150]], Sequence.UNSORTED, (50,)),
    ],
)
def test_the_order_of_times_is_recognised(t, sequence, rows):
    found = ordering_of(t)
    assert (found.sequence, found.rows) == (sequence, rows)
    assert bool(found.reason) == (sequence is not Sequence.INCREASING)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("errors", [0.7, 1.5])
def test_a_measured_abscissa_is_recognised(seed, sign, errors):
    t = sign * T + errors * np.random.default_rng(seed).standard_normal(200)
    found = ordering_of(t)
    assert found.sequence is Sequence.MEASURED and "measured" in found.reason
    assert found.rows == tuple(np.flatnonzero(sign * np.diff(t) <= 0) + 1)
    assert ordering_of(np.round(t, 1)).sequence is Sequence.MEASURED


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_in_any_order_are_unsorted(seed):
    t = np.random.default_rng(seed).permutation(T)
    assert ordering_of(t).sequence is Sequence.UNSORTED


@pytest.mark.parametrize("step", [60.0, 900.0])
def test_a_clock_that_is_put_back_repeats_an_hour(step):
    t = step * np.arange(400)
    back = np.r_[t[:200], t[200:] - 3600]
    assert ordering_of(back, hour=3600.0).sequence is Sequence.REPEATED_HOUR
    assert ordering_of(back, hour=3600.0).rows == (200,)
    assert ordering_of(back).sequence is not Sequence.REPEATED_HOUR
    assert ordering_of(np.r_[t, t], hour=3600.0).sequence is Sequence.RESTARTED
