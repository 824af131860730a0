"""Columns of launches by their meaning, and the words of studies of throughput."""

from __future__ import annotations

from tiltyard.engine.kind import Column, Measures, Words
from tiltyard.studies.throughput.roles import TOTAL
from tiltyard.studies.throughput.scoring import NOT_NEEDED, TOO_SHORT

#: What the alarms look for.
SOUGHT = (
    *("wrong outputs", "more threads than said", "processes that outlived their launch"),
    "strategies below a limit",
)

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


def _stage(stage: str) -> str:
    """A stage inside a sentence."""
    return "the whole launch" if stage == TOTAL else f"the stage {stage}"


WORDS = Words(
    question="How parallel should it be run?",
    method="strategy",
    score="CPU time",
    replicate="round",
    replication="a new launch of every strategy, in another sequence",
    axes={"workload": "workload", "trial": "round", "stage": "stage"},
    phrases={"workload": "{}", "stage": "{}"},
    values={"workload": str, "stage": _stage},
    cell="{stage} on {workload}",
    languages=False,
    good="measured",
    columns={
        "median": Column(
            "CPU time",
            "Median over the rounds of the user and system time of all processes of a launch.",
            "s",
        ),
        "minimum": Column("Least", "Least of the rounds.", "s"),
        "maximum": Column("Most", "Most of the rounds; no launch is left out.", "s"),
        "mean": Column("Mean", "Mean over the rounds, which one slow launch moves.", "s"),
        "geometric_mean": Column("Geometric mean", "Geometric mean over the rounds.", "s"),
        "standard_deviation": Column("Standard deviation", "Over the rounds.", "s"),
        "wall_seconds": Column(
            "Wall time",
            "Median wall time of all launches, those too that waited for cores; the table of what "
            "each takes has it without them.",
            "s",
        ),
        "cpu_seconds": Column("CPU, all", "Median CPU time of the whole tree, as the score.", "s"),
        "warm_up_seconds": Column("Start-up", "Not measured apart: a stage says it.", "s"),
        "peak_memory": Column(
            "Memory",
            "Median of the peak of the whole tree in MB; a page that is shared counts once.",
        ),
        "ratio": Column(
            "Ratio to the cheapest",
            "Median over the rounds of its CPU time divided by that of the cheapest in the same "
            "round. Whether a difference is real, the noise floor decides.",
        ),
        "family": Column("Implementation", "How the work is done, whatever spreads it."),
    },
    alarms=SOUGHT,
)
