"""Ratios within rounds, the noise floor, and what a median hides."""

import numpy as np
import pytest
from planted_launches import BASE, TWICE, Planted, launched, threads

from tiltyard.studies.throughput.statistics.distribution import (
    distribution_words,
    humps,
    slow_launches,
)
from tiltyard.studies.throughput.statistics.launches import launches_of
from tiltyard.studies.throughput.statistics.noise import LESS, MORE, UNSURE, differs, noise_floor
from tiltyard.studies.throughput.statistics.paired import estimate, ratio

WIN = Planted("win", 1.0 * 0.97 - 0.003, backend="win")  # 3 % less in all


def test_ratios_do_not_move_with_a_drift_of_half():
    strategies = [BASE, TWICE, threads(2, overhead=0.2), threads(4, overhead=0.2)]
    steady, drifting = (launches_of(launched(strategies, drift=drift)) for drift in (0.0, 0.5))
    for one in strategies[2:]:
        expected = ratio(steady, one.name, BASE.name).value
        assert ratio(drifting, one.name, BASE.name).value == pytest.approx(expected, rel=0.02)
    seconds = drifting.loc[drifting["method"].eq(BASE.name), "cpu_seconds"]
    assert seconds.max() > 1.4 * seconds.min(), "the drift was not planted"


def test_noise_widens_the_floor_until_a_small_win_is_none():
    verdicts = {}
    for noise in (0.002, 0.1):
        launches = launches_of(launched([BASE, TWICE, WIN], rounds=12, noise=noise))
        floor = noise_floor(launches)
        assert (floor.baseline, floor.again) == (BASE.name, TWICE.name)
        verdicts[noise] = floor.share, differs(ratio(launches, "win", BASE.name), floor.share)
    assert verdicts[0.002][0] < 0.01 < 0.03 < verdicts[0.1][0]
    assert verdicts[0.002][1] == LESS and verdicts[0.1][1] == UNSURE


def test_nothing_is_real_without_a_control_or_in_few_rounds():
    double = Planted("double", 2.0, backend="double")
    alone = launches_of(launched([BASE, double], rounds=9))
    assert np.isnan(noise_floor(alone).share)
    found = ratio(alone, "double", BASE.name)
    assert found.value > 1.8 and differs(found, np.nan) == UNSURE
    few = launches_of(launched([BASE, TWICE, double], rounds=4))
    many = launches_of(launched([BASE, TWICE, double], rounds=5))
    verdicts = [
        differs(ratio(own, "double", BASE.name), noise_floor(own).share) for own in (few, many)
    ]
    assert verdicts == [UNSURE, MORE]


def test_no_launch_is_dropped_and_the_words_say_what_the_median_hides():
    seconds = [1.0] * 27 + [3.0] * 3
    found = estimate(seconds)
    assert found.value == 1.0 and found.rounds == 30
    assert slow_launches(seconds) == 3 and humps(seconds) == (1.0, 3.0)
    words = distribution_words(seconds)
    assert "3 of 30" in words and "two humps, at 1 s and 3 s" in words


@pytest.mark.parametrize("seed", range(20))
def test_one_hump_is_not_called_two(seed):
    assert humps(np.random.default_rng(seed).normal(1.0, 0.05, 20)) is None


def test_interval_holds_the_median_of_most_samples():
    """Of 200 samples of 15 normal numbers, 95 % or nearly so."""
    samples = np.random.default_rng(3).normal(size=(200, 15))
    found = [estimate(sample) for sample in samples]
    assert np.mean([one.low <= 0.0 <= one.high for one in found]) > 0.9


def test_rounds_of_two_jobs_or_machines_make_no_ratio():
    first = launched([BASE], job="a")
    other_job = launched([threads(2)], job="b")
    assert ratio(launches_of(together(first, other_job)), "threads-w2-b2000", BASE.name).rounds == 0
    other_machine = launched([threads(2)], job="a", machine="another")
    rows = together(first, other_machine)
    assert ratio(launches_of(rows), "threads-w2-b2000", BASE.name).rounds == 0


def together(*tables):
    import pandas as pd

    return pd.concat(tables, ignore_index=True)
