"""Outcome of evaluating one method on one dataset: status, reason, result, cost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """End of an evaluation; every value is a result, so that none makes the job fail."""

    OK = "ok"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    NON_FINITE = "non_finite"
    UNSUPPORTED = "unsupported"


class Kill(StrEnum):
    """Who ended an evaluation from outside: that says nothing of the method."""

    MEMORY = "by the kernel, for want of memory"
    SOMEBODY = "from outside, or by the method itself"


#: Fields of an `Outcome` with its costs, and columns of the results.
COSTS = (
    *("cpu_seconds", "wall_seconds", "warm_up_seconds"),
    *("peak_memory", "peak_processes", "peak_threads"),
)
#: Costs whose median over replicates the summary has.
SUMMED_UP = ("cpu_seconds", "warm_up_seconds", "peak_memory")
#: Seconds by which an evaluation that ended well may have passed its limit.
GRACE = 1.0


class UnsupportedError(Exception):
    """Raised by a method that cannot be applied to what it is given: status ``unsupported``."""


@dataclass(frozen=True)
class Limits:
    """Limits of one evaluation: wall seconds, and memory of its worker with children [MB]."""

    seconds: float
    memory_mb: float


@dataclass(frozen=True)
class Outcome:
    """Status, reason and cost of one evaluation, and its result where there is one.

    Attributes
    ----------
    status : Status
    message : str
        Reason of the status; "" for ``ok``.
    result : object
        What the method returned; without ``ok`` None, or what is known of it in any case.
    cpu_seconds, wall_seconds : float
        Time of the method's own call, without imports, compiling and warm-up.
    warm_up_seconds : float
        Wall time of importing, compiling and warming up before that call.
    peak_memory : float
        Highest memory of the worker and of all that it started, during the call [MB], interpreter
        included. A page that several processes share is counted once.
    peak_processes, peak_threads : int or None
        Most processes, and most threads of all of them, that were seen at once during the call;
        shorter ones than a twentieth of a second may be missed. Of a worker that is one process
        `peak_threads` are those at the end of the call. None if unknown.
    escaped : int
        Number of processes that the call started and that outlived it; they were ended, and
        their CPU time is counted.
    limits : Limits or None
        The limit that ended it, for ``timeout`` and for memory.
    killed : Kill or None
        Who ended it from outside; None for an end of its own, or at a limit.
    earlier : Outcome or None
        Outcome of the first evaluation, where it was made twice and both are kept.
    """

    status: Status
    message: str = ""
    result: Any = None
    cpu_seconds: float = float("nan")
    wall_seconds: float = float("nan")
    warm_up_seconds: float = float("nan")
    peak_memory: float = float("nan")
    limits: Limits | None = None
    peak_processes: int | None = None
    peak_threads: int | None = None
    escaped: int = 0
    killed: Kill | None = None
    earlier: Outcome | None = None

    def holds_under(self, limits: Limits) -> bool:
        """Whether an evaluation under `limits` would end so too, as far as limits decide."""
        if self.limits is None:
            # The clock is read now and then, so that a good call may pass its limit a little.
            return not self.wall_seconds > limits.seconds + GRACE
        if self.status is Status.TIMEOUT:
            return limits.seconds <= self.limits.seconds
        return limits.memory_mb <= self.limits.memory_mb


def seconds_of(outcome: Outcome) -> float:
    """Wall seconds of an evaluation; its time limit where that ended it; NaN if unknown."""
    if outcome.status is Status.TIMEOUT and outcome.limits is not None:
        return outcome.limits.seconds
    return outcome.wall_seconds
