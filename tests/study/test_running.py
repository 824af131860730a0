"""Statistics of what streams past are those of the whole table, bit for bit."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tiltyard.study import running
from tiltyard.study.failures import count_failures
from tiltyard.study.measures import Measures
from tiltyard.study.running import RunningStatistics
from tiltyard.study.spread import EstimateSpread
from tiltyard.study.statistics import summarise

CELL = ["signal", "level", "order"]
GROUP = ["signal", "level"]
MEASURES = Measures(error="error", absolute="error", ends=1, medians={"cost": "cost"})
METHODS = [
    ("auto", "python", "best"),
    ("auto", "julia", "best"),
    ("best", "python", ""),
    ("x", "python", ""),
]


def study(rng):
    """Tables of the configurations of a random study, in which some are missing."""
    for signal in ("sine", "bump"):  # not in alphabetical order
        for level in (1e-2, 1e-8):
            for trial in range(rng.integers(1, 6)):
                if rng.uniform() < 0.8:
                    yield table(rng, signal, level, trial)


def table(rng, signal, level, trial):
    rows = [
        {
            "configuration": f"{signal}-{level}-{trial}",
            "signal": signal,
            "level": level,
            "order": order,
            "estimator": name,
            "language": language,
            "family": "one" if name != "best" else "control",
            "tags": "" if name != "best" else "control,oracle",
            "oracle": oracle,
            "status": (status := str(rng.choice(["ok", "ok", "ok", "failed", "timeout"]))),
            "message": "" if status == "ok" else f"reason {rng.integers(3)}",
            "error": error(rng) if status == "ok" else None,
            "cost": rng.uniform(),
            "estimate": rng.standard_normal(6).tolist() if status == "ok" else None,
        }
        for name, language, oracle in METHODS
        if rng.uniform() < 0.9
        for order in range(3)
    ]
    return pa.Table.from_pylist(rows, SCHEMA)


SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("configuration", "signal")),
        ("level", pa.float64()),
        ("order", pa.int64()),
        *((name, pa.string()) for name in ("estimator", "language", "family", "tags")),
        *((name, pa.string()) for name in ("oracle", "status", "message")),
        ("error", pa.float64()),
        ("cost", pa.float64()),
        ("estimate", pa.list_(pa.float64())),
    ]
)


def error(rng):
    """An error of any magnitude; exact at times, and without a scale at others."""
    return float(rng.choice([0.0, np.nan, *(10.0 ** rng.uniform(-9.0, 3.0, 8))]))


def spreads(tables):
    """Spread of the estimates of every group, from all its tables at once."""
    found = []
    for group in dict.fromkeys((t["signal"][0].as_py(), t["level"][0].as_py()) for t in tables):
        spread = EstimateSpread(["order"], "estimate", 1)
        for part in tables:
            if (part["signal"][0].as_py(), part["level"][0].as_py()) == group:
                spread.add(part)
        own = spread.take()
        frame = spread.keys.iloc[own.slots].assign(variance=own.variance, flat=own.flat)
        found.append(frame.assign(signal=group[0], level=group[1]))
    return pd.concat(found)


@pytest.mark.parametrize("rows", [1, 40, 10**6])
@pytest.mark.parametrize("seed", range(5))
def test_streaming_gives_what_the_whole_table_gives(seed, rows, monkeypatch):
    monkeypatch.setattr(running, "ROWS", rows)  # groups at once: one, some, all
    tables = list(study(np.random.default_rng(seed)))
    statistics = RunningStatistics(CELL, GROUP, MEASURES)
    for part in tables:
        statistics.add(part)
    whole = pa.concat_tables(tables).to_pandas()
    expected = summarise(whole, CELL, MEASURES, spreads(tables))
    assert expected["regret"].notna().any() and expected["replicates"].max() > 1
    pd.testing.assert_frame_equal(statistics.summary(), expected, check_exact=True)
    failures = count_failures(whole).reset_index(drop=True)
    assert len(failures) > 3
    found = statistics.failures().reset_index(drop=True)
    pd.testing.assert_frame_equal(found, failures, check_exact=True)


def test_more_may_follow_after_a_look():
    rng = np.random.default_rng(0)
    first, second = table(rng, "a", 0.1, 0), table(rng, "b", 0.1, 0)
    statistics = RunningStatistics(CELL, GROUP, MEASURES)
    statistics.add(first)
    assert set(statistics.summary()["signal"]) == {"a"}
    statistics.add(second)
    assert set(statistics.summary()["signal"]) == {"a", "b"}


def test_replicates_that_come_apart_are_refused_by_name():
    rng = np.random.default_rng(0)
    statistics = RunningStatistics(CELL, GROUP, MEASURES)
    statistics.add(table(rng, "a", 0.1, 0))
    statistics.add(table(rng, "b", 0.1, 0))
    with pytest.raises(ValueError, match=r"a, 0\.1 are apart"):
        statistics.add(table(rng, "a", 0.1, 1))


def test_what_waits_is_a_group_and_not_the_study(monkeypatch):
    monkeypatch.setattr(running, "ROWS", 20)
    rng = np.random.default_rng(0)
    statistics = RunningStatistics(CELL, GROUP, MEASURES)
    for number in range(30):
        statistics.add(table(rng, f"s{number:02}", 0.1, 0))
        assert statistics.waiting <= 20 + 3 * len(METHODS)


def test_study_without_failures_has_an_empty_list_of_them():
    rng = np.random.default_rng(0)
    statistics = RunningStatistics(CELL, GROUP, MEASURES)
    good = table(rng, "a", 0.1, 0)
    statistics.add(good.filter(pc.equal(good["status"], "ok")))
    assert statistics.failures().empty
    assert list(statistics.failures()) == list(count_failures(good.to_pandas()))
