"""Jobs of a study as their journals tell: running, done, failed or killed."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import psutil

from tiltyard.engine.journal.usage import CoreTimes, Sample
from tiltyard.engine.journal.writing import CHECK, checksum_of

#: Age of a journal of another machine from which on its job counts as killed [s]: twelve
#: heartbeats, as network file systems may show old times for a minute, and clocks may differ.
SILENCE_SECONDS = 120.0
#: Largest error of a process's start [s]; a larger difference means another process of that id.
CLOCK_TOLERANCE = 2.0
#: The phase before a job's first line. A worker of a lane is started in ``starting <lane>``.
STARTING = "starting"
#: The phase from the beginning of a configuration to the job's next line.
READING = "reading"


class State(StrEnum):
    """State of a run of a job; `KILLED`: its journal has no end, and its process is gone."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    KILLED = "killed"


@dataclass(frozen=True)
class Evaluated:
    """A configuration that a job has evaluated; `writing` says what the facts mean."""

    configuration: str
    begun: float
    ended: float
    computed: int
    recalled: int
    rows: dict[str, int]
    cost: dict[str, dict[str, float]]
    slowest: list[tuple[str, str, float]]
    bytes: int


@dataclass
class Run:
    """One run of a job, as far as its journal says.

    Attributes
    ----------
    job, rule, host, pid, started, threads, configurations
        As in the first line; see `tiltyard.engine.journal.writing`.
    opened : float
        When the journal begins: Python had been started and the job's modules imported.
    phases : list of (time, name)
        From that time to the next one the job was in this phase.
    evaluated : list of Evaluated
    current : str
        Configuration that it is evaluating, or was when it ended; "" between two.
    ended : float or None
    error : str
        Exception that ended it; "" if it did not fail.
    cpu : list of (time, seconds)
        CPU seconds so far of the job with its workers, at the lines that say so.
    samples : list of Sample
        CPU seconds so far, at the lines that also say what the machine's cores did.
    touched : float
        When the file was last touched.
    """

    job: str
    rule: str
    host: str
    pid: int
    started: float
    opened: float
    threads: int
    configurations: tuple[str, ...]
    phases: list[tuple[float, str]] = field(default_factory=list)
    evaluated: list[Evaluated] = field(default_factory=list)
    current: str = ""
    ended: float | None = None
    error: str = ""
    cpu: list[tuple[float, float]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    touched: float = 0.0
    begun: float = 0.0

    @classmethod
    def from_line(cls, facts: dict[str, Any]) -> Run:
        """The run whose journal has `facts` as its first line."""
        run = cls(
            job=facts["job"],
            rule=facts["rule"],
            host=facts["host"],
            pid=facts["pid"],
            started=facts["started"],
            opened=facts["time"],
            threads=facts["threads"],
            configurations=tuple(facts["configurations"]),
            phases=[(facts["started"], STARTING)],
        )
        run._measure(facts)
        return run

    @property
    def last(self) -> float:
        """The last moment at which its journal shows it alive."""
        if self.ended is not None:
            return self.ended
        return max(self.opened, self.touched)

    @property
    def phase(self) -> str:
        return self.phases[-1][1]

    def follow(self, facts: dict[str, Any]) -> None:
        """Take the next line of its journal."""
        event, when = facts["event"], facts["time"]
        self._measure(facts)
        if event == "phase":
            self.phases.append((when, facts["phase"]))
        elif event == "configuration":
            self.current, self.begun = facts["configuration"], when
            self.phases.append((when, READING))
        elif event == "evaluated":
            self.evaluated.append(
                Evaluated(
                    configuration=facts["configuration"],
                    begun=self.begun or when,
                    ended=when,
                    computed=facts["computed"],
                    recalled=facts["recalled"],
                    rows=facts["rows"],
                    cost=facts["cost"],
                    slowest=[(name, language, s) for name, language, s in facts["slowest"]],
                    bytes=facts["bytes"],
                )
            )
            self.current = ""
        elif event == "end":
            self.ended, self.error = when, facts["error"]

    def _measure(self, facts: dict[str, Any]) -> None:
        if "cpu" in facts:
            self.cpu.append((facts["time"], facts["cpu"]))
        if "machine" in facts:
            self.samples.append(_sample(facts))

    def state(self, now: float) -> State:
        """State of the run at the time `now` [UTC s since 1970]."""
        if self.ended is not None:
            return State.FAILED if self.error else State.DONE
        if self.host == socket.gethostname():
            alive = _is_process(self.pid, self.started)
        else:
            alive = now - self.last < SILENCE_SECONDS
        return State.RUNNING if alive else State.KILLED


@dataclass
class WorkflowRun:
    """One run of the workflow on one machine, as its process measured it.

    Attributes
    ----------
    host : str
    started : float
        When its process began.
    cores : int
        That jobs may use at once.
    samples : list of Sample
        CPU of the process with all its jobs.
    ended : bool
        Whether the last sample is of its end.
    """

    host: str
    started: float
    cores: int
    samples: list[Sample] = field(default_factory=list)
    ended: bool = False

    @classmethod
    def from_line(cls, facts: dict[str, Any]) -> WorkflowRun:
        """The run whose journal has `facts` as its first line."""
        run = cls(facts["host"], facts["started"], facts["cores"])
        run.follow(facts)
        return run

    def follow(self, facts: dict[str, Any]) -> None:
        """Take the next line of its journal."""
        self.samples.append(_sample(facts))
        self.ended = facts["event"] == "end"


def _sample(facts: dict[str, Any]) -> Sample:
    return Sample(facts["time"], facts["cpu"], CoreTimes.from_dict(facts["machine"]))


def _is_process(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < CLOCK_TOLERANCE
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def read_line(line: bytes) -> dict[str, Any]:
    """The facts in a line of a journal.

    Raises
    ------
    ValueError
        If it is not as it was written.
    """
    facts = json.loads(line)
    if not isinstance(facts, dict):
        raise ValueError("it is no object")
    if facts.pop(CHECK, None) != checksum_of(facts):
        raise ValueError("its checksum does not fit")
    return facts


def damaged_lines(path: Path) -> list[int]:
    """Numbers of the lines of a journal that are not as they were written.

    What follows the last end of a line is none: a job that was killed may leave it.
    """
    found = []
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        try:
            read_line(line)
        except ValueError:
            found.append(number)
    return found


class Journals:
    """All journals in a folder; only lines that were added since are read again.

    Parameters
    ----------
    folder : path
        Folder of the journals, which may be missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs: dict[str, Run] = {}
        self._workflows: dict[str, WorkflowRun] = {}
        self._read: dict[str, int] = {}

    @property
    def runs(self) -> list[Run]:
        """Every run of every job, in order of their beginning."""
        return sorted(self._runs.values(), key=lambda run: (run.opened, run.job))

    @property
    def workflows(self) -> list[WorkflowRun]:
        """Every run of the workflow that measured itself, in order of their beginning."""
        return sorted(self._workflows.values(), key=lambda run: run.started)

    @property
    def ended(self) -> list[Path]:
        """Files to which no line will be added any more."""
        ended = [name for name, run in self._runs.items() if run.ended is not None]
        ended += [name for name, run in self._workflows.items() if run.ended]
        return [self._folder / name for name in sorted(ended)]

    def refresh(self) -> None:
        """Read the lines that are new; incomplete and foreign ones are passed over."""
        seen = set()
        try:
            entries = [entry for entry in os.scandir(self._folder) if entry.name.endswith(".jsonl")]
        except FileNotFoundError:
            entries = []
        for entry in entries:
            seen.add(entry.name)
            try:
                facts = entry.stat()
                if facts.st_size > self._read.get(entry.name, 0):
                    self._read_on(entry.name)
            except FileNotFoundError:  # removed in between
                continue
            if entry.name in self._runs:
                self._runs[entry.name].touched = facts.st_mtime
        for name in set(self._read) - seen:
            del self._read[name]
            self._runs.pop(name, None)
            self._workflows.pop(name, None)

    def _read_on(self, name: str) -> None:
        start = self._read.get(name, 0)
        with open(self._folder / name, "rb") as file:
            file.seek(start)
            text = file.read()
        whole = text.rfind(b"\n") + 1  # the rest is being written, or never will be
        self._read[name] = start + whole
        for line in text[:whole].splitlines():
            try:
                self._take(name, read_line(line))
            except (ValueError, KeyError, TypeError):
                continue

    def _take(self, name: str, facts: dict[str, Any]) -> None:
        if name in self._runs:
            self._runs[name].follow(facts)
        elif name in self._workflows:
            self._workflows[name].follow(facts)
        elif facts["event"] == "job":
            self._runs[name] = Run.from_line(facts)
        elif facts["event"] == "workflow":
            self._workflows[name] = WorkflowRun.from_line(facts)


def latest_runs(runs: list[Run]) -> list[Run]:
    """The run of each job that began last."""
    return list({run.job: run for run in sorted(runs, key=lambda run: run.opened)}.values())


def read_runs(folder: Path) -> list[Run]:
    """Every run of which there is a journal in `folder`, in order of their beginning."""
    journals = Journals(folder)
    journals.refresh()
    return journals.runs


def ended_journals(folder: Path) -> list[Path]:
    """Files of the runs in `folder` that have ended."""
    journals = Journals(folder)
    journals.refresh()
    return journals.ended
