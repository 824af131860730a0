"""Cost against error, on planted results."""

import itertools

import numpy as np
import pandas as pd
import pytest
from planted_study import CELL, summary_of

from tiltyard.engine.statistics.cost import cost_table, growth, pareto_front

#: Here the level plays the size.
SIZE = "level"
NAN = float("nan")


def table_of(errors, cells, **facts):
    own = summary_of(errors, cells, **facts).assign(warm_up_seconds=0.5, peak_memory=90.0)
    return cost_table(own, CELL, SIZE, plain=1.0).set_index("method")


def test_front_is_what_comparing_every_pair_gives():
    rng = np.random.default_rng(0)
    for _ in range(20):
        cost, error = rng.integers(1, 6, (2, 12)).astype(float)  # many equal ones
        expected = [
            not any(
                c <= cost[i] and e <= error[i] and (c < cost[i] or e < error[i])
                for c, e in zip(cost, error, strict=True)
            )
            for i in range(12)
        ]
        assert list(pareto_front(cost, error)) == expected


def test_cheap_good_and_dominated():
    table = table_of(
        {"cheap": [[0.5]], "good": [[0.1]], "bad": [[0.6]], "zero": [[0.01]]},
        [("s", 10, 0)],
        cpu_seconds={"cheap": 1.0, "good": 5.0, "bad": 2.0, "zero": 0.1},
        tags={"zero": "control"},
    )
    assert dict(table["pareto"]) == {"bad": False, "cheap": True, "good": True, "zero": False}
    assert table["exponent"].isna().all()
    assert table.loc["good", ["cpu_seconds", "warm_up_seconds", "peak_memory"]].to_list() == [
        5.0,
        0.5,
        90.0,
    ]


def test_unsolved_cell_counts_with_the_error_of_predicting_zero():
    """Else whoever gives up where it is hard looks best. A cell that nobody solved is left out."""
    cells = [("s", 10, order) for order in range(3)]
    errors = {"all": [[0.01], [0.04], [NAN]], "easy": [[0.01], [NAN], [NAN]]}
    table = table_of(errors, cells)
    assert table.loc["all", "error"] == pytest.approx(0.02)
    assert table.loc["easy", "error"] == pytest.approx(0.1)
    assert table.loc["easy", "error_solved"] == pytest.approx(0.01)
    assert dict(table["solved"]) == {"all": 1.0, "easy": 0.5}


def test_without_an_answer_that_uses_no_data_unsolved_cells_are_left_out():
    errors = {"all": [[0.01], [0.04]], "easy": [[0.01], [NAN]]}
    own = summary_of(errors, [("s", 10, order) for order in range(2)])
    table = cost_table(own, CELL, SIZE).set_index("method")
    assert table.loc["easy", "error"] == pytest.approx(0.01)
    assert dict(table["solved"]) == {"all": 1.0, "easy": 0.5}
    assert dict(table["pareto"]) == {"all": True, "easy": False}, "it refused what is hard"


def test_growth_is_the_slope_in_logarithms():
    sizes, methods = (10, 100, 1000), ("linear", "square")
    rows = [
        {"method": name, "language": "python", "n": n, "cpu_seconds": 1e-3 * n**power}
        for (name, power), n in itertools.product(zip(methods, (1, 2), strict=True), sizes)
    ]
    rows.append({"method": "once", "language": "python", "n": 10, "cpu_seconds": 1.0})
    found = growth(pd.DataFrame(rows), "n")
    assert found.to_list() == pytest.approx([1, 1, 1, 2, 2, 2, NAN], nan_ok=True)
