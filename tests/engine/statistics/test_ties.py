"""Planted best, ties, failures and clones: who is told apart from the best of a cell."""

import numpy as np
import pandas as pd
import pytest
from planted_study import summary_of
from scipy.stats import wilcoxon

from tiltyard.engine.statistics.ties import places

RNG = np.random.default_rng(5)
#: Errors of 14 replicates that vary a lot, but from one replicate to the next, not by method.
HARD = np.exp(RNG.standard_normal(14))


def by_name(summary):
    return summary.set_index("method")


def test_planted_best_is_told_apart_from_all_although_errors_overlap():
    """Each is worse by a few per cent in every replicate: pairing sees it, medians would not."""
    summary = by_name(summary_of({"best": [HARD], "next": [1.02 * HARD], "last": [1.05 * HARD]}))
    assert list(summary.loc[["best", "next", "last"], "place"]) == [1, 2, 3]
    assert list(summary["tied"]) == [True, False, False]
    assert set(summary["tie_rule"]) == {"wilcoxon"}
    # Two tests whose p-value is 2^-13 each: Holm doubles both.
    assert list(summary.loc[["next", "last"], "p_holm"]) == [2 * 2.0**-13] * 2
    assert np.isnan(summary.loc["best", "p_holm"])
    assert summary.loc["next", "ratio"] == pytest.approx(1.02)


def test_planted_tie_is_not_told_apart_and_p_is_scipys():
    other = HARD * np.exp(0.3 * RNG.standard_normal(14))
    summary = by_name(summary_of({"a": [HARD], "b": [other], "bad": [9.0 * HARD]}))
    best, second = summary["median"].sort_values().index[:2]
    assert list(summary.loc[["a", "b", "bad"], "tied"]) == [True, True, False]
    values = {"a": HARD, "b": other}
    p = wilcoxon(np.log(values[second] / values[best]), method="exact").pvalue
    # The third one's p is 2^-13 and comes first: what is left is one test.
    assert summary.loc[second, "p_holm"] == pytest.approx(p, rel=1e-12)


def test_clone_ties_whatever_the_rule():
    for replicates in (1, 3, 14):
        own = HARD[:replicates]
        summary = by_name(summary_of({"a": [own], "clone": [own], "bad": [2.0 * own]}))
        assert list(summary["tied"]) == [True, False, True]
        assert list(summary["place"]) == [1, 3, 1]


def test_few_replicates_are_compared_by_the_interval_of_the_ratio():
    """Three replicates: the interval is their range, and contains 1 if one of them is as good."""
    best = np.array([1.0, 2.0, 3.0])
    summary = by_name(
        summary_of({"best": [best], "once": [best * [0.99, 2, 2]], "never": [best * 1.01]})
    )
    assert set(summary["tie_rule"]) == {"interval"}
    assert list(summary.loc[["best", "once", "never"], "tied"]) == [True, True, False]
    once = summary.loc["once"]
    assert (once["ratio_low"], once["ratio_high"]) == pytest.approx((0.99, 2.0))
    # The least that three pairs can have, 1/4, times two tests.
    assert summary["p_holm"].min() == 0.5


def test_test_is_used_from_as_many_replicates_on_as_let_it_tell_any_two_apart():
    """Against two others: 2 x 2^-5 is 6 %, 2 x 2^-6 is 3 %."""
    for replicates, rule in ((1, "single"), (2, "interval"), (6, "interval"), (7, "wilcoxon")):
        own = HARD[:replicates]
        errors = {"a": [own], "b": [2.0 * own], "c": [3.0 * own]}
        assert set(summary_of(errors)["tie_rule"]) == {rule}


def test_who_did_not_solve_every_replicate_is_last_and_not_tied():
    errors = {"a": [[1.0, 1, 1]], "flaky": [[0.1, 0.1, np.nan]], "bad": [[2.0, 2, 2]]}
    summary = by_name(summary_of(errors))
    assert list(summary.loc[["a", "bad", "flaky"], "place"]) == [1, 2, 3]
    assert list(summary.loc[["a", "flaky"], "tied"]) == [True, False]
    assert summary.loc["flaky", "coverage"] == pytest.approx(2 / 3)


def test_controls_are_neither_ranked_nor_compared():
    errors = {"zero": [[0.0, 0.0]], "a": [[1.0, 2.0]]}
    summary = by_name(summary_of(errors, tags={"zero": "control"}))
    zero = summary.loc["zero"]
    assert zero[["place", "p_holm", "ratio"]].isna().all() and not zero["tied"]
    assert summary.loc["a", "place"] == 1 and summary.loc["a", "tied"]


def test_cell_that_nobody_solved_has_no_best():
    summary = summary_of({"a": [[np.nan, 1.0]], "b": [[np.nan, np.nan]]})
    assert not summary["tied"].any() and list(summary["place"]) == [2, 2]  # both last


def test_errors_of_zero_are_compared():
    summary = by_name(summary_of({"a": [[0.0] * 8], "b": [[0.0] * 8], "c": [[1.0] * 8]}))
    assert list(summary["tied"]) == [True, True, False]
    assert summary.loc["c", "ratio"] == np.inf and summary.loc["b", "ratio"] == 1.0


def test_cells_do_not_influence_each_other():
    errors = {"a": [HARD, 3.0 * HARD], "b": [2.0 * HARD, HARD]}
    both = summary_of(errors)
    for order in (0, 1):
        alone = summary_of({name: [values[order]] for name, values in errors.items()})
        own = both[both["order"] == order].reset_index(drop=True)
        columns = [name for name in alone if name != "order"]
        assert own[columns].equals(alone[columns])


def test_who_did_not_solve_a_cell_has_its_last_place_also_where_nobody_did():
    score = pd.Series([1.0, np.inf, np.inf, np.nan, np.inf, np.inf])
    found = places(score, np.array([0, 0, 0, 0, 1, 1]))
    assert found.fillna(0).tolist() == [1, 3, 3, 0, 2, 2]
