"""Exact bootstrap intervals against all resamples, drawn ones, and values worked out by hand."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tiltyard.engine.statistics import intervals
from tiltyard.engine.statistics.intervals import median_interval, resampled_medians


def every_median(n):
    """Probability of each median of all n**n resamples of 0 ... n - 1."""
    draws = np.array(list(itertools.product(range(n), repeat=n)))
    values, counts = np.unique(np.median(draws, axis=1), return_counts=True)
    return dict(zip(values.tolist(), counts / len(draws), strict=True))


@pytest.mark.parametrize("n", range(1, 7))
def test_distribution_is_that_of_all_resamples(n):
    found = dict.fromkeys(every_median(n), 0.0)
    pairs = resampled_medians(n)
    for low, high, probability in zip(*pairs, strict=True):
        found[0.5 * (low + high)] += probability
    expected = every_median(n)
    assert_allclose(list(found.values()), list(expected.values()), rtol=1e-12)


@pytest.mark.parametrize("n", [25, 100, 999, 1000, 2000])
def test_distribution_of_many_is_one_and_symmetric(n):
    pairs = resampled_medians(n)
    assert pairs.probability.sum() == pytest.approx(1.0, abs=1e-9)
    mean = np.sum(pairs.probability * 0.5 * (pairs.low + pairs.high))
    assert mean == pytest.approx(0.5 * (n - 1), rel=1e-9)


def test_three_replicates_have_their_range_and_seven_leave_out_the_ends():
    """At most the smallest of 3: 7 of 27 resamples; of 7: 1 %, and the second 10 %."""
    low, high = median_interval(np.array([[3.0, 1.0, 2.0]]))
    assert (low[0], high[0]) == (1.0, 3.0)
    low, high = median_interval(np.arange(7.0)[None, ::-1])
    assert (low[0], high[0]) == (1.0, 5.0)


@pytest.mark.parametrize("n", [10, 11])
def test_drawn_resamples_have_the_same_quantiles(n):
    """With 200,000 resamples a quantile is one of the same few values, or that beside it."""
    rng = np.random.default_rng(n)
    sample = rng.standard_normal(n)
    medians = np.median(sample[rng.integers(n, size=(200_000, n))], axis=1)
    found = np.array(median_interval(sample[None])).ravel()
    for value, level in zip(found, (0.025, 0.975), strict=True):
        # 0.002 is six standard errors of a share of 2.5 %.
        assert np.mean(medians <= value + 1e-12) >= level - 0.002
        assert np.mean(medians < value - 1e-12) <= level + 0.002


def test_missing_replicates_are_left_out_row_by_row():
    nan = np.nan
    matrix = np.array([[nan, 2.0, 1.0, 3.0], [5.0, nan, nan, nan], [nan] * 4, [1.0, 2, 3, 4]])
    low, high = median_interval(matrix)
    assert_array_equal(low, [1.0, 5.0, nan, 1.0])
    assert_array_equal(high, [3.0, 5.0, nan, 4.0])


def test_many_rows_are_done_in_parts_with_the_same_result(monkeypatch):
    matrix = np.random.default_rng(0).standard_normal((50, 6))
    whole = median_interval(matrix)
    monkeypatch.setattr(intervals, "CHUNK", 30)
    assert_array_equal(median_interval(matrix), whole)
