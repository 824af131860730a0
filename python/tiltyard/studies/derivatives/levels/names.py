"""Names of strategies: jobs at once, threads of each, configurations of a job, Julia's image."""

from __future__ import annotations

import re

from tiltyard.pipelines.pipeline import LIMIT, REFERENCE, Strategy

#: One job after another, one thread each, as many configurations a job as planned.
PLAIN = "j1-t1"
#: The workflow's jobs called one after another, without Snakemake; and those without the merge.
BY_HAND, ALONE = "by_hand", "evaluations"
PATTERN = r"j[1-9]\d*-t[1-9]\d*(-b[1-9]\d*)?(-compiling)?"

_PARTS = re.compile(r"j([1-9]\d*)-t([1-9]\d*)(?:-b([1-9]\d*))?(-compiling)?")


def strategy_of(name: str) -> Strategy:
    """The strategy of this name, as ``j2-t1-b3-compiling``.

    It has two jobs at once, one thread each, three configurations a job, and compiles Julia's
    estimators anew in every job. Without ``-b3`` the size of a job is the plan's own.

    Raises
    ------
    ValueError
        If it is no such name.
    """
    found = _PARTS.fullmatch(name)
    if found is None:
        raise ValueError(
            f"{name!r} is no name of a strategy; use j<jobs>-t<threads of each>, and then -b<"
            "configurations of a job> and -compiling if meant, as in j2-t1-b3"
        )
    jobs, threads, batch = int(found[1]), int(found[2]), found[3] or ""
    return Strategy(
        name=name,
        implementation="compiling" if found[4] else "image",
        backend="jobs",
        workers=jobs * threads,
        block=batch,
        options={"jobs": jobs, "threads": threads, "batch": int(batch or 0), "image": not found[4]},
    )


def controls() -> tuple[Strategy, Strategy]:
    """What says which scores are right, and the limit: evaluations that nobody merges."""
    return (
        Strategy(name=BY_HAND, implementation="by hand", tags=(REFERENCE,)),
        Strategy(name=ALONE, implementation="by hand", tags=(LIMIT,)),
    )
