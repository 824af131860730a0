"""Table ``stages.csv``: where the time of a launch goes."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tiltyard.pipelines.stages import OTHER, STAGES
from tiltyard.studies.throughput.columns import TOTAL
from tiltyard.studies.throughput.statistics.launches import (
    SETTING,
    launches_of,
    with_columns,
)
from tiltyard.studies.throughput.statistics.paired import estimate

#: A stage that is shorter [s] is shown as that, not by a number.
SHORT = 0.010
KEY = [*SETTING, "job", "trial", "method", "position"]
COLUMNS = [
    *("workload", "machine", "strategy", "workers", "stage", "launches"),
    *("wall_seconds", "wall_seconds_low", "wall_seconds_high"),
    *("cpu_seconds", "cpu_seconds_low", "cpu_seconds_high", "share", "shown"),
]


def stage_table(rows: pd.DataFrame) -> pd.DataFrame:
    """A row for each stage of each strategy of a setting, in the order of a launch.

    Parameters
    ----------
    rows : DataFrame
        Merged rows of a study.

    Returns
    -------
    DataFrame
        ``wall_seconds`` and ``cpu_seconds`` with intervals; ``share``, the median of the stage's
        part of its launch's wall time; and ``shown``, the wall time in words: ``< 10 ms`` where it
        is less. Wall times are those of all launches: stages add up within a launch only.
    """
    table = with_columns(rows)
    launches = launches_of(rows)
    ok = launches[launches["ok"] & launches["counted"]]
    stages = table[~table["stage"].eq(TOTAL)].drop_duplicates([*KEY, "stage"])
    whole = ok[[*KEY, "wall_seconds"]].rename(columns={"wall_seconds": "whole"})
    stages = stages.merge(whole, "inner", KEY)
    stages["share"] = stages["wall_seconds"] / stages["whole"]
    found = [_row(key, own) for key, own in stages.groupby([*SETTING, "method", "stage"])]
    found.sort(key=lambda row: [row["workload"], row["machine"], row["strategy"], _place(row)])
    return pd.DataFrame(found, columns=COLUMNS)


def _row(key: Any, own: pd.DataFrame) -> dict[str, Any]:
    workload, machine, method, stage = key
    wall = estimate(own["wall_seconds"])
    return {
        "workload": workload,
        "machine": machine,
        "strategy": method,
        "workers": own["workers"].iloc[0],
        "stage": stage,
        "launches": len(own),
        **wall.columns("wall_seconds"),
        **estimate(own["cpu_seconds"]).columns("cpu_seconds"),
        "share": own["share"].median(),
        "shown": seconds_words(wall.value),
    }


def _place(row: dict[str, Any]) -> tuple[int, str]:
    """Place of a stage in a launch; stages of a pipeline's own before the rest."""
    order = [*STAGES, OTHER]
    stage = str(row["stage"])
    return (order.index(stage) if stage in order else len(STAGES)), stage


def seconds_words(seconds: float) -> str:
    """Seconds for people: never 0, and empty where nothing was measured."""
    if seconds != seconds:
        return ""
    return f"{seconds:.3g} s" if seconds >= SHORT else f"< {1000 * SHORT:.0f} ms"
