"""The worst cells of every estimator, on planted errors with known answers."""

import math

import pandas as pd

from tiltyard.studies.derivatives.worst import worst_cells

CELL = ["signal", "order"]
PROCESS = ("gaussian_process_se", "python")


def table(errors, unranked=()):
    """The summary of estimators' errors by cell; None if not solved."""
    return pd.DataFrame(
        [
            {
                "method": name,
                "language": "python",
                "signal": signal,
                "order": order,
                "median": 1.0 if error is None else error,
                "n_ok": 0 if error is None else 3,
                "replicates": 3,
                "ranked": name not in unranked,
            }
            for name, cells in errors.items()
            for (signal, order), error in cells.items()
        ]
    )


def cells_of(found, name):
    return list(found[found["method"] == name][CELL].itertuples(index=False, name=None))


def test_the_ten_worst_of_each_in_their_sequence():
    numbers = range(14)
    errors = {
        "gaussian_process_se": {("a", k): 1.0 for k in numbers},
        "rising": {("a", k): 2.0**k for k in numbers},
        "falling": {("a", k): 2.0 ** (6 - k) for k in numbers},
    }
    found = worst_cells(table(errors), PROCESS, CELL)
    assert found.groupby("method")["place"].agg(list).tolist() == [[*range(1, 11)]] * 3
    assert cells_of(found, "rising") == [("a", k) for k in range(13, 3, -1)]
    assert cells_of(found, "falling") == [("a", k) for k in range(10)]
    # Nothing is worse than itself: the better of the others decides, and then the cell.
    assert cells_of(found, "gaussian_process_se") == [
        ("a", k) for k in (*range(13, 6, -1), 0, 6, 1)
    ]
    worst = found[(found["method"] == "rising") & (found["place"] == 1)].iloc[0]
    assert (worst["ratio"], worst["rival"], worst["rival_error"]) == (2.0**13, "falling", 2.0**-7)
    assert worst["behind"] == 2.0**20


def test_cells_where_all_fail_are_listed_and_what_saw_the_truth_is_no_rival():
    cells = [("a", 0), ("a", 1), ("b", 0)]
    errors = {
        "gaussian_process_se": dict(zip(cells, (1.0, None, 1.0), strict=True)),
        "own": dict(zip(cells, (3.0, None, 9.0), strict=True)),
        "truth": dict.fromkeys(cells, 0.0),
    }
    found = worst_cells(table(errors, unranked=("truth",)), PROCESS, CELL)
    assert set(found["method"]) == {"gaussian_process_se", "own"}
    assert cells_of(found, "own") == [("a", 1), ("b", 0), ("a", 0)]
    first = found[found["method"] == "own"].iloc[0]
    assert (first["rival"], first["error"], first["rival_error"]) == ("", math.inf, math.inf)
    assert list(found[found["method"] == "own"]["rival"])[1:] == ["gaussian_process_se"] * 2


def test_an_estimator_that_is_missing_in_some_cells_is_a_rival_in_the_others():
    errors = {
        "gaussian_process_se": {("a", 0): 1.0, ("a", 1): 1.0},
        "own": {("a", 0): 2.0, ("a", 1): 2.0},
        "low_orders": {("a", 0): 0.5},
    }
    found = worst_cells(table(errors), PROCESS, CELL)
    own = found[found["method"] == "own"]
    assert own["rival"].tolist() == ["low_orders", "gaussian_process_se"]
    assert own["behind"].tolist() == [4.0, 2.0]
    assert cells_of(found, "low_orders") == [("a", 0)]


def test_without_the_process_the_best_other_decides():
    errors = {"own": {("a", 0): 2.0, ("a", 1): 9.0}, "other": {("a", 0): 1.0, ("a", 1): 8.0}}
    found = worst_cells(table(errors), PROCESS, CELL)
    assert found["ratio"].isna().all()
    assert cells_of(found, "own") == [("a", 0), ("a", 1)]
    assert cells_of(found, "other") == [("a", 1), ("a", 0)], "8/9 of the other's, and half of it"


def test_a_study_without_ranked_estimators_has_an_empty_table():
    found = worst_cells(table({"truth": {("a", 0): 0.0}}, unranked=("truth",)), PROCESS, CELL)
    assert found.empty and {"method", "place", "behind", *CELL} <= set(found)
