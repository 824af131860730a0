"""Ratios and growth, on planted results with known answers."""

import math

import pandas as pd
import pytest
from planted_study import MEASURES, Planted, study_in

from tiltyard.engine.files.csv import write_frame
from tiltyard.engine.kind import Measures
from tiltyard.engine.statistics.contest import cost_by_size, score_ratios
from tiltyard.engine.statistics.cost import cost_table
from tiltyard.engine.statistics.summary import summarise

CELL = ["signal", "order"]


def row(name, signal, order, median, ok=3, language="python"):
    return {
        "method": name,
        "language": language,
        "family": "one",
        "signal": signal,
        "order": order,
        "median": median,
        "n_ok": ok,
        "replicates": 3,
    }


@pytest.fixture
def ratios():
    rows = [row("reference", s, k, 2.0) for s in ("a", "b") for k in (0, 1)]
    rows += [row("half", s, k, 1.0) for s in ("a", "b") for k in (0, 1)]
    rows += [row("mixed", "a", 0, 8.0), row("mixed", "a", 1, 2.0)]
    rows += [row("mixed", "b", 0, 1e-9, ok=2)]  # a replicate failed: no result
    return pd.DataFrame(rows)


def test_ratios_are_geometric_means_over_solved_cells(ratios):
    table = score_ratios(ratios, ("reference", "python"), CELL, "signal").set_index("method")
    assert list(table.index) == ["half", "reference", "mixed"]
    assert table.loc["half", ["a", "b", "all", "solved"]].tolist() == pytest.approx([0.5] * 3 + [1])
    assert table.loc["mixed", "a"] == pytest.approx(2.0)  # sqrt(4 * 1)
    assert math.isnan(table.loc["mixed", "b"])
    assert table.loc["mixed", "solved"] == 0.5


def test_a_reference_without_results_is_named(ratios):
    with pytest.raises(ValueError, match="absent \\(python\\) solved no cell"):
        score_ratios(ratios, ("absent", "python"), CELL, "signal")


class Sized(Planted):
    measures = Measures(score="error", size="samples", medians=MEASURES.medians)


def test_growth_is_the_exponent_of_the_cost(tmp_path):
    def evaluation(name, n, seconds, status="ok", order=0):
        return {
            "method": name,
            "language": "python",
            "family": "one",
            "tags": "",
            "configuration": f"n{n}",
            "samples": n,
            "order": order,
            "status": status,
            "error": 0.1 if status == "ok" else math.nan,
            "cpu_seconds": seconds,
        }

    rows = [evaluation("cubic", n, 1e-6 * n**3, order=k) for n in (10, 20, 40) for k in (0, 1)]
    rows += [evaluation("once", 10, 1.0), evaluation("once", 20, float("nan"), "timeout")]
    study, cell = study_in(tmp_path, Sized()), ["samples", "order"]
    summary = summarise(pd.DataFrame(rows), cell, Sized.measures)
    write_frame(cost_table(summary, cell, "samples"), tmp_path / "cost.csv")
    table = cost_by_size(study).set_index("method")
    assert list(table.index) == ["once", "cubic"]
    assert table.loc["cubic", "exponent"] == pytest.approx(3.0)
    assert table.loc["cubic", [10, 20, 40]].tolist() == pytest.approx([1e-3, 8e-3, 64e-3])
    assert math.isnan(table.loc["once", "exponent"])
