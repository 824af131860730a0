"""The leaderboard and how far it depends on choices, on planted results."""

import numpy as np
import pytest
from planted_study import CELL, grid, summary_of

from tiltyard.engine.statistics.ranks import mean_ranks, rank_methods, robustness

NAN = float("nan")
ABSENT = ("nobody", "python")


def test_both_rankings_and_what_a_missing_result_does_to_each():
    """On the cell that all solved, `flaky` is best; over both, its failure is a last place."""
    errors = {"good": [[2.0], [2.0]], "bad": [[3.0], [3.0]], "flaky": [[1.0], [NAN]]}
    table = rank_methods(summary_of(errors), CELL, ABSENT).set_index("method")
    assert list(table.index) == ["good", "flaky", "bad"]
    assert dict(table["mean_rank"]) == {"good": 1.5, "flaky": 2.0, "bad": 2.5}
    assert dict(table["mean_rank_solved"]) == {"good": 2.0, "flaky": 1.0, "bad": 3.0}
    assert set(table["cells_solved"]) == {1}
    assert dict(table["solved"]) == {"good": 2, "flaky": 1, "bad": 2}
    assert list(table["place"]) == [1, 2, 3]


def test_no_cell_that_all_solved_leaves_that_rank_empty():
    errors = {"a": [[1.0], [NAN]], "b": [[NAN], [1.0]]}
    table = rank_methods(summary_of(errors), CELL, ABSENT)
    assert table["mean_rank_solved"].isna().all() and set(table["cells_solved"]) == {0}
    assert list(table["place"]) == [1, 1]


def test_ratio_is_the_geometric_mean_over_shared_cells():
    errors = {"ref": [[1.0], [2.0], [4.0]], "a": [[4.0], [2.0], [NAN]], "exact": [[0.0]] * 3}
    table = rank_methods(summary_of(errors), CELL, ("ref", "python")).set_index("method")
    assert table.loc["a", "geometric_mean_ratio"] == pytest.approx(2.0)  # of 4 and 1
    assert dict(table["ratio_cells"]) == {"exact": 0, "ref": 3, "a": 2}
    assert set(table["reference"]) == {"ref (python)"}


def test_best_is_the_reference_where_the_wanted_one_is_missing():
    errors = {"a": [[2.0]], "b": [[1.0]], "model": [[0.5]]}
    table = rank_methods(summary_of(errors, tags={"model": "control,model"}), CELL, ABSENT)
    assert list(table["method"]) == ["b", "a"]
    assert set(table["reference"]) == {"b (python)"}


def test_ranks_can_follow_another_statistic():
    """`wild` has the smaller median and the larger mean."""
    errors = {"wild": [[1.0, 1.0, 9.0]], "tame": [[2.0, 2.0, 2.0]]}
    summary = summary_of(errors)
    assert list(mean_ranks(summary, CELL)["method"]) == ["wild", "tame"]
    assert list(mean_ranks(summary, CELL, "mean")["method"]) == ["tame", "wild"]


@pytest.fixture
def table():
    """`a` leads through the signal `easy` alone; `b` has a clone in another language."""
    cells = grid(["easy", "hard"], [0.1, 0.2], [0])
    errors = {
        "a": [[1.0], [1.0], [4.0], [1.0]],
        "b": [[2.0], [2.0], [1.0], [3.0]],
        ("b", "julia"): [[2.1], [2.1], [1.1], [3.1]],
        "c": [[3.0], [3.0], [3.0], [2.0]],
    }
    families = {"a": "one", "b": "two", "c": "two"}
    return robustness(summary_of(errors, cells, families=families), CELL, "signal")


def places(table, variant):
    own = table[table["variant"] == variant]
    return dict(zip(zip(own["method"], own["language"], strict=True), own["place"], strict=True))


def test_variants_are_all_there(table):
    expected = ["all", "without easy", "without hard", "one per name", "one per family"]
    assert list(table["variant"].unique()) == [*expected, "median", "mean", "geometric_mean"]


def test_leaving_a_signal_out_moves_and_marks_who_depended_on_it(table):
    a, b, clone, c = ("a", "python"), ("b", "python"), ("b", "julia"), ("c", "python")
    assert places(table, "all") == {a: 1, b: 2, clone: 3, c: 4}
    # Ranks without `easy`: a 4 and 1, b 1 and 3, its clone 2 and 4, c 3 and 2.
    assert places(table, "without easy") == {b: 1, a: 2, c: 2, clone: 4}
    own = table[table["variant"] == "without easy"].set_index(["method", "language"])
    assert dict(own["moved"]) == {a: True, b: True, clone: True, c: True}
    assert own.loc[a, "shift"] == 1 and own.loc[c, "shift"] == -2
    assert not table.loc[table["variant"].isin(["all", "median"]), "moved"].any()


def test_leaving_out_is_ranking_what_remains():
    """Also where a failure ranks last, and where mean ranks are equal."""
    rng = np.random.default_rng(8)
    cells = grid(["s1", "s2", "s3"], [0.1], range(4))
    errors = {name: rng.integers(1, 5, (len(cells), 1)).astype(float) for name in "abcdef"}
    errors["f"][[1, 6]] = NAN
    summary = summary_of(errors, cells)
    table = robustness(summary, CELL, "signal")
    for signal in ("s1", "s2", "s3"):
        rest = mean_ranks(summary[summary["signal"] != signal], CELL)
        expected = {(row.method, "python"): row.place for row in rest.itertuples()}
        assert places(table, f"without {signal}") == expected


def test_collapsed_clones_move_nobody_by_leaving(table):
    assert places(table, "one per name") == {
        ("a", "python"): 1,
        ("b", "python"): 2,
        ("c", "python"): 3,
    }
    assert places(table, "one per family") == {("a", "python"): 1, ("b", "python"): 2}
    collapsed = table[table["variant"].str.startswith("one per")]
    assert not collapsed["moved"].any()


def test_one_signal_is_not_left_out():
    table = robustness(summary_of({"a": [[1.0]], "b": [[2.0]]}), CELL, "signal")
    assert not table["variant"].str.startswith("without").any()


def test_failure_ranks_last_in_every_variant():
    table = robustness(summary_of({"a": [[0.1, NAN]], "b": [[2.0, 2.0]]}), CELL, "signal")
    both = table[table["variant"] != "one per family"]
    assert set(both.loc[both["method"] == "a", "place"]) == {2}
    assert np.all(both["shift"] == 0)
