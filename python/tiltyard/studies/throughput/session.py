"""Session of a job: the machine alone, files and the reference's output there, then launches."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tiltyard.engine.grid.seeds import generator
from tiltyard.engine.kind import Lane, LeftOut
from tiltyard.engine.machine.facts import fingerprint
from tiltyard.engine.outcome import Outcome, Status
from tiltyard.engine.study import Study
from tiltyard.engine.work.command_worker import CommandWorker
from tiltyard.engine.work.pool import WorkerPool
from tiltyard.engine.work.worker import Task, Worker
from tiltyard.pipelines.pipeline import LIMIT, REFERENCE
from tiltyard.studies.throughput.dataset import Round
from tiltyard.studies.throughput.expected import Expected, NoReference, expected_of
from tiltyard.studies.throughput.launching import Charge, prepare
from tiltyard.studies.throughput.measuring.alone import machine_alone
from tiltyard.studies.throughput.measuring.cores import physical_cores
from tiltyard.studies.throughput.measuring.page_cache import warm_up
from tiltyard.studies.throughput.queueing import Waiting
from tiltyard.studies.throughput.roles import AGAIN
from tiltyard.studies.throughput.rounds import sequence, why_enough
from tiltyard.studies.throughput.scoring import SPARED, disturbance, shares_of
from tiltyard.studies.throughput.settings import pipeline_of
from tiltyard.studies.throughput.strategies import LaunchedMethod, methods_of
from tiltyard.studies.throughput.workloads import Files, ready_files

LANE = Lane("launches")
#: Largest seed of a launch's environment, exclusive.
SEEDS = 2**31


@dataclass
class LaunchSession:
    """Launches strategies on the rounds of workloads, in a job that has the machine alone.

    Parameters
    ----------
    study : Study
    job : str
        Id of the job, different for each.
    machine : str
        Fingerprint of the machine.
    cores : int
        Physical cores that the job may use.
    queue_seconds : float
        Seconds that the job has waited.
    """

    study: Study
    job: str
    machine: str
    cores: int
    queue_seconds: float
    _files: dict[str, Files] = field(default_factory=dict)
    _expected: dict[str, Expected] = field(default_factory=dict)
    _positions: dict[tuple[str, str], int] = field(default_factory=dict)
    _begun: dict[str, int] = field(default_factory=dict)
    _warm: set[str] = field(default_factory=set)

    def begin(self, dataset: Round, methods: Sequence[LaunchedMethod]) -> Sequence[LaunchedMethod]:
        """`methods` in the round's random sequence, when all that they need is there.

        Raises
        ------
        LeftOut
            If the round is not needed, or there is nothing to compare outputs with.
        """
        name = dataset.configuration
        self._begun[name] = self._begun.get(name, 0) + 1
        if self._begun[name] == 1:
            self._refuse_needless(dataset)
        self._make_ready(dataset, methods)
        warm_up(self._files[dataset.workload].paths)
        turns = sequence(self.study.seed, name, (one.name for one in methods))
        for place, method in enumerate(turns, 1):
            self._positions[name, method] = place
        return sorted(methods, key=lambda one: turns.index(one.name))

    def again(self, dataset: Round, outcomes: Mapping[Any, Outcome]) -> bool:
        """Whether others took more of the cores' time than the study takes."""
        share = disturbance(shares_of(outcomes.values()))
        most = float(self.study.config["disturbance"])
        if share > most:
            print(
                f"{dataset.configuration}: others took {share:.0%} of the cores' time, more than "
                f"{most:.0%}: the round is repeated once",
                file=sys.stderr,
                flush=True,
            )
        return share > most

    def lane(self, method: LaunchedMethod) -> Lane:
        """One for all: launches follow each other."""
        return LANE

    def start(self, lane: Lane, methods: Sequence[LaunchedMethod]) -> Worker:
        return CommandWorker()

    def task(self, dataset: Round, method: LaunchedMethod) -> Task:
        """One launch of `method`, whose output is compared with the reference's."""
        expected = self._expected[dataset.workload]
        charge = self._charge(dataset, method)
        compared = (str(expected.path), expected.digest)
        return _task(method, replace(charge, expected=compared))

    def _refuse_needless(self, dataset: Round) -> None:
        trial = self.study.kind.grid.parse(dataset.configuration).values["trial"]
        if reason := why_enough(self.study, dataset.workload, trial, self.machine):
            print(f"{dataset.configuration}: {reason}", file=sys.stderr, flush=True)
            raise LeftOut(Outcome(Status.UNSUPPORTED, reason, SPARED))

    def _make_ready(self, dataset: Round, methods: Sequence[LaunchedMethod]) -> None:
        """See to the workload's files and the reference's output, and launch each code once."""
        name = dataset.workload
        try:
            files = self._files[name] = ready_files(self.study, name)
            if files.digest != dataset.files_digest:
                raise NoReference(
                    f"files of the workload {name} are others than when the study began: put them "
                    f"back, or remove {self.study.dataset(dataset.configuration)} to go on with "
                    "these"
                )
            everyone = methods_of(self.study.config)
            reference = next(one for one in everyone if REFERENCE in one.tags)
            self._expected[name] = expected_of(
                files, reference, lambda path: self._aside(dataset, reference, str(path))
            )
            if name not in self._warm:
                self._warm_up(dataset, methods)
                self._warm.add(name)
        except (ValueError, OSError, NoReference) as error:
            known = {"digest": dataset.files_digest, "job": self.job, "machine": self.machine}
            raise LeftOut(Outcome(Status.FAILED, str(error), known)) from error

    def _warm_up(self, dataset: Round, methods: Sequence[LaunchedMethod]) -> None:
        """Launch one strategy of each implementation, so that what is compiled once is compiled."""
        seen: set[str] = set()
        for method in methods:
            if method.family not in seen and not {LIMIT, AGAIN, REFERENCE} & set(method.tags):
                seen.add(method.family)
                outcome = self._aside(dataset, method)
                said = f"{method}: not counted, the first of {method.family}: {outcome.status}"
                print(said, file=sys.stderr, flush=True)

    def _aside(self, dataset: Round, method: LaunchedMethod, keep: str = "") -> Outcome:
        """Outcome of a launch that is in no row, under the limits of all."""
        charge = replace(self._charge(dataset, method), keep=keep)
        with closing(WorkerPool(CommandWorker, self.study.limits, 1)) as pool:
            return next(iter(pool.evaluate([_task(method, charge)])))[1]

    def _charge(self, dataset: Round, method: LaunchedMethod) -> Charge:
        name, unit = dataset.configuration, pipeline_of(self.study.config).unit
        attempt = str(self._begun.get(name, 0))
        rng = generator(self.study.seed, name, method.name, attempt)
        return Charge(
            pipeline=self.study.config["pipeline"],
            strategy=method.facts_of_strategy(),
            workload={"name": dataset.workload, "axes": dict(dataset.axes)},
            folder=str(self._files[dataset.workload].folder),
            limits=self.study.limits,
            seed=int(rng.integers(SEEDS)),
            known={
                "digest": dataset.files_digest,
                "position": self._positions.get((name, method.name)),
                "queue_seconds": self.queue_seconds,
                "units": dataset.units.get(unit),
                "unit": unit,
                "machine": self.machine,
                "job": self.job,
                "cores": self.cores,
            },
        )


def _task(method: LaunchedMethod, charge: Charge) -> Task:
    known = dict(charge.known)
    label, threads = str(method), method.threads
    return Task(label, charge, prepare, threads=threads, own_costs=True, known=known)


@contextmanager
def launch_session(study: Study) -> Iterator[LaunchSession]:
    """The session of a job of `study`, which waits until no other study measures here."""
    waiting = Waiting()
    with machine_alone(f"study {study.name} in {study.folder.absolute()}"):
        waiting.over()
        job = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.getpid()}-{os.urandom(3).hex()}"
        machine = fingerprint(study.kind.kernels(study.config))
        yield LaunchSession(study, job, machine, physical_cores(), waiting.seconds)
