"""Friedman's test, critical difference and cliques, against scipy, Demsar's table and by hand."""

import numpy as np
import pandas as pd
import pytest
from planted_study import CELL, GROUP, KIND, grid, summary_of
from scipy.special import erfc
from scipy.stats import friedmanchisquare

from tiltyard.engine.statistics.rank_tests import (
    cliques,
    critical_difference,
    differences,
    friedman,
    nemenyi,
)

NAN = float("nan")


@pytest.mark.parametrize(("methods", "q"), [(2, 1.960), (5, 2.728), (10, 3.164)])
def test_critical_difference_has_demsars_quantiles(methods, q):
    """Table 5a of Demsar (2006), to the three decimals that it gives."""
    expected = q * np.sqrt(methods * (methods + 1) / (6 * 14))
    assert critical_difference(methods, 14) == pytest.approx(expected, rel=4e-4)


def test_friedman_is_scipys():
    blocks = pd.DataFrame(np.random.default_rng(0).standard_normal((12, 5)))
    found, expected = friedman(blocks), friedmanchisquare(*blocks.to_numpy().T)
    assert (found["statistic"], found["p"]) == (expected.statistic, expected.pvalue)
    assert (found["methods"], found["blocks"]) == (5, 12)


@pytest.mark.parametrize("shape", [(5, 2), (1, 5), (0, 0)])
def test_too_little_for_a_test_gives_none(shape):
    assert friedman(pd.DataFrame(np.zeros(shape)))["p"] is None


def test_all_equal_gives_none():
    assert friedman(pd.DataFrame(np.ones((4, 3))))["p"] is None


def test_nemenyis_p_is_five_percent_at_the_critical_difference():
    """Methods 1, 2, … of k in every block: pairs of ranks that differ by a known amount."""
    blocks = pd.DataFrame(np.tile([3.0, 1.0, 2.0, 4.0], (10, 1)), columns=list("cabd"))
    p = nemenyi(blocks)
    assert list(p.index) == list(p.columns) == list("cabd")
    assert (p.to_numpy() == p.to_numpy().T).all() and (np.diag(p) == 1.0).all()
    # Demsar's q for four methods is 2.569: at 10 blocks ranks 1.483 apart.
    assert p.loc["a", "b"] == p.loc["b", "c"] > 0.05 > p.loc["a", "c"] > p.loc["a", "d"]


@pytest.mark.parametrize("apart", [0.25, 1.0, 3.0])
def test_nemenyis_p_of_two_methods_is_the_normal_distributions(apart):
    """The range of two normal deviates is sqrt(2) times the modulus of one: a closed form."""
    wins = int(8 * (1 + apart / 4))  # of 16 blocks: `apart` standard errors more than half
    blocks = pd.DataFrame([[2.0, 1.0]] * wins + [[1.0, 2.0]] * (16 - wins))
    difference = (2 * wins - 16) / 16
    expected = erfc(difference / np.sqrt(1 / 16) / np.sqrt(2.0))
    assert nemenyi(blocks).loc[0, 1] == pytest.approx(expected, rel=1e-6)


def test_cliques_are_the_largest_runs_that_are_not_told_apart():
    names = list("abcde")
    p = pd.DataFrame(1.0, names, names)
    for one, other in ("ad", "ae", "be", "ce", "de"):
        p.loc[one, other] = p.loc[other, one] = 0.01
    ranks = pd.Series([3.0, 1.0, 2.0, 4.0, 5.0], ["c", "a", "b", "d", "e"])
    assert cliques(ranks, p) == [["a", "b", "c"], ["b", "c", "d"]]


def planted(signals):
    """Three families; the best of `clear` beats all in every cell, the rest is even."""
    rng = np.random.default_rng(1)
    cells = grid(signals, [0.1, 0.2, 0.3], [0, 1])
    noise = {name: rng.uniform(1.0, 2.0, (len(cells), 1)) for name in ("x", "y", "z")}
    errors = {"best": np.full((len(cells), 1), 0.1), "second": np.full((len(cells), 1), 0.2)}
    families = {"best": "clear", "second": "clear", "x": "two", "y": "three", "z": "four"}
    return differences(
        summary_of({**errors, **noise}, cells, families=families), CELL, GROUP, KIND.words
    )


def test_with_five_signals_they_are_the_blocks():
    found = planted([f"s{i}" for i in range(15)])
    assert (found["unit"], found["subjects"], found["all"]["blocks"]) == ("signal", 15, 15)
    own = found["best_of_family"]
    assert own["friedman"]["p"] < 1e-4 and own["mean_ranks"]["best (python)"] == 1.0
    assert "second (python)" not in own["mean_ranks"]  # a near-clone
    assert ["x (python)", "y (python)", "z (python)"] in [sorted(one) for one in own["cliques"]]
    assert all("best (python)" not in one for one in own["cliques"])
    assert own["critical_difference"] == critical_difference(4, 15)
    # Nemenyi's p-values and the critical difference are the same test.
    ranks = own["mean_ranks"]
    for one, row in own["p"].items():
        for other, p in row.items():
            if one != other:
                apart = abs(ranks[one] - ranks[other]) > own["critical_difference"]
                assert (p < 0.05) == apart


def test_with_three_signals_no_claim_about_signals_is_made():
    found = planted(["s1", "s2", "s3"])
    assert found["unit"] == "group of replicates" and found["all"]["blocks"] == 9
    assert "3 signals, too few for any claim about signals in general" in found["words"]
    assert "2^(1-n)" in found["ties"]


def test_failure_ranks_last_in_its_block():
    errors = {"a": [[0.1], [NAN]], "b": [[1.0], [1.0]], "c": [[2.0], [2.0]]}
    cells = [("s", 0.1, 0), ("s", 0.2, 0)]
    families = {name: name for name in "abc"}
    found = differences(summary_of(errors, cells, families=families), CELL, GROUP, KIND.words)
    expected = {"b (python)": 1.5, "a (python)": 2.0, "c (python)": 2.5}
    assert found["best_of_family"]["mean_ranks"] == expected
