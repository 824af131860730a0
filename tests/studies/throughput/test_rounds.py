"""Rounds: their sequences follow from identity, and they end when the main ratio is known."""

import numpy as np
import pytest

from tiltyard.studies.throughput.rounds import main_ratio, median_interval, sequence

NAMES = ["serial", "threads-w2", "limit", "serial-again", "plain"]


def rng():
    return np.random.default_rng(5)


def test_sequence_follows_from_the_seed_and_the_round_and_from_nothing_else():
    own = sequence(1, "f4-t1", NAMES)
    assert sorted(own) == sorted(NAMES)
    assert sequence(1, "f4-t1", NAMES[::-1]) == own == sequence(1, "f4-t1", iter(NAMES))
    others = {tuple(sequence(seed, f"f4-t{t}", NAMES)) for seed in (1, 2) for t in range(1, 11)}
    assert len(others) > 10


def test_every_strategy_comes_first_about_equally_often():
    first = [sequence(3, f"f1-t{trial}", NAMES)[0] for trial in range(1, 1001)]
    counts = [first.count(name) for name in NAMES]
    assert min(counts) > 150 and max(counts) < 250  # 200 ± 4 standard deviations


def test_interval_of_equal_ratios_has_no_width_and_others_hold_the_median():
    assert median_interval([2.0] * 5, rng()).half_width == 0.0
    ratios = rng().normal(2.0, 0.1, 30)
    found = median_interval(list(ratios), rng())
    assert found.low < found.median == np.median(ratios) < found.high
    assert median_interval(list(ratios), rng()) == found


def test_interval_holds_the_true_median_about_as_often_as_it_says():
    draws = rng()
    held = 0
    for _ in range(300):
        found = median_interval(list(draws.normal(1.0, 0.05, 15)), draws)
        held += found.low <= 1.0 <= found.high
    assert 0.90 <= held / 300 <= 0.99


def test_main_ratio_is_the_baselines_to_the_cheapest_in_the_rounds_that_both_have():
    seconds = {
        "serial": {1: 2.0, 2: 4.0, 3: 6.0},
        "fast": {1: 1.0, 2: 2.0},
        "slow": {1: 9.0, 2: 9.0, 3: 9.0},
        "elsewhere": {7: 0.1},
    }
    found = main_ratio(seconds, "serial", rng())
    assert (found.baseline, found.cheapest, found.rounds) == ("serial", "fast", 2)
    # The machine was twice as slow in the second round: ratios do not see it.
    assert found.interval == (2.0, 2.0, 2.0)
    assert found.reached(2, 0.05) and not found.reached(3, 0.05)
    assert "after 2 rounds the CPU of serial ÷ that of fast is 2 ± 0.0%" in found.sentence(0.05)


@pytest.mark.parametrize("seconds", [{}, {"serial": {1: 1.0}}, {"a": {1: 1.0}}])
def test_without_two_strategies_in_a_round_there_is_no_ratio(seconds):
    assert main_ratio(seconds, "serial", rng()) is None


def test_a_wide_scatter_needs_more_rounds():
    wide = {"serial": {i: 1.0 + 0.5 * (i % 3) for i in range(1, 7)}}
    wide["fast"] = dict.fromkeys(range(1, 7), 1.0)
    assert not main_ratio(wide, "serial", rng()).reached(5, 0.05)
