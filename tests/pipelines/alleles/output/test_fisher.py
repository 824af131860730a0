"""Fisher's exact test: exact sums of binomials, SciPy's values, and what must not matter."""

from fractions import Fraction
from math import comb, isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from tiltyard.pipelines.alleles.output.fisher import odds_ratio, two_sided

counts = st.integers(0, 40)
tables = st.tuples(counts, counts, counts, counts)


def p_of(*table):
    return float(two_sided(np.array([table]))[0])


def exact(a, b, c, d):
    """The p-value in whole numbers: ways of all tables that are not likelier."""
    row, column, total = a + b, a + c, a + b + c + d
    lowest = max(0, row + column - total)
    ways = [
        comb(row, x) * comb(total - row, column - x) for x in range(lowest, min(row, column) + 1)
    ]
    own = ways[a - lowest]
    return float(Fraction(sum(way for way in ways if way <= own), sum(ways)))


@given(tables)
def test_it_is_the_exact_sum(table):
    found = p_of(*table)
    if sum(table) == 0:
        assert isnan(found)
    else:
        assert found == pytest.approx(exact(*table), rel=1e-11)


@pytest.mark.parametrize("most", [6, 60, 600, 6000])
def test_it_is_scipys_to_nine_digits(most):
    rng = np.random.default_rng(most)
    drawn = rng.integers(0, most, (60, 4))
    drawn[::4, :2] = drawn[::4, 2:]  # mirror images are equally likely
    drawn[1::4, 1] //= 20
    for table, found in zip(drawn, two_sided(drawn), strict=True):
        if table.sum():
            expected = fisher_exact(table.reshape(2, 2)).pvalue
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-290)


def test_counts_of_a_million_are_no_trouble():
    # Four standard deviations apart; SciPy agrees to 2e-10 there.
    table = np.array([[500_000, 300_000, 1200, 900]])
    expected = fisher_exact(table.reshape(2, 2)).pvalue
    assert two_sided(table)[0] == pytest.approx(expected, rel=1e-9)
    assert p_of(1_000_000, 3, 5, 999_999) == 0  # below what a number can be


@given(st.lists(tables, min_size=1, max_size=12))
def test_many_at_once_are_each_alone_to_the_last_bit(drawn):
    found = two_sided(np.array(drawn))
    np.testing.assert_array_equal(found, [p_of(*table) for table in drawn])


@given(tables)
def test_rows_and_columns_may_change_places(table):
    a, b, c, d = table
    if sum(table):
        for other in ((c, d, a, b), (b, a, d, c), (a, c, b, d)):
            assert p_of(*other) == pytest.approx(p_of(*table), rel=1e-11)


@pytest.mark.parametrize(
    ("table", "p", "odds"),
    [
        ((0, 0, 0, 0), None, None),
        ((5, 3, 0, 0), 1, None),
        ((5, 0, 4, 0), 1, None),
        ((0, 7, 0, 0), 1, None),
        ((3, 0, 0, 3), 0.1, np.inf),
        ((0, 3, 3, 0), 0.1, 0),
        ((1, 1, 1, 1), 1, 1),
        # 270 ways, 10 to be more extreme, and 120 at the other end, of 11440.
        ((8, 2, 1, 5), 400 / 11440, 20),
    ],
)
def test_tables_by_hand(table, p, odds):
    found, ratio = p_of(*table), float(odds_ratio(np.array([table]))[0])
    if p is None:
        assert isnan(found)
    else:
        assert found == pytest.approx(p, rel=1e-12)
    assert isnan(ratio) if odds is None else ratio == odds


def test_no_tables_are_no_values():
    assert two_sided(np.zeros((0, 4), int)).shape == (0,)
