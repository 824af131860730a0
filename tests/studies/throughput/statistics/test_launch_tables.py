"""Costs, stages, equality, stability, limits: what the tables say of launches."""

import numpy as np
import pandas as pd
import pytest
from planted_launches import BASE, LIMIT, REFERENCE, TWICE, Planted, launched, threads

from tiltyard.studies.throughput.statistics.costs import costs
from tiltyard.studies.throughput.statistics.equality import equality
from tiltyard.studies.throughput.statistics.launches import launches_of
from tiltyard.studies.throughput.statistics.limits import faster_than_limit
from tiltyard.studies.throughput.statistics.stability import stability
from tiltyard.studies.throughput.statistics.stage_table import seconds_words, stage_table

WRONG = Planted("wrong", block="7", status="wrong_output", message="record 3, depth: 4, not 5")
SHORT = Planted("short", block="8", status="too_short")
ALL = [BASE, TWICE, REFERENCE, LIMIT, threads(2), WRONG, SHORT]


@pytest.fixture(scope="module")
def rows():
    return launched(ALL, rounds=6)


@pytest.fixture(scope="module")
def table(rows):
    return costs(launches_of(rows)).set_index("strategy")


def test_each_strategy_has_a_row_and_rates_have_units(table):
    assert set(table.index) == {one.name for one in ALL}
    base = table.loc[BASE.name]
    assert base["cpu_seconds"] == pytest.approx(1.1) and base["unit"] == "reads"
    assert base["units_per_second"] == pytest.approx(1e6 / 1.1)
    assert base["warm_cpu_seconds"] == pytest.approx(1.0)
    assert base["start_seconds"] == pytest.approx(0.1)
    assert base["read_mb_per_second"] == pytest.approx(50 / 1.1)


def test_share_of_the_limit_is_of_the_same_round(table):
    assert table.loc[BASE.name, "limit"] == LIMIT.name
    assert table.loc[BASE.name, "limit_share"] == pytest.approx(0.5 / 1.1)
    assert table.loc[REFERENCE.name, "cpu_ratio"] == pytest.approx(40.1 / 1.1)


@pytest.mark.parametrize("name", ["wrong", "short"])
def test_what_is_wrong_or_too_short_has_no_figure(table, name):
    row = table.loc[name]
    figures = row[["cpu_seconds", "wall_seconds", "units_per_second", "cpu_ratio", "limit_share"]]
    assert figures.isna().all() and row["ok"] == 0 and row["differs"] == "cannot tell"
    assert row["statuses"] == f"6 {'wrong_output' if name == 'wrong' else 'too_short'}"


def test_slow_launches_are_counted_and_kept():
    slow = lambda strategy, trial: 3.0 if strategy is BASE and trial > 27 else 1.0  # noqa: E731
    found = costs(launches_of(launched([BASE, TWICE], rounds=30, slow=slow)))
    row = found.set_index("strategy").loc[BASE.name]
    assert row["cpu_seconds"] == pytest.approx(1.1) and row["ok"] == 30
    assert "3 of 30" in row["words"] and "two humps" in row["words"]


def test_memory_of_two_sources_is_never_in_one_table(rows):
    mixed = rows.copy()
    mixed.loc[mixed["trial"].eq(1), ["memory_source", "peak_memory"]] = ["cgroup", 9999.0]
    row = costs(launches_of(mixed)).set_index("strategy").loc[BASE.name]
    assert row["memory_source"] == "pss" and row["memory_mb_high"] < 200
    few = rows.assign(memory_samples=4)
    assert costs(launches_of(few)).set_index("strategy").loc[BASE.name, "memory_at_least"]


def test_faster_than_the_limit_is_found_and_nothing_else(rows):
    assert list(faster_than_limit(launches_of(rows))) == []
    impossible = launched([BASE, TWICE, LIMIT, Planted("magic", 0.2, start=0.0, block="9")])
    found = list(faster_than_limit(launches_of(impossible)))
    assert [(name, limit) for _, name, limit, _ in found] == [("magic", LIMIT.name)]
    assert found[0][3].value == pytest.approx(2.5)


def test_stages_add_up_and_short_ones_are_not_zero(rows):
    stages = stage_table(rows)
    own = stages[stages["strategy"].eq(BASE.name)].set_index("stage")
    assert list(own.index) == ["import", "compute", "other"]
    assert own["wall_seconds"].sum() == pytest.approx(1.1) and own["share"].sum() == pytest.approx(
        1
    )
    assert own.loc["other", "shown"] == "< 10 ms" and own.loc["import", "shown"] == "0.1 s"
    assert "wrong" not in set(stages["strategy"])


@pytest.mark.parametrize(
    ("seconds", "words"), [(np.nan, ""), (0.0, "< 10 ms"), (0.0099, "< 10 ms"), (1.234, "1.23 s")]
)
def test_seconds_in_words_are_never_zero(seconds, words):
    assert seconds_words(seconds) == words


def test_equality_comes_with_the_first_difference(rows):
    found = equality(launches_of(rows)).set_index("strategy")
    assert found.loc["wrong", ["verdict", "difference"]].tolist() == [
        "different",
        "record 3, depth: 4, not 5",
    ]
    verdicts = found["verdict"].to_dict()
    assert verdicts[REFERENCE.name] == "defines right" and verdicts[LIMIT.name] == "not compared"
    assert verdicts[BASE.name] == "equal" == verdicts["short"]
    assert found.loc[BASE.name, "equal"] == 6 and found.loc["wrong", "equal"] == 0


def test_one_wrong_launch_of_many_makes_a_strategy_different(rows):
    mixed = rows.copy()
    once = mixed["method"].eq("threads-w2-b2000") & mixed["trial"].eq(2)
    mixed.loc[once, "status"] = "wrong_output"
    assert (
        equality(launches_of(mixed)).set_index("strategy").loc["threads-w2-b2000", "verdict"]
        == "different"
    )


def test_a_repeated_round_is_drawn_but_does_not_count(rows):
    first = rows[rows["trial"].eq(3)].assign(counted=False, foreign_share=0.4, cpu_seconds=9.0)
    launches = launches_of(pd.concat([rows, first], ignore_index=True))
    found = stability(launches)
    assert len(found) == 7 and found["counted"].sum() == 6
    left_out = found[~found["counted"]].iloc[0]
    assert left_out["disturbed"] and "other programs took 40%" in left_out["words"]
    assert "more disturbed" in left_out["words"]
    row = costs(launches).set_index("strategy").loc[BASE.name]
    assert row["cpu_seconds_high"] < 2.0 and row["launches"] == 6


def test_warnings_and_alarms_are_in_the_rounds_words():
    loud = Planted("loud", block="3", alarms="uses more threads than it says: 3.9 of 2")
    rows = launched([BASE, loud], rounds=2).assign(warnings="governor: powersave; swapping: 3 MB")
    found = stability(launches_of(rows))
    for words in found["words"]:
        assert words.startswith("governor: powersave; swapping: 3 MB; loud: uses more threads")
    orders = [order.split() for order in found["order"]]
    assert all(sorted(order) == sorted([BASE.name, "loud"]) for order in orders)


def test_rows_of_launches_alone_are_enough(rows):
    """`tune` has no stages and few columns."""
    few = rows[rows["stage"].eq("total")][
        ["workload", "trial", "method", "status", "workers", "cpu_seconds", "wall_seconds"]
    ]
    table = costs(launches_of(few)).set_index("strategy")
    assert table.loc[BASE.name, "cpu_seconds"] == pytest.approx(1.1)
    assert np.isnan(table.loc[BASE.name, "noise_floor"])
