"""Statistics of chunks, together, are those of the whole table, bit for bit."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from planted_study import CELL, Planted

from tiltyard.engine.kind import Measures, statuses_of
from tiltyard.engine.merge.chunk_statistics import ChunkStatistics
from tiltyard.engine.merge.spread import SeriesSpread
from tiltyard.engine.outcome import SUMMED_UP
from tiltyard.engine.statistics.failures import add_failures, failures_of, list_failures
from tiltyard.engine.statistics.summary import summarise


class Estimating(Planted):
    """Methods produce lists, one status is the kind's own, and a control bounds the others."""

    measures = Measures(
        score="error",
        unscaled="unscaled",
        series="estimate",
        ends=1,
        bound="oracle",
        medians={"cost": "cost"},
    )
    statuses = ("wrong",)


KIND = Estimating()
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
            "method": name,
            "language": language,
            "family": "one" if name != "best" else "control",
            "tags": "" if name != "best" else "control,oracle",
            "oracle": oracle,
            "status": (status := str(rng.choice(["ok", "ok", "ok", "failed", "wrong"]))),
            "message": "" if status == "ok" else f"reason {rng.integers(3)}",
            "error": (own := error(rng)) if status == "ok" else None,
            "unscaled": 2.0 * own if status == "ok" else None,
            "cost": rng.uniform(),
            **{name: rng.uniform() for name in SUMMED_UP},
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
        *((name, pa.string()) for name in ("method", "language", "family", "tags")),
        *((name, pa.string()) for name in ("oracle", "status", "message")),
        ("error", pa.float64()),
        ("unscaled", pa.float64()),
        *((name, pa.float64()) for name in ("cost", *SUMMED_UP)),
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
        spread = SeriesSpread(["order"], "estimate", 1)
        for part in tables:
            if (part["signal"][0].as_py(), part["level"][0].as_py()) == group:
                spread.add(part)
        own = spread.take()
        frame = spread.keys.iloc[own.slots].assign(variance=own.variance, flat=own.flat)
        found.append(frame.assign(signal=group[0], level=group[1]))
    return pd.concat(found)


def found(tables):
    """Statistics of one chunk."""
    statistics = ChunkStatistics(KIND)
    for part in tables:
        statistics.add(part)
    return statistics.result()


def listed(failures):
    """The list of all of the `failures` of some chunks."""
    together = add_failures(failures, KIND.within)
    return list_failures(together, KIND.within).reset_index(drop=True)


def groups(tables):
    """`tables` by their replicates, in the order of the cells."""
    own = {}
    for part in tables:
        own.setdefault((part["signal"][0].as_py(), part["level"][0].as_py()), []).append(part)
    return [own[key] for key in sorted(own)]


def encoded(part):
    """`part` with texts as a merge reads them."""
    texts = [one.name for one in part.schema if pa.types.is_string(one.type)]
    for name in texts:
        place = part.column_names.index(name)
        part = part.set_column(place, name, part[name].dictionary_encode())
    return part


@pytest.mark.parametrize("most", [1, 2, 10])
@pytest.mark.parametrize("seed", range(5))
def test_chunks_give_what_the_whole_table_gives(seed, most):
    tables = list(study(np.random.default_rng(seed)))
    apart = groups(tables)
    own = [
        found(encoded(part) for group in apart[start : start + most] for part in group)
        for start in range(0, len(apart), most)
    ]
    whole = pa.concat_tables(tables).to_pandas()
    expected = summarise(
        whole,
        CELL,
        KIND.measures,
        spreads(tables),
        unranked=KIND.unranked,
        statuses=statuses_of(KIND),
    )
    assert expected["n_wrong"].any() and not expected["n_timeout"].any()
    assert (expected["ranked"] == (expected["method"] != "best")).all()
    assert expected["regret"].notna().any() and expected["replicates"].max() > 1
    summary = pd.concat([part.summary for part in own], ignore_index=True)
    pd.testing.assert_frame_equal(summary, expected, check_exact=True)
    failures = listed([failures_of(whole, KIND.within)])
    assert len(failures) > 3
    together = listed([part.failures for part in own])
    pd.testing.assert_frame_equal(together, failures, check_exact=True)


def test_replicates_that_come_apart_are_refused_by_name():
    rng = np.random.default_rng(0)
    tables = [table(rng, signal, 0.1, trial) for signal, trial in (("a", 0), ("b", 0), ("a", 1))]
    with pytest.raises(ValueError, match=r"a, 0\.1 are apart"):
        found(tables)


def test_study_without_failures_has_an_empty_list_of_them():
    rng = np.random.default_rng(0)
    good = table(rng, "a", 0.1, 0)
    own = found([good.filter(pc.equal(good["status"], "ok"))]).failures
    assert own.empty
    together = listed([own, own])
    assert together.empty
    assert list(together) == list(listed([failures_of(good.to_pandas(), KIND.within)]))


def test_rows_that_do_not_count_are_in_no_statistic_and_no_list_of_failures():
    class Counting(Planted):
        measures = Measures(score="error", counted="counted")

    kind = Counting()
    row = {
        "signal": "sine",
        "level": 0.1,
        "order": 0,
        "method": "x",
        "language": "python",
        "family": "one",
        "tags": "",
        "status": "ok",
        "message": "",
        "error": 1.0,
        **dict.fromkeys(SUMMED_UP, 0.0),
    }
    rounds = [
        [{**row, "counted": True}, {**row, "error": 9.0, "counted": False}],
        [{**row, "error": 3.0, "counted": True}],
        [{**row, "status": "spared", "error": np.nan, "counted": False}],
    ]
    statistics = ChunkStatistics(kind)
    for number, rows in enumerate(rounds):
        named = [{**own, "configuration": f"sine-{number}"} for own in rows]
        statistics.add(pa.Table.from_pylist(named))
    found = statistics.result()
    (summary,) = found.summary.to_dict("records")
    assert (summary["median"], summary["replicates"], summary["coverage"]) == (2.0, 2, 1.0)
    assert found.failures.empty
