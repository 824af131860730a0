"""Where the time of one configuration goes: phase by phase, and estimator by estimator."""

from __future__ import annotations

import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tiltyard.engine.files.parquet import write_table
from tiltyard.engine.machine.clock import process_began
from tiltyard.engine.methods.method import M
from tiltyard.engine.outcome import seconds_of
from tiltyard.engine.store.ledger import Store
from tiltyard.engine.work.evaluator import Tally
from tiltyard.engine.work.worker import pin_numerical_threads
from tiltyard.studies.derivatives.jobs import DatasetSource
from tiltyard.studies.derivatives.running import Evaluation, note_for, tabulate
from tiltyard.studies.derivatives.study import Study

#: What one phase of `Evaluation` consists of.
LANGUAGES = ("python", "julia")


@dataclass(frozen=True)
class PhaseTime:
    """Wall seconds of one phase, and its share of the whole."""

    phase: str
    seconds: float
    share: float


@dataclass(frozen=True)
class EstimatorTime:
    """What one estimator took: seconds of its own call, and before it; memory in MB."""

    estimator: str
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
        They add up to the whole; the longest first.
    estimators : tuple of EstimatorTime
        The slowest first, by call and warm-up; shares are of the whole.
    """

    configuration: str
    seconds: float
    phases: tuple[PhaseTime, ...]
    estimators: tuple[EstimatorTime, ...]

    def to_dict(self) -> dict[str, Any]:
        """The profile in plain values; what is unknown is None."""
        return {
            "configuration": self.configuration,
            "seconds": self.seconds,
            "phases": [asdict(phase) for phase in self.phases],
            "estimators": [
                {name: _plain(value) for name, value in asdict(row).items()}
                for row in self.estimators
            ],
        }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


class Stopwatch:
    """Adds up wall seconds by phase; the first one began at the time `began` [UTC s]."""

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

    Nothing is taken from the study's folder, and nothing is written to it.

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
    from tiltyard.studies.derivatives.catalogue import selected_estimators

    ids = [point.id for point in study.configurations]
    if configuration not in ids:
        raise ValueError(
            f"{configuration!r} is not a configuration of study {study.name}; the first of its "
            f"{len(ids)} is {ids[0]}"
        )
    pin_numerical_threads()
    watch = Stopwatch("Python's start and imports", process_began())
    watch.announce("listing the estimators")
    entries = selected_estimators(study)
    with tempfile.TemporaryDirectory(prefix="tiltyard-") as folder:
        tally = _evaluate(study, configuration, entries, Path(folder), watch)
    watch.announce("")
    return summarise(configuration, entries, tally, dict(watch.seconds))


def _evaluate(
    study: Study, configuration: str, entries: Sequence[Any], folder: Path, watch: Stopwatch
) -> Tally:
    watch.announce("generating the dataset")
    dataset = DatasetSource(study.name, study.seed, folder).generate(configuration)
    watch.announce("asking the store")
    evaluation = Evaluation(
        entries,
        study.orders,
        store=Store(folder / "store"),
        limits=study.limits,
        threads=1,
        announce=watch.announce,
    )
    try:
        tally = evaluation.evaluate(dataset)
    finally:
        watch.announce("ending the workers")
        evaluation.close()
    watch.announce("scoring and writing")
    table = tabulate(dataset, entries, study.orders, tally)
    note = note_for(dataset, tally, table, evaluation.request)
    write_table(table, note, folder / "evaluation.parquet")
    return tally


def summarise(
    configuration: str, entries: Sequence[M], tally: Tally, seconds: dict[str, float]
) -> Profile:
    """The profile of a `tally` whose phases took `seconds`, by name.

    The phase of a language is divided into the calls, what came before them, and the rest:
    processes, messages, the store.
    """
    total = sum(seconds.values())
    outcomes = {entry.key: tally.outcomes[entry.key] for entry in entries}
    parts = {phase: taken for phase, taken in seconds.items() if phase not in LANGUAGES}
    for language in LANGUAGES:
        if language not in seconds:
            continue
        own = [outcome for key, outcome in outcomes.items() if key[1] == language]
        calls = math.fsum(_known(seconds_of(outcome)) for outcome in own)
        warm_up = math.fsum(_known(outcome.warm_up_seconds) for outcome in own)
        parts[f"{language}: estimators' calls"] = calls
        parts[f"{language}: compiling and warming up"] = warm_up
        parts[f"{language}: between the calls"] = seconds[language] - calls - warm_up
    phases = [PhaseTime(phase, taken, taken / total) for phase, taken in parts.items()]
    rows = [
        EstimatorTime(
            *key,
            status=str(outcome.status),
            wall_seconds=seconds_of(outcome),
            cpu_seconds=outcome.cpu_seconds,
            warm_up_seconds=outcome.warm_up_seconds,
            peak_memory=outcome.peak_memory,
            share=(_known(seconds_of(outcome)) + _known(outcome.warm_up_seconds)) / total,
        )
        for key, outcome in outcomes.items()
    ]
    return Profile(
        configuration,
        total,
        tuple(sorted(phases, key=lambda phase: phase.seconds, reverse=True)),
        tuple(sorted(rows, key=lambda row: row.share, reverse=True)),
    )


def _known(seconds: float) -> float:
    return 0.0 if math.isnan(seconds) else seconds
