"""Profile of one configuration: its time phase by phase, and method by method."""

from __future__ import annotations

import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tiltyard.engine import datasets
from tiltyard.engine.catalogue import selected_methods
from tiltyard.engine.files.parquet import write_table
from tiltyard.engine.machine.clock import process_began
from tiltyard.engine.outcome import seconds_of
from tiltyard.engine.store.ledger import Store
from tiltyard.engine.study import Study
from tiltyard.engine.work.evaluation import Evaluation
from tiltyard.engine.work.evaluator import Outcomes
from tiltyard.engine.work.tabulating import note_for, tabulate
from tiltyard.engine.work.worker import pin_numerical_threads


@dataclass(frozen=True)
class PhaseTime:
    """Wall seconds of one phase, and its share of the whole."""

    phase: str
    seconds: float
    share: float


@dataclass(frozen=True)
class MethodTime:
    """Cost of one method: seconds of its own call, and of the warm-up before it; memory in MB."""

    method: str
    language: str
    status: str
    wall_seconds: float
    cpu_seconds: float
    warm_up_seconds: float
    peak_memory: float
    share: float


@dataclass(frozen=True)
class Profile:
    """Account of one configuration.

    Attributes
    ----------
    configuration : str
    seconds : float
        Wall seconds, from the start of the process.
    phases : tuple of PhaseTime
        They add up to `seconds`; the longest first.
    methods : tuple of MethodTime
        The slowest first, by call and warm-up; shares are of `seconds`.
    """

    configuration: str
    seconds: float
    phases: tuple[PhaseTime, ...]
    methods: tuple[MethodTime, ...]

    def to_dict(self) -> dict[str, Any]:
        """The profile in plain values; what is unknown is None."""
        return {
            "configuration": self.configuration,
            "seconds": self.seconds,
            "phases": [asdict(phase) for phase in self.phases],
            "methods": [
                {name: _plain(value) for name, value in asdict(row).items()} for row in self.methods
            ],
        }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


class Stopwatch:
    """Sum of wall seconds by phase; the first phase began at the time `began` [UTC s]."""

    def __init__(self, phase: str, began: float) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._phase = phase
        self._since = began

    def announce(self, phase: str) -> None:
        """Go on to `phase`, which may have been there before."""
        now = time.time()
        self.seconds[self._phase] += now - self._since
        self._phase, self._since = phase, now


def profile_configuration(study: Study, configuration: str) -> Profile:
    """Evaluate one configuration of `study` afresh in one thread, and account for the time.

    The study's folder is neither read nor written.

    Parameters
    ----------
    study : Study
    configuration : str
        Id of one of its configurations.

    Raises
    ------
    ValueError
        If the study has no such configuration.
    """
    if configuration not in study.ids:
        raise ValueError(
            f"{configuration!r} is not a configuration of study {study.name}; use one of its "
            f"{len(study.ids)}, such as {study.ids[0]}"
        )
    pin_numerical_threads()
    watch = Stopwatch("Python's start and imports", process_began())
    watch.announce("listing the methods")
    methods = selected_methods(study)
    with (
        tempfile.TemporaryDirectory(prefix="tiltyard-") as folder,
        study.kind.session(study, 1) as session,
    ):
        watch.announce("generating the dataset")
        dataset = datasets.generate(study, configuration)
        watch.announce("asking the store")
        evaluation = Evaluation(
            study,
            methods,
            session=session,
            store=Store(Path(folder) / "store"),
            threads=1,
            announce=watch.announce,
        )
        try:
            outcomes = evaluation.evaluate(dataset)
        finally:
            watch.announce("ending the workers")
            evaluation.close()
        watch.announce("scoring and writing")
        table = tabulate(study, dataset, methods, outcomes)
        note = note_for(study, dataset, outcomes, table, evaluation.request)
        write_table(table, note, Path(folder) / "evaluation.parquet")
        lanes = {method.key: session.lane(method).name for method in methods}
    watch.announce("")
    return summarise(configuration, lanes, outcomes, dict(watch.seconds))


def summarise(
    configuration: str,
    lanes: Mapping[tuple[str, str], str],
    outcomes: Outcomes,
    seconds: Mapping[str, float],
) -> Profile:
    """The profile of `outcomes` whose phases took `seconds`, by name.

    The phase of a lane is divided into the calls, what came before them, and the rest:
    processes, messages, the store.

    Parameters
    ----------
    configuration : str
    lanes : mapping
        Key of each method -> its lane.
    outcomes : Outcomes
        Of all those methods.
    seconds : mapping
        Phase -> wall seconds.
    """
    total = sum(seconds.values())
    own = {key: outcomes.by_method[key] for key in lanes}
    parts = {phase: taken for phase, taken in seconds.items() if phase not in lanes.values()}
    for lane in sorted({*lanes.values()} & {*seconds}):
        here = [outcome for key, outcome in own.items() if lanes[key] == lane]
        calls = math.fsum(_known(seconds_of(outcome)) for outcome in here)
        warm_up = math.fsum(_known(outcome.warm_up_seconds) for outcome in here)
        parts[f"{lane}: calls"] = calls
        parts[f"{lane}: compiling and warming up"] = warm_up
        parts[f"{lane}: between the calls"] = seconds[lane] - calls - warm_up
    phases = [PhaseTime(phase, taken, taken / total) for phase, taken in parts.items()]
    rows = [
        MethodTime(
            *key,
            status=str(outcome.status),
            wall_seconds=seconds_of(outcome),
            cpu_seconds=outcome.cpu_seconds,
            warm_up_seconds=outcome.warm_up_seconds,
            peak_memory=outcome.peak_memory,
            share=(_known(seconds_of(outcome)) + _known(outcome.warm_up_seconds)) / total,
        )
        for key, outcome in own.items()
    ]
    return Profile(
        configuration,
        total,
        tuple(sorted(phases, key=lambda phase: phase.seconds, reverse=True)),
        tuple(sorted(rows, key=lambda row: row.share, reverse=True)),
    )


def _known(seconds: float) -> float:
    return 0.0 if math.isnan(seconds) else seconds
