"""Ways to regress give what the rule gives, and a spot the same bits in any range."""

from dataclasses import replace

import numpy as np
import pytest
from made_batches import ways
from scipy import sparse

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.heritability.prepared import SPOTS, Prepared, together
from tiltyard.pipelines.spatial.heritability.ways import NAMES, way
from tiltyard.pipelines.spatial.rule.regression import Trait
from tiltyard.pipelines.spatial.simulating import made_map, made_trait

FAST = ways(NAMES[1:])


def made(columns, scale=True, snps=2000, blocks=20, seed=1):
    rng = np.random.default_rng(seed)
    weights = made_map(snps, 150, rng)
    gene = np.asarray(weights[:, :-1].sum(1)).ravel()
    whole = np.asarray(weights.sum(1)).ravel()
    more = [rng.gamma(0.5, 8.0, snps) for _ in range(columns)]
    baseline = np.column_stack([whole, gene, *more][:columns])
    chi2, samples = made_trait(baseline, rng)
    trait = Trait(baseline, chi2, samples, rng.gamma(2, 20, snps), blocks, scale)
    scores = rng.gamma(2, 1.5, (SPOTS, 150)) * (rng.random((SPOTS, 150)) < 0.3)
    return Prepared(trait, weights[:, :-1].tocsr()), scores.astype(np.float16).astype(np.float32)


def near(found, right, allowed):
    fine = right.status == "ok"
    assert (found.status == right.status).all()
    assert np.abs((found.beta - right.beta) / right.se)[fine].max(initial=0) <= allowed
    assert np.abs(found.se / right.se - 1)[fine].max(initial=0) <= allowed
    assert np.isnan(found.beta[~fine]).all() and np.isnan(found.se[~fine]).all()
    assert found.h2_weight == pytest.approx(right.h2_weight, rel=1e-9)
    assert found.mean_product == pytest.approx(right.mean_product, rel=1e-9)


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("columns", [1, 2, 9])
@pytest.mark.parametrize("name", FAST)
def test_every_way_gives_the_rules_estimates(name, columns, scale):
    prepared, scores = made(columns, scale)
    right = way("numpy-spot").regressor(prepared, 64)(scores)
    assert (right.status == "ok").all()
    near(way(name).regressor(prepared, 32)(scores), right, 1e-4)
    near(way(name).regressor(prepared, 64)(scores), right, 1e-9)


@pytest.mark.parametrize("name", ways(NAMES))
def test_a_baseline_in_32_bits_is_summed_in_64(name):
    prepared, scores = made(9)
    trait, columns = prepared.trait, prepared.trait.baseline.astype(np.float32)
    found = [
        way(name).regressor(Prepared(replace(trait, baseline=own), prepared.weights), 64)(scores)
        for own in (columns, columns.astype(np.float64))
    ]
    near(*found, 1e-13)


@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize("name", FAST)
def test_spots_without_signal_and_singular_ones_keep_their_rows(name, columns):
    prepared, scores = made(columns)
    scores[5] = 0
    same = sparse.hstack([prepared.weights, prepared.trait.baseline[:, [1]].astype(np.float32)])
    scores = np.column_stack([scores, np.zeros(SPOTS, np.float32)])
    scores[9] = 0
    scores[9, -1] = 2  # twice a column of the baseline
    prepared = Prepared(prepared.trait, same.tocsr())
    right = way("numpy-spot").regressor(prepared, 64)(scores)
    assert right.status[[5, 9]].tolist() == ["no_signal", "singular"]
    assert (np.delete(right.status, [5, 9]) == "ok").all()
    found = way(name).regressor(prepared, 64)(scores)
    near(found, right, 1e-9)


@pytest.mark.parametrize("name", FAST)
def test_a_constant_ld_score_is_no_signal(name):
    prepared, scores = made(2)
    flat = sparse.csr_matrix(np.ones((2000, 1), np.float32))
    prepared = Prepared(prepared.trait, sparse.hstack([prepared.weights, flat]).tocsr())
    scores = np.column_stack([scores, np.zeros(SPOTS, np.float32)])
    scores[3] = 0
    scores[3, -1] = 4
    found = way(name).regressor(prepared, 32)(scores)
    assert found.status[3] == "no_signal" and (np.delete(found.status, 3) == "ok").all()


@pytest.mark.parametrize("name", ways(NAMES))
def test_a_negative_constant_stays(name):
    prepared, scores = made(2)
    trait = prepared.trait
    low = Trait(trait.baseline, trait.chi2 * 0.4, trait.samples, trait.weights, trait.blocks)
    assert (way(name).regressor(Prepared(low, prepared.weights), 32)(scores).h2_weight < 0).all()


@pytest.mark.parametrize("columns", [2, 5])
@pytest.mark.parametrize("precision", [32, 64])
@pytest.mark.parametrize("name", ways(["numba-fused", "jax-batch"]))
def test_what_else_is_in_a_chunk_changes_no_bit(name, precision, columns):
    prepared, scores = made(columns)
    regress = way(name).regressor(prepared, precision)
    whole = regress(scores)
    part = scores.copy()
    part[20:] = 0
    for key, values in vars(regress(part)).items():
        assert (values[:20] == vars(whole)[key][:20]).all(), key


@pytest.mark.parametrize("name", FAST)
def test_the_mean_of_n_may_be_another(name):
    prepared, scores = made(2)
    trait = prepared.trait
    for mean in (0.0, 55_555.0):
        own = Trait(
            *(trait.baseline, trait.chi2, trait.samples, trait.weights, trait.blocks),
            own_mean=mean,
        )
        given = Prepared(own, prepared.weights)
        right = way("numpy-spot").regressor(given, 64)(scores)
        near(way(name).regressor(given, 64)(scores), right, 1e-9)


def test_estimates_go_behind_each_other():
    prepared, scores = made(2)
    whole = way("matmul-batch").regressor(prepared, 64)(scores)
    again = together([whole.of(0, 10), whole.of(10, SPOTS)])
    assert all((vars(again)[name] == vars(whole)[name]).all() for name in vars(whole))


def test_a_way_that_is_none_is_refused():
    with pytest.raises(InputError, match="numpy-spot, jax-batch, matmul-batch, numba-fused"):
        way("fast")
