"""Columns of launches by their meaning, and the words of studies of throughput."""

from __future__ import annotations

from tiltyard.engine.kind import Column, Measures, Words
from tiltyard.studies.throughput.columns import TOTAL
from tiltyard.studies.throughput.scoring import NOT_NEEDED, TOO_SHORT

#: Columns that another run of the same launch has otherwise.
COSTS = (
    *("message", "position", "queue_seconds", "cpu_user", "cpu_system", "cpu_children"),
    "cpu_source",
    *("anonymous_mb", "file_mb", "memory_source", "memory_samples", "bytes_read", "bytes_written"),
    *("machine", "job", "cores", "steal_share", "foreign_share", "counted", "alarms", "warnings"),
)
MEASURES = Measures(
    score="cpu_seconds",
    medians={"wall_seconds": "wall_seconds"},
    comparable=("status", "digest", "units", "output_digest"),
    costs=COSTS,
    whole={"stage": TOTAL},
    fleeting=(TOO_SHORT, NOT_NEEDED),
    counted="counted",
    timed=True,
)
WORDS = Words(
    question="How parallel should it be run?",
    method="strategy",
    score="CPU seconds",
    replicate="round",
    replication="a new launch of every strategy, in another sequence",
    axes={"workload": "workload", "trial": "round", "stage": "stage"},
    phrases={"workload": "{}", "stage": "{}"},
    values={"workload": str, "stage": str},
    cell="{stage} of {workload}",
    good="fast enough",
    columns={
        "median": Column(
            "CPU", "Median over the rounds of user and system time of the whole tree", "s"
        ),
        "wall_seconds": Column("Wall", "Median wall time, which waiting is part of", "s"),
        "cpu_seconds": Column("CPU", "Median of user and system time of the whole tree", "s"),
    },
    alarms=("wrong outputs", "more threads than said", "a strategy below its limit"),
)
