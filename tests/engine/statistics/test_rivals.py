"""A method against its rivals, and where it loses, on planted results with known answers."""

import math

import pandas as pd
import pytest

from tiltyard.engine.statistics.rivals import against_rivals, standing, with_rivals, worst_first

CELL = ["signal", "order"]
OWN, STANDARD = ("own", "python"), ("standard", "python")


def row(name, signal, order, median, ok=3, language="python", **more):
    return {
        "method": name,
        "language": language,
        "family": "one",
        "signal": signal,
        "order": order,
        "median": median,
        "n_ok": ok,
        "replicates": 3,
        **more,
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
    assert cells["rival_language"].tolist() == ["python", "python", "julia", "python"]
    assert cells["rival_error"].tolist() == [0.5, 1.0, 0.125, 1.0]
    assert cells["ratio"].tolist() == [0.5, 2.0, 0.25, math.inf]
    assert cells["behind"].tolist() == [1.0, 2.0, 2.0, math.inf]
    assert cells["won"].tolist() == [True, False, False, False]


def test_every_method_has_its_rivals_at_once(summary):
    """Each one's are those that it has when it is asked for alone."""
    rows = with_rivals(summary, STANDARD, CELL)
    assert len(rows) == len(summary)
    for name, own in rows.groupby(["method", "language"]):
        alone = against_rivals(summary, name, STANDARD, CELL)
        pd.testing.assert_frame_equal(
            own.drop(columns=["method", "language"]).reset_index(drop=True), alone
        )
    best = rows[(rows["method"] == "standard") & (rows["signal"] == "b")].set_index("order")
    assert best["rival"].to_dict() == {0: "own", 1: ""}, "own did not solve b, 1"
    assert best["rival_error"].to_dict() == {0: 0.125, 1: math.inf}
    assert best["behind"].to_dict() == {0: 8.0, 1: 0.0}
    assert best["won"].to_dict() == {0: False, 1: True}


@pytest.mark.parametrize(("error", "near"), [(1.0, True), (1.1, True), (1.11, False)])
def test_what_is_a_tenth_behind_is_near(error, near):
    rows = [row("standard", "a", 0, 5.0), row("own", "a", 0, error), row("third", "a", 0, 1.0)]
    (found,) = against_rivals(pd.DataFrame(rows), OWN, STANDARD, CELL).to_dict("records")
    assert found["near"] == near


def test_what_nobody_solved_is_neither_won_nor_near_but_there():
    rows = [row(name, "a", 0, 1.0, ok=0) for name in ("standard", "own", "third")]
    (found,) = against_rivals(pd.DataFrame(rows), OWN, STANDARD, CELL).to_dict("records")
    assert (found["rival"], found["rival_error"], found["error"]) == ("", math.inf, math.inf)
    assert math.isnan(found["behind"]) and math.isnan(found["ratio"])
    assert not found["won"] and not found["near"]


def test_standing_counts_cells_that_were_not_solved(summary):
    table = standing(against_rivals(summary, OWN, STANDARD, CELL), ["signal"]).set_index("signal")
    assert table["cells"].to_dict() == {"a": 2, "b": 2, "all": 4}
    assert table["too_far"].to_dict() == {"a": 1, "b": 1, "all": 2}
    assert table["won"].to_dict() == {"a": 0.5, "b": 0.0, "all": 0.25}
    assert table["near"].to_dict() == {"a": 0.5, "b": 0.0, "all": 0.25}
    assert table.loc["a", "ratio"] == pytest.approx(1.0)  # sqrt(0.5 * 2)
    assert table.loc["all", "ratio"] == pytest.approx(0.25 ** (1 / 3))
    assert table["worst"].to_dict() == {"a": 2.0, "b": math.inf, "all": math.inf}
    assert table.loc["all", "best_rival"] == "standard (50%)"
    assert "regret" not in table


def test_standing_by_two_columns_has_a_row_for_each_pair_and_one_for_all(summary):
    table = standing(against_rivals(summary, OWN, STANDARD, CELL), CELL)
    pairs = list(table[CELL].itertuples(index=False, name=None))
    assert pairs == [("a", 0), ("a", 1), ("b", 0), ("b", 1), ("all", "all")]
    assert table["ratio"].tolist()[:3] == pytest.approx([0.5, 2.0, 0.25])


def test_regret_is_averaged_where_there_is_any():
    rows = [row("standard", "a", k, 1.0, regret=math.nan) for k in range(3)]
    rows += [row("own", "a", k, 1.0, regret=r) for k, r in enumerate([1.0, 4.0, math.nan])]
    table = standing(against_rivals(pd.DataFrame(rows), OWN, STANDARD, CELL), ["signal"])
    assert table["regret"].tolist() == pytest.approx([2.0, 2.0])


def test_a_reference_that_is_exact_has_no_ratio(summary):
    exact = summary.assign(median=summary["median"].where(summary["method"] == "own", 0.0))
    cells = against_rivals(exact, OWN, STANDARD, CELL)
    assert cells["ratio"].isna().all()
    assert not cells["won"].any()


@pytest.mark.parametrize("names", [(("absent", "python"), STANDARD), (OWN, ("absent", "python"))])
def test_a_method_that_took_no_part_is_named(summary, names):
    with pytest.raises(ValueError, match=r"absent \(python\) took no part.*standard/python"):
        against_rivals(summary, *names, CELL)


def test_the_worst_cells_lead():
    """Errors and those of standard and third by cell, None if not solved; the worst first."""
    planted = {
        ("c", 0): (None, 1.0, 1.0),  # only it failed
        ("d", 1): (None, None, None),  # all failed
        ("a", 1): (50.0, 1.0, 40.0),
        ("a", 0): (3.0, 1.0, 0.5),
        ("b", 7): (3.0, 1.0, 0.5),  # as bad: the sequence of the cells
        ("b", 1): (0.5, 1.0, 2.0),
        ("c", 1): (9.0, None, 0.1),  # no ratio: by the rival
        ("c", 2): (9.0, None, 1.0),
        ("d", 0): (1.0, None, None),  # nobody else solved it
    }
    rows = [
        row(name, *cell, 1.0 if error is None else error, ok=0 if error is None else 3)
        for cell, errors in planted.items()
        for name, error in zip(("own", "standard", "third"), errors, strict=True)
    ]
    shuffled = pd.DataFrame(rows).sample(frac=1.0, random_state=3)
    found = worst_first(against_rivals(shuffled, OWN, STANDARD, CELL), CELL)
    assert list(found[CELL].itertuples(index=False, name=None)) == list(planted)
    assert found["rival"].tolist() == [
        *("standard", "", "standard", "third", "third", "standard", "third", "third", "")
    ]
