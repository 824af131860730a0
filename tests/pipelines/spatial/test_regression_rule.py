"""The rule of the regression and of the combination: cases, and a slow implementation beside it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm
from slow_regression import fitted

from tiltyard.pipelines.spatial.rule import regression
from tiltyard.pipelines.spatial.rule.combining import cauchy
from tiltyard.pipelines.spatial.rule.regression import Trait, constant_of, edges, estimate
from tiltyard.pipelines.spatial.rule.statistics import (
    chi2_of,
    independent,
    largest_chi2,
    p_values,
    source_of,
    two_sided,
)

I = np.arange(12)
LD = (I % 5).astype(float)
BASE = 1.0 + I % 3


def trait(**changed):
    given = Trait(
        baseline=BASE[:, None],
        chi2=1 + (7 * I % 11) / 5,
        samples=1000.0 * (1 + I % 2),
        weights=1 + (I % 4) / 2,
        blocks=4,
    )
    return replace(given, **changed)


def close(value, rel=1e-9):
    return pytest.approx(value, rel=rel)


def test_twelve_snps_in_four_blocks():
    found = estimate(LD, trait())
    assert found.status == "ok" and found.h2_weight == close(1.6176470588)
    assert found.beta == close(2.031909545e-4) and found.se == close(1.111173057e-4)
    assert p_values(np.array([found.beta / found.se]))[0][0] == close(0.033729, 1e-4)


def test_without_scaling_the_spots_scores():
    found = estimate(LD, trait(scale_spatial=False))
    assert (found.beta, found.se) == (close(1.934170366e-4), close(1.209288975e-4))


def test_three_blocks():
    found = estimate(LD, trait(blocks=3))
    assert (found.beta, found.se) == (close(1.906817499e-4), close(1.350952794e-4))


def test_a_negative_constant_is_not_clipped():
    found = estimate(LD, trait(chi2=1 - (7 * I % 11) / 20))
    assert found.h2_weight == close(-0.4044117647) and found.beta == close(-4.159098417e-5)


def test_edges_of_blocks():
    assert edges(12, 5).tolist() == [0, 2, 4, 7, 9, 12]


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_a_constant_column_is_no_signal(value):
    found = estimate(np.full(12, value), trait())
    assert found.status == regression.NO_SIGNAL
    assert math.isnan(found.beta) and math.isnan(found.se) and math.isfinite(found.h2_weight)


def test_a_column_that_the_baseline_explains_is_singular():
    assert estimate(3 * BASE, trait()).status == regression.SINGULAR
    only = np.where(I < 3, I + 1.0, 0.0)  # nothing of it is left without the first block
    assert estimate(only, trait()).status == regression.SINGULAR


def test_weights_four_times_as_large_change_nothing():
    one, four = estimate(LD, trait()), estimate(LD, trait(weights=4 * trait().weights))
    assert (one.beta, one.se) == (close(four.beta, 1e-12), close(four.se, 1e-12))


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("columns", [1, 5])
def test_an_independent_slow_implementation_agrees(columns, scale):
    rng = np.random.default_rng(columns)
    n = 143
    baseline, ld = rng.gamma(1, 20, (n, columns)), rng.gamma(0.5, 9, n)
    given = Trait(
        baseline=baseline,
        chi2=rng.chisquare(1, n) * (1 + ld / 30),
        samples=rng.integers(5000, 9000, n).astype(float),
        weights=rng.gamma(2, 1, n),
        blocks=11,
        scale_spatial=scale,
    )
    beta, se, constant = fitted(
        *(one.tolist() for one in (ld, baseline, given.chi2, given.samples, given.weights)),
        11,
        scale,
    )
    found = estimate(ld, given)
    assert found.beta == close(beta, 1e-8) and found.se == close(se, 1e-8)
    assert found.h2_weight == close(constant, 1e-12)


def column(**values):
    arrays = {name: np.array([value], float) for name, value in values.items()}
    return source_of(arrays), chi2_of(arrays, source_of(arrays))[0]


def test_chi2_comes_from_the_first_of_z_beta_chisq_p():
    assert column(Z=-3, BETA=1, SE=1, CHISQ=5, P=0.5) == (("Z",), 9)
    assert column(BETA=0.03, SE=0.01, CHISQ=5)[1] == close(9)
    assert column(BETA=0.03, CHISQ=4, P=0.5) == (("CHISQ",), 4)
    assert column(P=0.0027)[1] == close(8.99986, 1e-6)
    assert column(P=5e-8)[1] == close(29.7168, 1e-5)
    assert column(P=1)[1] == 0 and source_of({"OR": 1}) == ()


@pytest.mark.parametrize(
    "values",
    [
        *({"P": 0}, {"P": 1.5}, {"P": -0.1}, {"BETA": 1, "SE": 0}, {"BETA": 1, "SE": -1}),
        *({"CHISQ": -1}, {"Z": math.inf}, {"Z": math.nan}),
    ],
)
def test_values_that_cannot_be_are_missing(values):
    assert math.isnan(column(**values)[1])


def test_the_largest_chi2_follows_the_largest_sample():
    assert largest_chi2(50_000) == 80 and largest_chi2(200_000) == 200


def test_p_is_one_sided_unless_asked():
    p, log = p_values(np.array([-3.0, 0.0, 40.0]))
    assert p[:2] == pytest.approx([0.9986501, 0.5]) and p[2] == pytest.approx(0, abs=1e-300)
    assert log[2] == close(-norm.logsf(40) / math.log(10)) and log[2] > 300
    assert two_sided(np.array([-3.0]))[0] == close(0.0026998, 1e-4)


def test_a_constant_of_the_weights_and_a_heritability():
    assert constant_of(1.2, 5e6) == close(0.0004)
    assert constant_of(1.2, 5e6, 5_961_159) == close(0.23844636, 1e-7)


def test_columns_that_depend_on_those_before_are_found():
    columns = [BASE, 0 * BASE, 0 * BASE + 3, BASE, LD, 2 * BASE - LD, trait().chi2]
    assert independent(np.column_stack(columns)) == [0, 4, 6]
    assert independent(np.column_stack([BASE * 1e-12, LD * 1e9])) == [0, 1]


def test_cases_of_the_combination():
    assert cauchy([0.01, 0.5, 0.9])[0] == close(0.0331033664)
    assert cauchy([1e-20, 0.5, 0.5])[0] == close(3e-20)
    assert cauchy([0.05, 0.05, 1.0])[0] > 1 - 1e-12
    assert cauchy([0.2] * 31) == (close(0.2), 0)
    assert cauchy([0.0, 0.5])[0] < 1e-290


def test_values_far_above_the_others_are_left_out_by_each_formulas_rule():
    p = [*np.linspace(0.2, 0.8, 101), 1e-30]
    assert cauchy(p, "B")[1] == 1 and cauchy(p, "A")[1] == 1
    many = [*np.linspace(0.2, 0.8, 101), *[1e-30] * 20]
    assert cauchy(many, "B")[1] == 20 and cauchy(many, "A")[1] == 0


@pytest.mark.parametrize("formula", "AB")
def test_the_combination_ignores_order_keeps_equal_values_and_stays_in_range(formula):
    rng = np.random.default_rng(5)
    for _ in range(50):
        p = rng.random(rng.integers(1, 40)) ** rng.integers(1, 30)
        whole = cauchy(p, formula)
        assert cauchy(rng.permutation(p), formula) == whole and 0 <= whole[0] <= 1
        assert cauchy(np.full(len(p), p[0]), formula)[0] == close(p[0], 1e-6)
