"""The highest order that is recovered, and by whom, on planted results."""

import math

import pytest
from planted_study import GROUP, grid, summary_of

from tiltyard.studies.derivatives.reach import reach

TAGS = {"perfect": "control", "best_window": "control,oracle", "fit": "control,model"}
NAN = float("nan")


def found(errors, levels=(0.1,), threshold=0.1, orders=4):
    cells = grid(["sine"], levels, range(orders))
    table = reach(summary_of(errors, cells, tags=TAGS), GROUP, "order", threshold)
    return table.set_index("level")


def test_highest_order_below_the_threshold_and_the_best_method_there():
    """At order 2 both are below it, at order 3 the error is the threshold itself."""
    errors = {
        "a": [[0.01], [0.02], [0.09], [0.5]],
        "b": [[0.05], [0.05], [0.05], [0.1]],
        "perfect": [[0.0]] * 4,
        "best_window": [[0.0], [0.01], [0.02], [0.03]],
        "fit": [[0.0], [0.01], [0.2], [0.2]],
    }
    row = found(errors).loc[0.1]
    assert (row["reach"], row["method"], row["language"]) == (2, "b", "python")
    assert row["nrmse"] == pytest.approx(0.05)
    assert (row["oracle_reach"], row["model_reach"]) == (3, 1)


def test_no_estimator_is_an_answer():
    table = found({"a": [[0.01]] * 4 + [[0.5]] * 4}, levels=(0.1, 0.2))
    assert list(table["reach"]) == [3, -1]
    nobody = table.loc[0.2]
    assert isinstance(nobody["method"], float) and math.isnan(nobody["nrmse"])
    assert (nobody["oracle_reach"], nobody["model_reach"]) == (-1, -1)
    assert list(table["threshold"]) == [0.1, 0.1]


def test_failed_replicate_recovers_nothing():
    errors = {"flaky": [[0.01, NAN]] * 4, "a": [[0.01, 0.01], *[[1.0, 1.0]] * 3]}
    assert found(errors).loc[0.1, "reach"] == 0


def test_lower_order_that_nothing_recovers_does_not_lower_it():
    assert found({"a": [[0.01], [0.9], [0.01], [0.9]]}).loc[0.1, "reach"] == 2


def test_threshold_is_the_studys():
    assert found({"a": [[0.2]] * 4}, threshold=0.3).loc[0.1, "reach"] == 3
