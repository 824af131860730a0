"""The signed-rank test against scipy and all signs, Holm's correction by hand."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import rankdata, wilcoxon

from tiltyard.engine.statistics.signed_ranks import holm, signed_rank_test


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10, 25])
def test_exact_values_are_scipys(n):
    d = np.random.default_rng(n).standard_normal((20, n)) + 0.5
    expected = [wilcoxon(row, method="exact").pvalue for row in d]
    assert_allclose(signed_rank_test(d), expected, rtol=1e-12)


@pytest.mark.parametrize("n", [26, 60])
def test_beyond_25_pairs_values_are_those_of_scipys_normal_approximation(n):
    d = np.round(np.random.default_rng(n).standard_normal((20, n)) + 0.3, 1)  # ties and zeros
    expected = [wilcoxon(row, method="asymptotic", correction=False).pvalue for row in d]
    assert_allclose(signed_rank_test(d), expected, rtol=1e-10)


def by_all_signs(row):
    """p-value of a row with ties, from all assignments of signs to the ranks that it has."""
    own = row[row != 0]
    ranks = rankdata(np.abs(own))
    sums = [ranks[list(signs)].sum() for signs in itertools.product((True, False), repeat=len(own))]
    found = ranks[own > 0].sum()
    return min(1.0, 2 * min(np.mean(np.array(sums) <= found), np.mean(np.array(sums) >= found)))


def test_ties_and_zeros_are_exact_given_the_ranks():
    d = np.random.default_rng(0).integers(-3, 5, size=(20, 8)).astype(float)
    assert_allclose(signed_rank_test(d), [by_all_signs(row) for row in d], rtol=1e-12)


def test_smallest_possible_value_and_rows_that_say_nothing():
    rows = np.array([[1.0, 2, 3], [0, 0, 0], [np.nan, 1, 2], [np.inf, np.inf, 1]])
    assert_array_equal(signed_rank_test(rows), [0.25, 1.0, np.nan, 0.25])


def test_level_is_kept_on_average_over_pure_noise():
    """Of 4000 tests at 5 % between equal methods, about 4.9 % reject: 10 pairs leave 4.88 %."""
    d = np.random.default_rng(1).standard_normal((4000, 10))
    assert np.mean(signed_rank_test(d) <= 0.05) == pytest.approx(0.0488, abs=4 * 0.0034)


def test_holm_by_hand_in_two_families_with_a_missing_test():
    # Three tests: 3 x 0.01, 2 x 0.03, 1 x 0.04 -> at least the one before.
    p = np.array([0.04, 0.01, np.nan, 0.03, 0.2, 0.6, 0.9])
    family = np.array([1, 1, 1, 1, 0, 0, 0])
    expected = [0.06, 0.03, np.nan, 0.06, 0.6, 1.0, 1.0]
    assert_allclose(holm(p, family), expected, rtol=1e-12)


def test_holm_keeps_tiny_values_and_empty_input():
    assert_allclose(holm(np.array([1e-30, 0.5]), np.array([7, 7])), [2e-30, 0.5], rtol=1e-12)
    assert holm(np.empty(0), np.empty(0, dtype=int)).size == 0
