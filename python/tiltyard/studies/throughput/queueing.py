"""Time that a job waited before it could begin: it is never part of a run's time."""

from __future__ import annotations

import os
import subprocess
import time
from datetime import datetime

#: Longest time for Slurm's controller to answer [s].
ANSWER_SECONDS = 20
#: What is asked of it: time of submission and of the start, in local time.
FORMAT = "%V %S"


def queued_seconds() -> float:
    """Seconds from the submission of this Slurm job to its start; 0 outside of one.

    The controller says them, not the accounting, which many clusters do not keep. NaN if it does
    not answer.
    """
    job = os.environ.get("SLURM_JOB_ID")
    if not job:
        return 0.0
    command = ["squeue", "--noheader", f"--format={FORMAT}", f"--jobs={job}"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=True
        )
        submitted, started = map(datetime.fromisoformat, done.stdout.split()[:2])
    except (OSError, subprocess.SubprocessError, ValueError):
        return float("nan")
    return max(0.0, (started - submitted).total_seconds())


class Waiting:
    """Seconds that this job has waited: in the queue of a cluster, and for the machine.

    Attributes
    ----------
    seconds : float
    """

    def __init__(self) -> None:
        self.seconds = queued_seconds()
        self._began = time.monotonic()

    def over(self) -> None:
        """Add the time since the beginning: the machine is this job's from now on."""
        self.seconds += time.monotonic() - self._began
