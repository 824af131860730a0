"""Implementations of gene specificity give what the rule gives, and each the same bytes always."""

import numpy as np
import pytest
from made_batches import Scored, agree, spots_of, tissue, ways

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.implementations import NAMES, implementation
from tiltyard.pipelines.spatial.kernels.ranking import add_logs, rank_rows
from tiltyard.pipelines.spatial.neighbouring.choosing import morton
from tiltyard.pipelines.spatial.neighbouring.nearest import Finder
from tiltyard.pipelines.spatial.rule.formulas import FORMULAS
from tiltyard.pipelines.spatial.rule.neighbours import Spots, ordered
from tiltyard.pipelines.spatial.rule.ranking import doubled_ranks, rank_type
from tiltyard.pipelines.spatial.rule.specificity import LARGEST

A, B = FORMULAS["A"], FORMULAS["B"]
FAST = ways(NAMES[1:])


@pytest.fixture(scope="module")
def made():
    return tissue()


@pytest.fixture(scope="module", params=["A", "B", "B without", "B slices"])
def scored(request, made):
    formula = FORMULAS[request.param[0]]
    more = {}
    if "slices" in request.param:
        more["slices"] = np.random.default_rng(3).integers(0, 3, len(made.domains))
    return Scored(
        made.counts.toarray(), spots_of(made, **more), formula, "without" not in request.param
    )


@pytest.fixture(scope="module")
def right(scored):
    return scored.by("numpy-spot")


@pytest.mark.parametrize("name", FAST)
def test_every_way_gives_the_rules_scores(scored, right, name):
    found, cut = scored.by(name)
    steps = agree(found, right[0])
    assert cut == right[1] and 0.02 < np.count_nonzero(found) / found.size < 0.95
    assert np.count_nonzero(steps) < 0.02 * steps.size


@pytest.mark.parametrize("name", FAST)
def test_every_way_chooses_the_rules_neighbours(scored, name):
    for one, other in zip(scored.neighbours("numpy-spot"), scored.neighbours(name), strict=True):
        assert (one.rows == other.rows).all() and (one.spots == other.spots).all()
        assert np.abs(one.weights - other.weights).max() <= 1e-7


@pytest.mark.parametrize("batch", [1, 37, 1000])
@pytest.mark.parametrize("name", ways(["numba-fused", "jax-batch"]))
def test_any_batch_gives_the_same_bytes(scored, name, batch):
    assert (scored.by(name, batch)[0] == scored.by(name)[0]).all()


def test_threads_choose_the_same_neighbours(made, monkeypatch):
    monkeypatch.setattr("tiltyard.pipelines.spatial.neighbouring.choosing.CHUNK", 16)
    own = Scored(made.counts[:200].toarray(), spots_of(made), B)
    for one, other in zip(
        own.neighbours("numba-fused"), own.neighbours("numba-fused", threads=3), strict=True
    ):
        assert (one.rows == other.rows).all() and (one.weights == other.weights).all()


@pytest.mark.parametrize("name", FAST)
def test_scores_beyond_float16_are_cut_and_counted(name):
    counts = 100 + tissue(200, 900, seed=5).counts.toarray()
    domains = np.repeat([0, 1], 100)
    counts[:, 0] = np.where(domains == 0, 60_000, 0)
    rng = np.random.default_rng(6)
    own = Scored(counts, Spots(rng.random((200, 2)), rng.random((200, 3)), domains), B)
    expected, cut = own.by("numpy-spot")
    found, count = own.by(name)
    assert count == cut == 100
    assert (found[:100, 0].view(np.float16) == LARGEST).all() and not found[100:, 0].any()
    agree(found, expected)


@pytest.mark.parametrize("formula", [A, B], ids="AB")
@pytest.mark.parametrize("name", FAST)
def test_rows_without_zeros_are_expressed_by_each_formulas_rule(name, formula):
    rng = np.random.default_rng(7)
    counts = rng.integers(1, 5, (120, 40))
    counts[::3, 5] = 0
    own = Scored(
        counts, Spots(rng.random((120, 2)), rng.random((120, 3)), np.zeros(120, int)), formula
    )
    agree(own.by(name)[0], own.by("numpy-spot")[0])


@pytest.mark.parametrize("name", FAST)
def test_no_neighbour_that_counts_means_zeros(name):
    rng = np.random.default_rng(8)
    embedding = rng.normal(size=(60, 4))
    embedding[[3, 30]] = 0
    own = Scored(
        rng.poisson(1, (60, 50)), Spots(rng.random((60, 2)), embedding, np.zeros(60, int)), B
    )
    (near,) = own.neighbours(name)
    assert near.alone == 2 and not own.by(name)[0][[3, 30]].any()


@pytest.mark.parametrize("name", FAST)
@pytest.mark.parametrize("axes", [2, 3])
def test_ties_of_distance_are_the_rules(name, axes):
    rng = np.random.default_rng(9)
    places = np.stack(np.meshgrid(*[np.arange(8)] * axes), -1).reshape(-1, axes)[:400].astype(float)
    places[50:120] = places[50]  # more at one place than there are candidates
    spots = Spots(places, rng.random((len(places), 3)), rng.integers(0, 2, len(places)))
    own = Scored(rng.poisson(1, (len(places), 4)), spots, B)
    for one, other in zip(
        own.neighbours("numpy-spot", nearest=30), own.neighbours(name, nearest=30), strict=True
    ):
        assert (one.rows == other.rows).all()


@pytest.mark.parametrize("most", [1, 5, 40, 300])
def test_a_tree_finds_the_nearest_in_the_rules_order(most):
    rng = np.random.default_rng(most)
    places = rng.integers(0, 9, (200, 2)).astype(float)
    rows = np.sort(rng.permutation(200)[:150])
    found = Finder(places, rows).nearest(np.arange(200), most)
    for spot in range(200):
        assert found[spot].tolist() == ordered(places, rows, spot, most).tolist()


def test_embeddings_in_any_order_of_axes_choose_the_same():
    rng = np.random.default_rng(10)
    places, embedding = rng.random((200, 2)), rng.integers(-2, 3, (200, 6)) / 7
    found = [
        Scored(np.ones((200, 2)), Spots(places, embedding[:, axes], np.zeros(200, int)), B)
        .neighbours("numba-fused")[0]
        .rows
        for axes in (np.arange(6), rng.permutation(6))
    ]
    assert (found[0] == found[1]).all()


def sparse_ranks(counts, keys):
    starts = np.concatenate([[0], np.cumsum((counts > 0).sum(1))])
    rows, genes = np.nonzero(counts)
    out = np.empty(counts.shape, rank_type(counts.shape[1]))
    lowest = np.empty(len(counts), out.dtype)
    rank_rows(starts, genes, keys(counts[rows, genes]), counts.shape[1], out, lowest)
    return out, lowest


@pytest.mark.parametrize("factor", [1, 5000])
def test_compiled_ranks_are_the_rules_by_counting_and_by_sorting(factor):
    rng = np.random.default_rng(11)
    counts = rng.poisson(2, (40, 70)) * factor
    counts[0] += 1
    counts[1] = 0
    found, lowest = sparse_ranks(counts, lambda values: values.astype(np.uint64))
    assert (found == doubled_ranks(counts)).all() and (lowest == found.min(1)).all()


def test_logarithms_are_added_by_blocks_whatever_the_batch():
    rng = np.random.default_rng(12)
    ranks, table = rng.integers(2, 80, (100, 9)).astype(np.uint16), rng.random(81)
    totals = []
    for batch in (1, 7, 100):
        partial, total = np.zeros(9), np.zeros(9)
        for first in range(0, 100, batch):
            add_logs(ranks[first : first + batch], table, first, 16, partial, total)
        totals.append(total + partial)
    assert (totals[0] == totals[1]).all() and (totals[0] == totals[2]).all()
    assert totals[0] == pytest.approx(table[ranks].sum(0), rel=1e-13)


def test_the_curve_keeps_near_spots_together():
    places = np.stack(np.meshgrid(np.arange(16), np.arange(16)), -1).reshape(-1, 2) * 1.0
    order = morton(places)
    assert sorted(order) == list(range(256))
    for first in range(0, 256, 16):
        assert (np.ptp(places[order[first : first + 16]], axis=0) == 3).all()


def test_a_name_that_is_none_is_refused():
    with pytest.raises(InputError, match="numpy-spot, jax-batch, matmul-batch, numba-fused"):
        implementation("fast")
