"""Ratios and growth on planted results whose answers are known."""

import math

import pandas as pd
import pytest
from tiltyard.engine.statistics.comparison import cost_growth, error_ratios

CELL = ["signal", "order"]


def cell(name, signal, order, median, ok=3, replicates=3):
    return {
        "method": name,
        "language": "python",
        "family": "one",
        "signal": signal,
        "order": order,
        "median": median,
        "n_ok": ok,
        "replicates": replicates,
    }


@pytest.fixture
def summary():
    rows = [cell("reference", s, k, 2.0) for s in ("a", "b") for k in (0, 1)]
    rows += [cell("half", s, k, 1.0) for s in ("a", "b") for k in (0, 1)]
    rows += [cell("mixed", "a", 0, 8.0), cell("mixed", "a", 1, 2.0)]
    rows += [cell("mixed", "b", 0, 1e-9, ok=2)]  # a replicate failed: no result
    return pd.DataFrame(rows)


def test_ratios_are_geometric_means_over_solved_cells(summary):
    table = error_ratios(summary, ("reference", "python"), CELL, "signal").set_index("method")
    assert list(table.index) == ["half", "reference", "mixed"]
    assert table.loc["half", ["a", "b", "all", "solved"]].tolist() == pytest.approx([0.5] * 3 + [1])
    assert table.loc["mixed", "a"] == pytest.approx(2.0)  # sqrt(4 * 1)
    assert math.isnan(table.loc["mixed", "b"])
    assert table.loc["mixed", "solved"] == 0.5


def test_a_reference_without_results_is_named(summary):
    with pytest.raises(ValueError, match="absent \\(python\\) solved no cell"):
        error_ratios(summary, ("absent", "python"), CELL, "signal")


def test_growth_is_the_exponent_of_the_cost():
    def row(name, n, seconds, status="ok", order=0):
        return {
            "method": name,
            "language": "python",
            "family": "one",
            "tags": "",
            "configuration": f"n{n}",
            "samples": n,
            "order": order,
            "status": status,
            "cpu_seconds": seconds,
        }

    rows = [row("cubic", n, 1e-6 * n**3, order=k) for n in (10, 20, 40) for k in (0, 1)]
    rows += [row("once", 10, 1.0), row("once", 20, float("nan"), "timeout")]
    table = cost_growth(pd.DataFrame(rows), "samples").set_index("method")
    assert list(table.index) == ["once", "cubic"]
    assert table.loc["cubic", "exponent"] == pytest.approx(3.0)
    assert table.loc["cubic", [10, 20, 40]].tolist() == pytest.approx([1e-3, 8e-3, 64e-3])
    assert math.isnan(table.loc["once", "exponent"])
