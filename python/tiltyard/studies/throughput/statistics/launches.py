"""Launches of a study: one row each, with what decides whether its times count.

A *round* is one trial on one workload in one job on one machine: the launches of a round were
measured together, and only they are put in relation to one another. A *setting* is a workload on a
machine: its rounds are summarised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tiltyard.pipelines.pipeline import LIMIT, PEER, REFERENCE
from tiltyard.pipelines.stages import STARTING
from tiltyard.studies.throughput.columns import AGAIN, TOTAL
from tiltyard.studies.throughput.statistics.needed import COLUMNS, TEXTS

SETTING = ["workload", "machine"]
ROUND = [*SETTING, "job", "trial"]
#: What two strategies that differ in the number of workers alone have in common.
FAMILY = ["implementation", "backend", "block"]
#: Share of the cores' time that others may take of a round before it counts as disturbed.
DISTURBED = 0.10
#: Share of its workers' time that a launch may lose to others if its wall time is to count.
LOST = 0.05

#: Columns that a wait for cores makes longer.
WALLS = ("wall_seconds", "warm_wall")
#: Status of a round that was not launched, because those before it were enough.
NOT_NEEDED = "not_needed"


class Setting(NamedTuple):
    """A workload on a machine, and its launches that count."""

    workload: str
    machine: str
    launches: pd.DataFrame

    @property
    def key(self) -> dict[str, str]:
        """Its name in tables."""
        return {"workload": self.workload, "machine": self.machine}

    @property
    def cores(self) -> float:
        """Cores that each of its jobs could use; infinite if no row says it."""
        known = self.launches["cores"].dropna()
        return float(known.min()) if len(known) else np.inf

    @property
    def known_cores(self) -> float:
        """The same for tables: NaN if no row says it."""
        return self.cores if np.isfinite(self.cores) else np.nan


def with_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with all columns that are needed: empty where they lack one."""
    lacking = [name for name in COLUMNS if name not in rows]
    table = rows.assign(**dict.fromkeys(lacking))
    for name in COLUMNS:
        if name in TEXTS:
            table[name] = table[name].fillna("").astype(str).astype(object)  # taken apart often
        elif name != "counted":
            table[name] = pd.to_numeric(table[name]).astype(float)
    table["counted"] = table["counted"].map(lambda value: value is None or bool(value))
    return table


def launches_of(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each launch, counted or not.

    Parameters
    ----------
    rows : DataFrame
        Merged rows of a study; columns of `needed.COLUMNS` that are missing count as empty, and
        without ``stage`` each row is a launch.

    Returns
    -------
    DataFrame
        The rows of whole launches, with ``ok``; truth values ``again``, ``limit``, ``reference``
        and ``peer`` for their tags; ``compared`` for none of them; ``start_seconds``, ``warm_cpu``
        and ``warm_wall``, of the stages before work and of all others; ``idle_seconds`` of the
        workers; ``round``, a number of each round; ``disturbed``, whether others took over a
        tenth of the cores' time; and ``wall_counts``, see `wall_counts`.
    """
    named = rows if "stage" in rows else rows.assign(stage=TOTAL)
    table = with_columns(named)
    whole = table[table["stage"].eq(TOTAL) & ~table["status"].eq(NOT_NEEDED)].copy()
    whole["ok"] = whole["status"].eq("ok") & whole["cpu_seconds"].gt(0.0)
    tags = whole["tags"].str.split(",")
    for name in (AGAIN, LIMIT, REFERENCE, PEER):
        whole[name] = [name in own for own in tags]
    whole["compared"] = ~whole[[AGAIN, LIMIT, REFERENCE, PEER]].any(axis=1)
    whole = _with_start(whole, table)
    used = whole["workers"] * whole["wall_seconds"]
    whole["idle_seconds"] = (used - whole["cpu_seconds"]).clip(lower=0.0)
    whole["round"] = whole.groupby(ROUND, sort=False, dropna=False).ngroup()
    whole["disturbed"] = _taken(whole) > DISTURBED
    whole["wall_counts"] = wall_counts(whole)
    return whole.reset_index(drop=True).copy()


def _with_start(whole: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """`whole` with the seconds before work, and those of work, where the stages are known."""
    key = [*ROUND, "method", "position"]
    stages = table[~table["stage"].eq(TOTAL)].drop_duplicates([*key, "stage"])
    starting = stages[stages["stage"].isin(STARTING)]
    sums = starting.groupby(key, dropna=False)[["wall_seconds", "cpu_seconds"]].sum()
    known = stages.groupby(key, dropna=False).size()
    sums = sums.reindex(known.index, fill_value=0.0)
    found = whole[key].merge(sums.reset_index(), "left", key)
    start = found["wall_seconds"].to_numpy()
    return whole.assign(
        start_seconds=start,
        warm_wall=whole["wall_seconds"] - start,
        warm_cpu=whole["cpu_seconds"] - found["cpu_seconds"].to_numpy(),
    )


def wall_counts(launches: pd.DataFrame) -> pd.Series[bool]:
    """Whether the wall time of each launch is its own, not that of a wait for cores.

    It is when its workers ran nearly all the time (CPU ÷ wall above 0.95 × workers, or × cores if
    these are fewer), or when nobody else could have held them up: all others together took at most
    a twentieth of the cores' time of its round. The first alone would drop every launch of a
    strategy with a serial part, and keep those in which it was lucky.
    """
    workers = np.fmin(launches["workers"], launches["cores"])
    ran = launches["cpu_seconds"] > (1.0 - LOST) * workers * launches["wall_seconds"]
    alone = _taken(launches, unknown=1.0) <= LOST
    counts: pd.Series[bool] = launches["ok"] & (ran | alone)
    return counts


def _taken(launches: pd.DataFrame, unknown: float = 0.0) -> pd.Series[float]:
    """Share of the cores' time that others took during the round; `unknown` if no row says it."""
    shares = launches[["steal_share", "foreign_share"]]
    return shares.sum(axis=1, min_count=1).fillna(unknown)


def settings(launches: pd.DataFrame) -> Iterator[Setting]:
    """The settings of a study, each with its launches that count, of whatever status."""
    counted = launches[launches["counted"]]
    groups = {tuple(map(str, key)): own for key, own in counted.groupby(SETTING)}
    for workload, machine in sorted(groups, key=lambda key: [natural(part) for part in key]):
        yield Setting(workload, machine, groups[workload, machine].reset_index(drop=True))


def natural(name: str) -> list[tuple[bool, int, str]]:
    """Key by which names with numbers in them are sorted as people do: f4 before f20."""
    parts = re.findall(r"\d+|\D+", name)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def strategies(launches: pd.DataFrame) -> list[str]:
    """Names of the strategies: by implementation, backend, block and workers."""
    order = launches.sort_values([*FAMILY, "workers", "method"], kind="stable")
    return list(dict.fromkeys(order["method"]))


def facts_of(launches: pd.DataFrame, method: str) -> dict[str, object]:
    """What a strategy is: its columns in tables."""
    row = launches[launches["method"].eq(method)].iloc[0]
    workers = int(row["workers"]) if row["workers"] == row["workers"] else None
    return {
        "strategy": method,
        **{name: row[name] for name in FAMILY},
        "workers": workers,
        "tags": row["tags"],
    }


def by_round(launches: pd.DataFrame, method: str, column: str) -> pd.Series[float]:
    """`column` of the launches of a strategy that are ``ok``, by round.

    Of wall times only those that count.
    """
    wanted = launches["wall_counts" if column in WALLS else "ok"].to_numpy()
    own = np.flatnonzero(wanted & (launches["method"].to_numpy() == method))
    rounds, first = np.unique(launches["round"].to_numpy()[own], return_index=True)
    values = launches[column].to_numpy(dtype=float)[own[first]]
    known = ~np.isnan(values)
    return pd.Series(values[known], rounds[known])


def one_of(values: Sequence[str] | pd.Series[str]) -> str:
    """The different texts of `values`, joined; "" for none."""
    return " ".join(sorted({str(value) for value in values} - {""}))
