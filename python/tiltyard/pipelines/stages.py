"""Stages of a command: where its time goes, written for who measures it from outside."""

from __future__ import annotations

import json
import os
import resource
import time
from typing import Any

#: Environment variable that names the file to which a command adds its stages.
VARIABLE = "TILTYARD_STAGES"
#: Stages that are start-up, not work, in every pipeline.
STARTING = ("start", "import", "compile")
#: Stages in the order of tables and figures; a pipeline may leave some out.
STAGES = (*STARTING, "open", "read", "compute", "write", "close")
#: What is left of a launch's wall time between and after its stages.
OTHER = "other"


def begin(stage: str) -> None:
    """Say that `stage` begins now, and the one before it ends.

    Costs a few microseconds, and nothing where nobody measures. A line has the stage, the
    monotonic clock, which all processes of a machine share, and the user and system CPU seconds of
    this process and of its children that have ended.
    """
    if not os.environ.get(VARIABLE):
        return
    own = resource.getrusage(resource.RUSAGE_SELF)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    _add(
        {
            "stage": stage,
            "clock": time.clock_gettime(time.CLOCK_MONOTONIC),
            "pid": os.getpid(),
            "cpu_user": own.ru_utime,
            "cpu_system": own.ru_stime,
            "cpu_children": ended.ru_utime + ended.ru_stime,
        }
    )


def tell(stage: str, *, clock: float, cpu_seconds: float) -> None:
    """Say afterwards when `stage` began, for a command that learns it from files.

    Parameters
    ----------
    stage : str
    clock : float
        Monotonic clock at its beginning [s].
    cpu_seconds : float
        CPU seconds of the command with all its processes, up to then.
    """
    if os.environ.get(VARIABLE):
        _add({"stage": stage, "clock": clock, "pid": os.getpid(), "cpu_seconds": cpu_seconds})


def _add(line: dict[str, Any]) -> None:
    with open(os.environ[VARIABLE], "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
