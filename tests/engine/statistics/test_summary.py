"""Summaries, failures and ranks on planted results, against values worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from planted_study import summary_of

from tiltyard.engine.kind import Measures
from tiltyard.engine.outcome import Status
from tiltyard.engine.statistics.failures import failures_of, list_failures
from tiltyard.engine.statistics.ranks import mean_ranks
from tiltyard.engine.statistics.summary import is_ranked, summarise, with_tags

CELL = ["level", "order"]
MEASURES = Measures(score="error", bound="oracle")


def row(name, trial, error, status="ok", level=0.1, order=0, message="", oracle=""):
    return {
        "level": level,
        "order": order,
        "trial": trial,
        "configuration": f"{level}-{trial}",
        "method": name,
        "language": "python",
        "family": "one",
        "tags": "",
        "oracle": oracle,
        "status": status,
        "message": message,
        "error": error,
    }


NAN = float("nan")


@pytest.fixture
def results():
    rows = [row("good", trial, error) for trial, error in enumerate((1.0, 2.0, 6.0))]
    rows += [row("bad", trial, 10.0) for trial in range(3)]
    rows += [row("flaky", trial, 0.1) for trial in range(2)]
    rows.append(row("flaky", 2, NAN, "timeout", message="slow"))
    return pd.DataFrame(rows)


def test_summary_has_the_statistics_over_trials_and_counts_every_status(results):
    table = summarise(results, CELL, MEASURES).set_index("method")
    good = table.loc["good"]
    assert (good["mean"], good["median"], good["minimum"], good["maximum"]) == (3.0, 2.0, 1.0, 6.0)
    assert math.isclose(good["standard_deviation"], math.sqrt((4 + 1 + 9) / 2))
    flaky = table.loc["flaky"]
    assert (flaky["replicates"], flaky["n_ok"], flaky["n_timeout"], flaky["n_failed"]) == (
        (3, 2, 1, 0)
    )
    assert flaky["mean"] == pytest.approx(0.1)


def test_missing_result_ranks_last_however_small_its_errors_are(results):
    ranks = mean_ranks(summarise(results, CELL, MEASURES), CELL)
    assert list(ranks["method"]) == ["good", "bad", "flaky"]
    assert list(ranks["mean_rank"]) == [1.0, 2.0, 3.0]
    assert list(ranks["solved"]) == [1, 1, 0]


def test_those_who_solve_nothing_share_the_last_places():
    rows = [row("a", 0, 1.0)] + [row(name, 0, NAN, "failed") for name in "bc"]
    ranks = mean_ranks(summarise(pd.DataFrame(rows), CELL, MEASURES), CELL)
    assert list(ranks["mean_rank"]) == [1.0, 2.5, 2.5]


def test_ranks_average_over_cells():
    rows = [row("a", 0, 1.0), row("b", 0, 2.0)]
    rows += [row("a", 0, 2.0, order=1), row("b", 0, 1.0, order=1)]
    ranks = mean_ranks(summarise(pd.DataFrame(rows), CELL, MEASURES), CELL)
    assert list(ranks["mean_rank"]) == [1.5, 1.5]
    assert list(ranks["cells"]) == [2, 2]


def test_failures_are_counted_by_reason_with_their_orders():
    rows = [row("a", 0, NAN, "failed", order=k, message="singular") for k in (2, 1)]
    rows += [row("a", 0, NAN, "timeout", message="slow"), row("b", 0, 1.0)]
    table = list_failures(failures_of(pd.DataFrame(rows), ["order"]), ["order"])
    first = table.iloc[0]
    assert (first["message"], first["rows"], first["configurations"], first["orders"]) == (
        ("singular", 2, 1, "1 2")
    )
    assert len(table) == 2


def test_regret_is_the_median_ratio_to_the_oracle_of_the_same_configuration():
    rows = [row("auto", trial, error, oracle="best") for trial, error in enumerate((2.0, 9.0, 8.0))]
    rows += [row("best", trial, error) for trial, error in enumerate((1.0, 3.0, 2.0))]
    rows += [row("best", 0, 100.0, order=1), row("other", 0, 5.0)]
    rows += [row("auto", 0, NAN, "failed", order=1, oracle="best")]
    table = summarise(pd.DataFrame(rows), CELL, MEASURES).set_index(["method", "order"])
    assert table.loc[("auto", 0), "regret"] == 3.0  # of 2, 3 and 4
    for without in (("auto", 1), ("best", 0), ("other", 0)):
        assert math.isnan(table.loc[without, "regret"])


def test_statistics_over_replicates_are_numpys_and_leave_failures_out():
    errors = np.exp(np.random.default_rng(0).standard_normal((40, 9)))
    errors[np.random.default_rng(1).uniform(size=errors.shape) < 0.2] = NAN
    errors[0, 1:] = NAN
    table = summary_of({"a": errors})
    for name, function in {
        "mean": np.nanmean,
        "median": np.nanmedian,
        "minimum": np.nanmin,
        "maximum": np.nanmax,
        "geometric_mean": lambda values, axis: np.exp(np.nanmean(np.log(values), axis)),
    }.items():
        np.testing.assert_allclose(table[name], function(errors, axis=1), rtol=1e-13)
    scatter = np.nanstd(errors[1:], axis=1, ddof=1)
    np.testing.assert_allclose(table["standard_deviation"][1:], scatter, rtol=1e-12)
    assert math.isnan(table["standard_deviation"][0])
    np.testing.assert_allclose(table["coverage"], np.isfinite(errors).mean(axis=1), rtol=1e-15)
    assert (table["interval_low"] <= table["median"]).all()
    assert (table["median"] <= table["interval_high"]).all()


def test_geometric_mean_of_an_exact_result_is_zero():
    assert summary_of({"a": [[0.0, 2.0]]})["geometric_mean"][0] == 0.0


def test_medians_are_of_what_is_ok(results):
    """A timeout has CPU seconds, too, which say nothing about the cost of a result."""
    costs = [1.0, 2.0, 9.0, 3.0, 3.0, 3.0, 5.0, 7.0, 300.0]
    measures = Measures(score="error", medians={"seconds": "cost"})
    table = summarise(results.assign(cost=costs), CELL, measures).set_index("method")
    assert dict(table["seconds"]) == {"good": 2.0, "bad": 3.0, "flaky": 6.0}


def test_failures_of_evaluations_with_one_row_have_no_places(results):
    table = list_failures(failures_of(results, []), [])
    assert table[["message", "rows", "configurations"]].to_numpy().tolist() == [["slow", 1, 1]]
    assert list(table) == "method language family status message rows configurations".split()


def test_statuses_of_a_kind_are_counted_and_no_solution(results):
    wrong = results.assign(status=results["status"].where(results["method"] != "bad", "wrong"))
    table = summarise(wrong, CELL, MEASURES, statuses=[*Status, "wrong"]).set_index("method")
    assert dict(table["n_wrong"]) == {"good": 0, "bad": 3, "flaky": 0}
    assert table.loc["bad", "coverage"] == 0 and table.loc["bad", "place"] == 3


UNRANKED = ("control", "oracle", "model")


@pytest.mark.parametrize(
    ("tags", "ranked"),
    [
        *[("", True), ("peer,prior", True), ("controlled", True)],
        *[("control", False), ("control,oracle", False), ("peer,model", False)],
    ],
)
def test_methods_with_certain_tags_are_not_ranked(results, tags, ranked):
    assert with_tags(pd.Series([tags]), UNRANKED)[0] != ranked
    tagged = results.assign(tags=results["tags"].where(results["method"] != "good", tags))
    table = summarise(tagged, CELL, MEASURES, unranked=UNRANKED)
    assert dict(zip(table["method"], is_ranked(table), strict=True))["good"] == ranked
    assert dict(zip(table["method"], table["place"].notna(), strict=True))["good"] == ranked
