"""Running the methods of a kind: expected cost, datasets, lanes, sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from tiltyard.engine.outcome import Outcome
    from tiltyard.engine.work.worker import Task, Worker


@dataclass(frozen=True)
class Cost:
    """Expected cost of evaluations, used until some are measured.

    Parameters
    ----------
    seconds : float
        CPU seconds of the evaluations of one configuration, on the average.
    start_seconds : float
        CPU seconds of a job before its first evaluation.
    job_mb, worker_mb : float
        Memory of a job with one thread, and of each further worker [MB].
    """

    seconds: float
    start_seconds: float
    job_mb: float
    worker_mb: float


class Dataset(Protocol):
    """Dataset of one configuration, on which methods are evaluated."""

    @property
    def configuration(self) -> str: ...

    @property
    def digest(self) -> str:
        """SHA-256 of all data that methods are given."""

    def table(self) -> pa.Table:
        """The content as columns of one length."""

    def facts(self) -> Mapping[str, Any]:
        """The rest of the content, plain values."""


@dataclass(frozen=True)
class Lane:
    """Workers of one sort: a phase of a job, and a colour of the timeline.

    Parameters
    ----------
    name : str
    place : int
        A job goes through lanes of smaller places first; by name among equals.
    together : bool
        Whether one worker takes all tasks of a dataset and has the job's threads; else each of
        the job's threads has a worker that takes one task after another.
    kept : bool
        Whether workers live from dataset to dataset; else none finds what was remembered of
        another dataset.
    package : str
        Installed package that brings its methods. Where its workers cannot be started these
        methods have crashed; those of the kind's own lanes, "", end the job.
    """

    name: str
    place: int = 0
    together: bool = False
    kept: bool = False
    package: str = ""


class LeftOut(Exception):
    """Raised by a session where nothing, or nothing more, is evaluated on a dataset.

    Parameters
    ----------
    outcome : Outcome
        That of each method that has none. It is not stored, so that a later run looks again.
    """

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


class Session(Protocol):
    """Lanes, workers and tasks in which the methods of a kind are run."""

    def begin(self, dataset: Any, methods: Sequence[Any]) -> Sequence[Any]:
        """`methods` in the order in which a lane evaluates them on `dataset`; or `LeftOut`.

        It is called before the first evaluation of a dataset of which some are not stored yet,
        and may prepare what they need.
        """

    def again(self, dataset: Any, outcomes: Mapping[Any, Outcome]) -> bool:
        """Whether all evaluations of `dataset`, by method key, are to be made once more.

        Both are kept: the first one is the `Outcome.earlier` of the second.
        """

    def lane(self, method: Any) -> Lane:
        """The lane in which `method` runs."""

    def start(self, lane: Lane, methods: Sequence[Any]) -> Worker:
        """A worker of `lane`, which will run some of `methods`."""

    def task(self, dataset: Any, method: Any) -> Task:
        """The task that evaluates `method` on `dataset`."""
