"""The rule of gene specificity: its cases, and an independent slow implementation beside it."""

import math

import numpy as np
import pytest
from slow_specificity import average_ranks, chosen, scores

from tiltyard.pipelines.spatial.rule.formulas import FORMULAS
from tiltyard.pipelines.spatial.rule.neighbours import Chosen, Spots, neighbours, ordered
from tiltyard.pipelines.spatial.rule.ranking import doubled_ranks, rank_type
from tiltyard.pipelines.spatial.rule.specificity import Ranked, score, specificity, stored

A, B = FORMULAS["A"], FORMULAS["B"]


def ranked(counts):
    counts = np.asarray(counts)
    return Ranked(doubled_ranks(counts), counts > 0)


def given(rows, weights):
    """Neighbours as they are written in a case, all on one slice."""
    return Chosen(np.array(rows)[:, None], np.array(weights, float)[:, None])


def alone(n):
    return given([[row] for row in range(n)], [[1.0]] * n)


def one_place(embedding, niche=None):
    count = len(embedding)
    return Spots(
        np.zeros((count, 2)), np.asarray(embedding, float), np.zeros(count, np.int64), niche
    )


def test_doubled_ranks_average_ties():
    found = doubled_ranks(np.array([[0, 0, 3, 1, 0], [2, 2, 2, 2, 2]]))
    assert found.tolist() == [[4, 4, 10, 8, 4], [6, 6, 6, 6, 6]]
    assert doubled_ranks(np.array([[2, 2, 2]])).tolist() == [[4, 4, 4]]


def test_doubled_ranks_of_many_genes_are_wider():
    assert rank_type(32_767) == np.uint16 and rank_type(32_768) == np.uint32
    found = doubled_ranks(np.arange(40_000.0)[None])
    assert found[0, -1] == 80_000


def test_counts_that_differ_by_one_in_the_24th_bit_have_unlike_ranks():
    assert doubled_ranks(np.array([[2**24, 2**24 + 1]])).tolist() == [[2, 4]]


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.float32, np.float64])
def test_ranks_are_those_of_the_definition_in_every_type(kind):
    counts = np.random.default_rng(1).poisson(1.5, (20, 31)).astype(kind)
    expected = [[2 * rank for rank in average_ranks(row)] for row in counts.tolist()]
    assert doubled_ranks(counts).tolist() == expected
    assert (doubled_ranks(counts).sum(1, dtype=np.int64) == 31 * 32).all()


def test_an_increasing_map_that_keeps_0_changes_no_rank():
    counts = np.random.default_rng(2).poisson(2, (10, 50))
    assert (doubled_ranks(counts.astype(float) ** 1.5 * 7) == doubled_ranks(counts)).all()


def test_a_spot_with_equal_counts_is_expressed_by_count_and_not_by_rank():
    data = ranked([[2, 2, 2], [1, 2, 3], [0, 5, 5]])
    by_count = specificity(data, alone(3), A)
    assert by_count[0, 0] == pytest.approx(3.8910239) and np.count_nonzero(by_count) == 1
    assert not specificity(data, alone(3), B).any()


def test_two_spots_that_each_have_a_gene_of_their_own():
    data = ranked([[5, 0, 1], [0, 4, 1]])
    for formula, value in ((A, 4.65223367), (B, 8.77186225)):
        found = specificity(data, alone(2), formula)
        assert found == pytest.approx(np.array([[value, 0, 0], [0, value, 0]]))


def test_three_spots_with_weights():
    data = ranked([[9, 0, 2, 0], [7, 1, 0, 0], [0, 5, 3, 1]])
    rows = [[0, 1], [1, 0], [2, -1]]
    found = specificity(data, given(rows, [[0.75, 0.25], [0.75, 0.25], [1, 0]]), B)
    expected = [[6.38906, 0, 0, 0], [6.38906, 0, 0, 0], [0, 5.59043, 3.11325, 2.79367]]
    assert found == pytest.approx(np.array(expected), rel=1e-5)
    found = specificity(data, given(rows, [[0.5, 0.5], [0.5, 0.5], [1, 0]]), A)
    expected = [[3.89102, 0, 0, 0], [3.89102, 0, 0, 0], [0, 3.60106, 2.52514, 2.35823]]
    assert found == pytest.approx(np.array(expected), rel=1e-5)


@pytest.mark.parametrize("formula", [A, B], ids="AB")
def test_a_gene_of_every_spot_and_one_of_none_score_nothing(formula):
    counts = np.random.default_rng(3).poisson(1.0, (30, 12))
    counts[:, 0], counts[:, 1] = 50 + np.arange(30), 0
    spots = Spots(np.random.default_rng(4).random((30, 2)), counts + 1.0, np.zeros(30, np.int64))
    found = specificity(ranked(counts), neighbours(spots, formula, 30), formula)
    assert not found[:, :2].any() and found[:, 2:].any()


def test_an_equal_share_of_neighbours_is_no_larger_one():
    counts = np.zeros((300, 40), int)
    counts[:, 1:] = 1 + np.arange(39)
    counts[:7, 0] = counts[21 : 21 + 93, 0] = 1000  # 7 of 21 neighbours, 100 of 300 spots
    near = given([list(range(21))] * 300, [[1 / 21] * 21] * 300)
    assert specificity(ranked(counts), near, A)[0, 0] == 0
    assert specificity(ranked(counts), near, A, by_fraction=False)[0, 0] > 0
    counts[113, 0] = 0
    assert specificity(ranked(counts), near, A)[0, 0] > 0


def test_scores_beyond_float16_are_cut_and_counted():
    scores_of = score(np.log([4.97, 4.974, 9.0]), B)
    found, cut = stored(scores_of)
    assert found.tolist()[1:] == [65504, 65504] and cut == 2 and found[0] < 65504
    assert stored(np.array([2049.0, 2051.0]))[0].tolist() == [2048, 2052]  # ties to even


@pytest.mark.parametrize("formula", [A, B], ids="AB")
def test_scores_are_0_or_at_least_e_minus_1(formula):
    log_m = np.random.default_rng(5).normal(0, 1, 1000)
    found = score(log_m, formula)
    assert ((found == 0) | (found >= math.e - 1)).all() and 0 < np.count_nonzero(found) < 1000
    assert score(np.zeros(1), formula)[0] == pytest.approx(0 if formula is A else math.e - 1)


def order(places, nearest):
    places = np.array(places, float)
    rows = np.arange(len(places))
    found = [ordered(places, rows, spot, nearest) for spot in rows]
    return ["".join(map(str, one)) for one in found]


def test_candidates_are_ordered_by_distance_then_row():
    cross = [(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1)]
    assert order(cross, 3) == ["012", "102", "201", "302", "401"]
    assert order([(0, 0)] * 5 + [(1, 0)], 3) == ["012", "012", "012", "013", "014", "501"]


def test_equal_embeddings_leave_the_nearest():
    places = np.random.default_rng(6).random((40, 3))
    spots = Spots(places, np.ones((40, 5)), np.zeros(40, np.int64))
    found = neighbours(spots, B, 40)
    for spot in range(40):
        assert found.rows[spot, 0].tolist() == ordered(places, np.arange(40), spot, 21).tolist()


def test_a_zero_embedding_has_no_neighbour_that_counts():
    found = neighbours(one_place([[0, 0], [1, 0], [1, 1]]), B, 3)
    assert not found.weights[0].any() and found.weights[1].sum() == pytest.approx(1)
    data = ranked([[3, 0, 1], [0, 2, 1], [1, 1, 0]])
    assert not specificity(data, found, B)[0].any()


def test_the_length_of_embeddings_does_not_matter():
    embedding = np.random.default_rng(7).normal(size=(30, 8))
    found = [neighbours(one_place(embedding * size), B, 30) for size in (1, 1000, 1e-200)]
    assert all((found[0].rows == one.rows).all() for one in found)
    assert all((found[0].weights == one.weights).all() for one in found)


EMBEDDING = np.array([[1, 1, 1], [1, 1, -2], [1, 1, -2], [-3, 0, 3], [2, 2, 2]])
EMBEDDING = EMBEDDING * np.array([0.1, 0.3, 0.7, 0.9, 0.11])[:, None]


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0)])
def test_the_order_of_a_sum_decides_no_tie(axes):
    found = neighbours(one_place(EMBEDDING[:, axes]), B, 5, k=5)
    assert found.rows[:, 0].tolist() == [
        *([0, 4, 1, 2, 3], [1, 2, 0, 3, 4], [1, 2, 0, 3, 4], [3, 0, 1, 2, 4], [0, 4, 1, 2, 3])
    ]
    halves = [0.5, 0.5, 0, 0, 0]
    assert found.weights[:, 0].tolist() == [halves, halves, halves, [1, 0, 0, 0, 0], halves]


def test_the_same_niche_comes_first_under_b_and_counts_for_nothing_under_a():
    niche = np.array([[1.0, 0], [0.6, 0.8], [0, 1], [0.599, 0.8], [1, 0]])
    plain, near = one_place(EMBEDDING), one_place(EMBEDDING, niche)
    assert neighbours(near, B, 5, k=2).rows[:, 0].tolist() == [
        *([0, 4], [1, 2], [1, 2], [3, 1], [0, 4])
    ]
    for formula, same in ((A, True), (B, False)):
        rows = [neighbours(one, formula, 5, k=2).rows for one in (plain, near)]
        assert (rows[0] == rows[1]).all() == same


def test_a_small_group_has_as_few_neighbours_as_there_are():
    groups = np.array([0] * 5 + [1] * 30)
    rng = np.random.default_rng(8)
    spots = Spots(rng.random((35, 2)), rng.normal(size=(35, 4)), groups)
    found = neighbours(spots, A, A.candidates)
    assert (found.rows[:5, 0, :5] >= 0).all() and (found.rows[:5, 0, 5:] == -1).all()
    assert np.allclose(found.weights[:5, 0, :5], 0.2)


def slices_of(steps, per=30, seed=9):
    rng = np.random.default_rng(seed)
    count = per * len(steps)
    return Spots(
        rng.random((count, 2)),
        rng.random((count, 4)),
        np.zeros(count, np.int64),
        slices=np.repeat(steps, per),
    )


def test_each_slice_has_neighbours_of_its_own_and_the_mean_is_over_those_that_count():
    spots = slices_of([0, 1, 2])
    found = neighbours(spots, B, B.candidates)
    own = spots.slices[:, None]
    for place, step in enumerate((0, -1, 1)):
        rows = found.rows[:, place]
        assert (spots.slices[rows] == own + step)[rows >= 0].all()
    assert (found.rows[:30, 1] == -1).all() and (found.rows[30:60] >= 0).all()
    counts = np.random.default_rng(10).poisson(1, (90, 25))
    whole = specificity(ranked(counts), found, B)
    parts = [
        specificity(ranked(counts), Chosen(found.rows[:, [k]], found.weights[:, [k]]), B)
        for k in range(3)
    ]
    assert whole[30:60] == pytest.approx(sum(parts)[30:60] / 3)
    assert whole[:30] == pytest.approx((parts[0] + parts[2])[:30] / 2)


def test_where_one_side_is_missing_the_other_is_searched_deeper():
    spots = slices_of([0, 1, 2], per=450, seed=11)
    embedding = np.full((1350, 2), 1.0)
    far = np.argsort(((spots.places - spots.places[0]) ** 2).sum(1) + 9 * (spots.slices != 1))
    embedding[far[250:300]] = [1.0, -0.999]  # alike, but beyond the nearest 200 of slice 1
    embedding[0] = [1.0, -0.999]
    spots = Spots(spots.places, embedding, spots.groups, slices=spots.slices)
    rows = neighbours(spots, B, B.candidates).rows[0, 2]
    assert set(rows.tolist()) <= set(far[250:300].tolist())


@pytest.mark.parametrize("formula", [A, B], ids="AB")
def test_an_independent_slow_implementation_agrees(formula):
    rng = np.random.default_rng(12)
    n, genes, most = 40, 25, 15
    groups = rng.integers(0, 2, n)
    counts = rng.poisson(rng.gamma(1, 1.5, genes) * (1 + 2 * groups[:, None]))
    counts[3] += 1
    places, embedding = rng.random((n, 3)).round(1), rng.normal(0.3, 1, (n, 6))
    niche = rng.normal(0.2, 1, (n, 3))
    spots = Spots(places, embedding, groups, niche)
    found = neighbours(spots, formula, most, k=7)
    slow = [
        chosen(
            *(places.tolist(), embedding.tolist(), groups.tolist(), spot),
            formula=formula.name, most=most, k=7, niche=niche.tolist(),
        )
        for spot in range(n)
    ]  # fmt: skip
    for spot, near in enumerate(slow):
        assert found.rows[spot, 0].tolist() == [row for row, _ in near]
        assert found.weights[spot, 0] == pytest.approx([weight for _, weight in near], abs=1e-15)
    expected, _ = scores(counts.tolist(), slow, formula.name)
    result = specificity(ranked(counts), found, formula)
    assert result == pytest.approx(np.array(expected), rel=1e-11)
    assert 0.05 < np.count_nonzero(result) / result.size < 0.95


def test_neither_the_order_of_genes_nor_that_of_spots_matters():
    rng = np.random.default_rng(13)
    counts = rng.poisson(1.2, (50, 20))
    spots = Spots(rng.random((50, 2)), rng.normal(size=(50, 5)), rng.integers(0, 2, 50))
    whole = specificity(ranked(counts), neighbours(spots, B, 20, k=9), B)
    genes, order_of = rng.permutation(20), rng.permutation(50)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    moved = Spots(
        (spots.places @ turn * 3.7 + 100)[order_of],
        spots.embedding[order_of],
        np.array([7, 4])[spots.groups][order_of],
    )
    again = specificity(ranked(counts[order_of][:, genes]), neighbours(moved, B, 20, k=9), B)
    assert again == pytest.approx(whole[order_of][:, genes], rel=1e-12)


def test_annotations_do_not_see_each_other():
    rng = np.random.default_rng(14)
    spots = Spots(rng.random((60, 2)), rng.normal(size=(60, 5)), np.repeat([0, 1], 30))
    whole = neighbours(spots, B, 20)
    half = neighbours(Spots(spots.places[:30], spots.embedding[:30], spots.groups[:30]), B, 20)
    assert (whole.rows[:30] == half.rows).all() and (whole.weights[:30] == half.weights).all()
