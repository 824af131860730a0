"""Ratios, growth and a method against its rivals, on planted results with known answers."""

import math

import pandas as pd
import pytest
from planted_study import MEASURES, Planted, study_in

from tiltyard.engine.files.csv import write_frame
from tiltyard.engine.kind import Measures
from tiltyard.engine.statistics.contest import (
    against_rivals,
    cost_by_size,
    score_ratios,
    standing,
)
from tiltyard.engine.statistics.cost import cost_table
from tiltyard.engine.statistics.summary import summarise

CELL = ["signal", "order"]
OWN, STANDARD = ("own", "python"), ("standard", "python")


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
def summary():
    return pd.DataFrame(
        [
            *(row("standard", s, k, 1.0) for s in "ab" for k in (0, 1)),
            row("own", "a", 0, 0.5),
            row("own", "a", 1, 2.0),
            row("own", "b", 0, 0.25),
            row("own", "b", 1, 1e-9, ok=2),  # a replicate failed
            row("third", "a", 0, 0.5),  # a tie
            row("third", "a", 1, 0.125, ok=0),  # not solved: no rival
            row("own", "b", 0, 0.125, language="julia"),  # another method
        ]
    )


def test_each_cell_has_its_best_rival(summary):
    cells = against_rivals(summary, OWN, STANDARD, CELL).set_index(CELL)
    assert cells["rival"].to_dict() == {
        ("a", 0): "third",
        ("a", 1): "standard",
        ("b", 0): "own",
        ("b", 1): "standard",
    }
    assert cells["rival_error"].tolist() == [0.5, 1.0, 0.125, 1.0]
    assert cells["ratio"].tolist() == [0.5, 2.0, 0.25, math.inf]
    assert cells["won"].tolist() == [True, False, False, False]


def test_standing_counts_cells_that_were_not_solved(summary):
    table = standing(against_rivals(summary, OWN, STANDARD, CELL), "signal").set_index("signal")
    assert table["cells"].to_dict() == {"a": 2, "b": 2, "all": 4}
    assert table["too_far"].to_dict() == {"a": 1, "b": 1, "all": 2}
    assert table["won"].to_dict() == {"a": 0.5, "b": 0.0, "all": 0.25}
    assert table.loc["a", "ratio"] == pytest.approx(1.0)  # sqrt(0.5 * 2)
    assert table.loc["all", "ratio"] == pytest.approx(0.25 ** (1 / 3))
    assert table["worst"].to_dict() == {"a": 2.0, "b": math.inf, "all": math.inf}
    assert table.loc["all", "best_rival"] == "standard (50%)"


def test_a_reference_that_is_exact_has_no_ratio(summary):
    exact = summary.assign(median=summary["median"].where(summary["method"] == "own", 0.0))
    cells = against_rivals(exact, OWN, STANDARD, CELL)
    assert cells["ratio"].isna().all()
    assert not cells["won"].any()


def test_a_method_that_took_no_part_is_named(summary):
    with pytest.raises(ValueError, match="absent \\(python\\) took no part"):
        against_rivals(summary, ("absent", "python"), STANDARD, CELL)


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
