"""Progress of a study, read from its files alone: during a run, on a cluster, after a crash."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tiltyard.engine.catalogue import read_faults
from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.engine.files.parquet import read_note
from tiltyard.engine.journal.reading import Evaluated, Journals, Run, State, latest_runs
from tiltyard.engine.methods.plugins import PluginFault
from tiltyard.engine.study import Study

#: Methods in the list of the slowest.
SLOWEST = 5
#: Evaluations computed and recalled, and rows by status.
Counts = tuple[int, int, dict[str, int]]


@dataclass(frozen=True)
class RunningJob:
    """A running job: host, age [s], configuration, phase, and how many configurations are done."""

    job: str
    host: str
    seconds: float
    threads: int
    configuration: str
    phase: str
    done: int
    configurations: int


@dataclass(frozen=True)
class LostJob:
    """A job whose last run ended before its configurations were evaluated, and the reason."""

    job: str
    host: str
    configuration: str
    reason: str


@dataclass(frozen=True)
class SlowEvaluation:
    """The longest evaluation of one method [wall s]; one killed at its time limit has the limit."""

    method: str
    language: str
    seconds: float
    configuration: str


@dataclass
class Progress:
    """State of a study.

    Attributes
    ----------
    study : str
    configurations : int
        Of the whole study.
    done : int
        Evaluated with the present catalogue.
    outdated : int
        Evaluated with an earlier catalogue: the next run checks them again.
    running : list of RunningJob
    failed : list of LostJob
        Jobs whose configurations are neither done nor being evaluated by another job.
    computed, recalled : int
        Evaluations of `done`: computed, or found in the store.
    rows : dict
        Rows of `done` by status.
    slowest : list of SlowEvaluation
        Slowest methods so far.
    unreadable : list of str
        Files that the next run rebuilds.
    failed_packages : list of PluginFault
        Installed packages whose methods do not take part.
    job_seconds_left : float or None
        Wall time of the rest in one job, at the pace so far; None before the first evaluation.
    seconds_left : float or None
        Wall time of the rest in the jobs that are running; None if there is none.
    """

    study: str
    configurations: int
    done: int = 0
    outdated: int = 0
    running: list[RunningJob] = field(default_factory=list)
    failed: list[LostJob] = field(default_factory=list)
    computed: int = 0
    recalled: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    slowest: list[SlowEvaluation] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    failed_packages: list[PluginFault] = field(default_factory=list)
    job_seconds_left: float | None = None
    seconds_left: float | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every configuration is evaluated and no job is at work."""
        return self.done == self.configurations and not self.running

    def to_dict(self) -> dict[str, Any]:
        """The state as plain values."""
        # Of a `Counter`, `asdict` would count its items.
        return asdict(replace(self, rows=dict(self.rows)))


class ProgressReader:
    """Reader of one study's progress; files that have not changed are not read again.

    Parameters
    ----------
    study : str
        Its name.
    configurations : sequence of str
        Ids of all its configurations.
    evaluations : path
        Folder with a file ``<configuration>.parquet`` for each that is evaluated.
    journals : path
        Folder of the journals.
    catalogue : path
        Evaluations older than this file are outdated.
    """

    def __init__(
        self,
        study: str,
        configurations: Sequence[str],
        *,
        evaluations: Path,
        journals: Path,
        catalogue: Path,
    ) -> None:
        self._study = study
        self._configurations = configurations
        self._evaluations = evaluations
        self._journals = Journals(journals)
        self._catalogue = catalogue
        self._notes: dict[tuple[str, int, int], Counts | str] = {}

    @classmethod
    def of(cls, study: Study) -> ProgressReader:
        """The reader of `study`."""
        return cls(
            study.name,
            study.ids,
            evaluations=study.evaluations,
            journals=study.journal,
            catalogue=study.catalogue,
        )

    def observe(self, now: float | None = None) -> Progress:
        """The state of the study at the time `now`, else at present."""
        now = time.time() if now is None else now
        self._journals.refresh()
        runs = self._journals.runs
        told = _last_told(runs)
        state = Progress(self._study, len(self._configurations))
        state.failed_packages = read_faults(self._catalogue)
        done = self._count_files(state, told)
        alive = [run for run in runs if run.state(now) is State.RUNNING]
        state.running = [_describe(run, now) for run in alive]
        in_hand = done.union(*(run.configurations for run in alive))
        missing = [name for name in self._configurations if name not in done]
        state.failed = list(_lost_jobs(runs, set(missing) - in_hand, now))
        state.slowest = slowest_methods(told.values())
        # What was evaluated with another catalogue took another time.
        since = _modified(self._catalogue)
        fresh = [line for line in told.values() if line.ended >= since]
        _estimate_time_left(state, missing, alive, fresh or told.values(), now)
        return state

    def _count_files(self, state: Progress, told: dict[str, Evaluated]) -> set[str]:
        """Count the evaluated configurations in `state`; return the ids of those that are done."""
        current = _modified(self._catalogue)
        files = _scan(self._evaluations)
        done = set()
        rows: Counter[str] = Counter()
        for name in self._configurations:
            if name not in files:
                continue
            facts, evaluated = files[name], told.get(name)
            if evaluated is not None and evaluated.bytes == facts.st_size:
                when = max(facts.st_mtime, evaluated.ended)
                counts = (evaluated.computed, evaluated.recalled, evaluated.rows)
            else:  # its job was killed before it could say so, or something else wrote the file
                found = self._read_note(name, facts)
                if isinstance(found, str):
                    state.unreadable.append(found)
                    continue
                when, counts = facts.st_mtime, found
            if when < current:
                state.outdated += 1
                continue
            done.add(name)
            state.computed += counts[0]
            state.recalled += counts[1]
            rows.update(counts[2])
        state.done, state.rows = len(done), dict(rows)
        return done

    def _read_note(self, name: str, facts: os.stat_result) -> Counts | str:
        """Counts in the note of an evaluation's file, or the reason why it cannot be read."""
        key = (name, facts.st_size, facts.st_mtime_ns)
        if key not in self._notes:
            try:
                note = read_note(self._evaluations / f"{name}.parquet")
                counts = (note.get("computed", 0), note.get("recalled", 0), note.get("rows", {}))
                self._notes[key] = counts
            except UnreadableFile as error:
                self._notes[key] = str(error)
        return self._notes[key]


def _scan(folder: Path) -> dict[str, os.stat_result]:
    """Facts of the Parquet files in `folder` by their names without the ending."""
    found = {}
    try:
        for entry in os.scandir(folder):
            if entry.name.endswith(".parquet") and not entry.name.startswith("."):
                found[entry.name.removesuffix(".parquet")] = entry.stat()
    except FileNotFoundError:
        pass
    return found


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _last_told(runs: Iterable[Run]) -> dict[str, Evaluated]:
    """The last line of the journals on each configuration."""
    lines = [line for run in runs for line in run.evaluated]
    return {line.configuration: line for line in sorted(lines, key=lambda line: line.ended)}


def _describe(run: Run, now: float) -> RunningJob:
    return RunningJob(
        job=run.job,
        host=run.host,
        seconds=now - run.started,
        threads=run.threads,
        configuration=run.current,
        phase=run.phase,
        done=len(run.evaluated),
        configurations=len(run.configurations),
    )


def _lost_jobs(runs: list[Run], waiting: set[str], now: float) -> Iterable[LostJob]:
    """Jobs that failed or were killed, unless none of their configurations is still `waiting`."""
    for run in latest_runs(runs):
        how = run.state(now)
        made_up_for = run.configurations and waiting.isdisjoint(run.configurations)
        if how in (State.FAILED, State.KILLED) and not made_up_for:
            reason = run.error or "killed: its process is gone, and its journal has no end"
            yield LostJob(run.job, run.host, run.current, reason)


def slowest_methods(evaluated: Iterable[Evaluated]) -> list[SlowEvaluation]:
    """The longest evaluation of each of the methods with the longest ones, slowest first."""
    longest: dict[tuple[str, str], SlowEvaluation] = {}
    for line in evaluated:
        for name, language, seconds in line.slowest:
            known = longest.get((name, language))
            if known is None or seconds > known.seconds:
                longest[name, language] = SlowEvaluation(
                    name, language, seconds, line.configuration
                )
    ranked = sorted(longest.values(), key=lambda slow: slow.seconds, reverse=True)
    return ranked[:SLOWEST]


def _estimate_time_left(
    state: Progress,
    missing: Sequence[str],
    alive: Sequence[Run],
    evaluated: Iterable[Evaluated],
    now: float,
) -> None:
    """Fill in the time left: what is missing takes as long as what was computed so far."""
    lines = list(evaluated)
    # Recalling from the store takes no time: configurations that only did so say nothing.
    taken = [line.ended - line.begun for line in lines if line.computed] or [
        line.ended - line.begun for line in lines
    ]
    if not taken:
        return
    each = sum(taken) / len(taken)
    working = [run for run in alive if run.configurations]
    behind = sum(min(now - run.begun, each) for run in working if run.current)
    state.job_seconds_left = max(0.0, len(missing) * each - behind)
    if working or not missing:
        state.seconds_left = state.job_seconds_left / max(1, len(working))
