"""What evaluating one method on one dataset came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How an evaluation ended; every value but ``ok`` is a result too, never a failed job."""

    OK = "ok"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    NON_FINITE = "non_finite"
    UNSUPPORTED = "unsupported"


#: Fields of an `Outcome` with what it took, and columns of the results.
COSTS = (
    *("cpu_seconds", "wall_seconds", "warm_up_seconds"),
    *("peak_memory", "peak_processes", "peak_threads"),
)
#: Seconds by which an evaluation that ended well may have passed its limit.
GRACE = 1.0


class UnsupportedError(Exception):
    """Raised by a method that cannot be applied to what it is given: status ``unsupported``."""


@dataclass(frozen=True)
class Limits:
    """What one evaluation may take: wall seconds, and memory of its worker with children [MB]."""

    seconds: float
    memory_mb: float


@dataclass(frozen=True)
class Outcome:
    """Status, reason and cost of one evaluation, and its result where there is one.

    Attributes
    ----------
    status : Status
    message : str
        Why, for every status but ``ok``.
    result : object
        What the method returned; None unless the status is ``ok``.
    cpu_seconds, wall_seconds : float
        Of the method's own call: imports, compiling and warm-up are not counted.
    warm_up_seconds : float
        What importing, compiling and warming up took before that call.
    peak_memory : float
        Highest memory of the worker and of all that it started, during the call [MB], interpreter
        included. A page that several processes share is counted once.
    peak_processes, peak_threads : int or None
        Most processes, and most threads of all of them, that were seen at once during the call;
        shorter ones than a twentieth of a second may be missed. Of a worker that is one process
        `peak_threads` are those at the end of the call. None if unknown.
    escaped : int
        Processes that the call started and that outlived it; they were ended, and what they had
        used is in the costs.
    limits : Limits or None
        The limit that ended it, for ``timeout`` and for memory.
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

    def holds_under(self, limits: Limits) -> bool:
        """Whether evaluating again under `limits` could not end otherwise for their sake."""
        if self.limits is None:
            # Its own limit may have been passed between two looks at the clock.
            return not self.wall_seconds > limits.seconds + GRACE
        if self.status is Status.TIMEOUT:
            return limits.seconds <= self.limits.seconds
        return limits.memory_mb <= self.limits.memory_mb


def seconds_of(outcome: Outcome) -> float:
    """Wall seconds of an evaluation; its time limit where that ended it; NaN if unknown."""
    if outcome.status is Status.TIMEOUT and outcome.limits is not None:
        return outcome.limits.seconds
    return outcome.wall_seconds
