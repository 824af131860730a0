"""A method against its rivals, on planted results whose answers are known."""

import math

import pandas as pd
import pytest

from tiltyard.engine.statistics.contest import against_rivals, standing

CELL = ["signal", "order"]
OWN, STANDARD = ("own", "python"), ("standard", "python")


def row(name, signal, order, median, ok=3, language="python"):
    return {
        "method": name,
        "language": language,
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
