"""Journals: each run of a job writes what it does to a file of its own, one JSON object a line.

A job that is killed leaves the lines so far, so that its journal shows how far it came. Each line
has an ``event`` and the ``time`` (UTC seconds since 1970, of the job's machine), and a ``check``,
its checksum:

``job``
    First line: ``job``, ``rule``, ``host``, ``pid``, when the process ``started``, ``threads``,
    and the ``configurations`` that it will evaluate; ``cpu`` and ``machine`` as in
    ``sample``.
``phase``
    The job enters this ``phase``, which lasts until the next one or the end. Before the first
    line of this kind the phase is ``starting``.
``configuration``
    The job begins with this ``configuration``, by reading its dataset and evaluation.
``evaluated``
    The configuration is evaluated: evaluations ``computed`` and ``recalled``, ``rows`` by status,
    ``cost`` of the computed ones by lane, the ``slowest`` of them, ``cpu`` of the job with its
    workers so far, ``bytes`` of the file that holds the rows.
``sample``
    Every ten seconds: ``cpu`` of the job with its workers so far, and what the ``machine``'s
    cores did so far (`tiltyard.engine.journal.usage.CoreTimes`; null if it is unknown).
``end``
    Last line: ``error``, empty unless the job failed, ``cpu`` and ``machine``.

A lane is a phase in which methods are run; the kind of study names it.

The process that runs the workflow writes such a file too. Its first line is a ``workflow``:
``host``, ``pid``, ``started``, and the ``cores`` that jobs may use. Then there are ``sample`` and
``end``, where ``cpu`` is that of Snakemake with all its jobs.
"""

from __future__ import annotations

import json
import math
import os
import socket
import sys
import threading
import time
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiltyard.engine.journal.usage import core_times, cpu_of_tree
from tiltyard.engine.machine.clock import process_began
from tiltyard.engine.outcome import seconds_of

if TYPE_CHECKING:  # readers of journals need none of what evaluates
    from tiltyard.engine.work.evaluator import Outcomes

#: How often a running job adds a sample to its file, and touches it, so that other machines see
#: that it lives [s].
HEARTBEAT_SECONDS = 10.0
#: Slowest methods that are written of each configuration: the k slowest of a study are among the
#: k slowest of the configurations in which they took longest.
SLOWEST = 10
#: Key of a line's checksum.
CHECK = "check"


def checked_line(facts: Mapping[str, Any]) -> str:
    """`facts` as JSON, with a checksum of it as the last key."""
    return json.dumps({**facts, CHECK: checksum_of(facts)})


def checksum_of(facts: Mapping[str, Any]) -> str:
    """CRC-32 of `facts` as JSON, in the sequence of their keys; eight hexadecimal digits."""
    return f"{zlib.crc32(json.dumps(facts).encode()):08x}"


class JournalFile:
    """A journal's file, to which lines are added.

    A line that cannot be written is lost with a warning; it does not end the job.

    Parameters
    ----------
    folder : path or None
        Folder of the file, made if it is missing; None to write nothing.
    name : str
        Name of the job; each run has a file of its own.
    """

    def __init__(self, folder: Path | None, name: str) -> None:
        run = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:6]}"
        self.path = None if folder is None else folder / f"{name}.{run}.jsonl"
        self._broken = False
        if folder is not None:
            with suppress(OSError):  # said when the first line cannot be written
                folder.mkdir(parents=True, exist_ok=True)

    def write(self, event: str, **facts: Any) -> None:
        """Add the line of an `event`, at the present time unless `facts` say another."""
        if self.path is None:
            return
        line = checked_line({"event": event, "time": round(time.time(), 3), **facts}) + "\n"
        # A line that the disk cut short must not swallow this one.
        text = ("\n" if self._broken else "") + line
        try:
            # Opened and closed for each line: network file systems show a file when it is closed.
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                whole = os.write(descriptor, text.encode()) == len(text.encode())
            finally:
                os.close(descriptor)
            if not whole:
                raise OSError("the line was cut short")
        except OSError as error:
            if not self._broken:
                print(f"warning: the journal is incomplete: {self.path}: {error}", file=sys.stderr)
            self._broken = True

    def touch(self) -> None:
        """Show that the job lives, even where no line can be written."""
        if self.path is not None:
            with suppress(OSError):  # said when the next line cannot be written
                os.utime(self.path)


class JobJournal:
    """The record of one run of a job; made by `record_job`."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    @property
    def path(self) -> Path | None:
        """Path of the file; None for a job without a journal."""
        return self._file.path

    def phase(self, name: str) -> None:
        """Note that the job enters the phase `name`."""
        self._file.write("phase", phase=name)

    def begin(self, configuration: str) -> None:
        """Note that the job begins with `configuration`."""
        self._file.write("configuration", configuration=configuration)

    def finish(
        self, configuration: str, outcomes: Outcomes, rows: Mapping[str, int], file: Path
    ) -> None:
        """Note that `configuration` is done.

        Parameters
        ----------
        configuration : str
        outcomes : Outcomes
            Outcomes of its evaluations.
        rows : mapping
            Number of rows by status.
        file : path
            The file that holds them; it is written already.
        """
        self._file.write(
            "evaluated",
            configuration=configuration,
            computed=len(outcomes.computed),
            recalled=len(outcomes.recalled),
            rows=dict(rows),
            cost=cost_by_language(outcomes),
            slowest=slowest_of(outcomes),
            cpu=cpu_of_tree(),
            bytes=file.stat().st_size,
        )

    def keep(self, configuration: str, known: int, rows: Mapping[str, int], file: Path) -> None:
        """Note that `file` already holds the `known` evaluations of `configuration`."""
        self._file.write(
            "evaluated",
            configuration=configuration,
            computed=0,
            recalled=known,
            rows=dict(rows),
            cost={},
            slowest=[],
            cpu=cpu_of_tree(),
            bytes=file.stat().st_size,
        )

    def _beat(self, ended: threading.Event) -> None:
        while self.path is not None and not ended.wait(HEARTBEAT_SECONDS):
            self._file.touch()
            self._file.write("sample", **usage())


@contextmanager
def record_job(
    folder: Path | None,
    job: str,
    rule: str,
    *,
    threads: int = 1,
    configurations: Sequence[str] = (),
) -> Iterator[JobJournal]:
    """Keep a journal in `folder` while the body runs; an exception is noted and raised again.

    Parameters
    ----------
    folder : path or None
        Folder of the study's journals, made if it is missing; None for a job without a journal.
    job : str
        Name of the job, the same whenever it runs again; each run has a file of its own.
    rule : str
        Rule of the workflow.
    threads : int
        Cores that the job may use.
    configurations : sequence of str
        Ids of the configurations that it evaluates.
    """
    file = JournalFile(folder, job)
    journal = JobJournal(file)
    file.write(
        "job",
        job=job,
        rule=rule,
        host=socket.gethostname(),
        pid=os.getpid(),
        started=process_began(),
        threads=threads,
        configurations=list(configurations),
        **usage(),
    )
    ended = threading.Event()
    threading.Thread(target=journal._beat, args=(ended,), daemon=True).start()
    error = ""
    try:
        yield journal
    except BaseException as fault:
        error = " ".join(f"{type(fault).__name__}: {fault}".split())
        raise
    finally:
        ended.set()
        file.write("end", error=error, **usage())


def usage() -> dict[str, Any]:
    """Facts of a ``sample``: CPU of this process's tree so far, and use of the machine's cores."""
    machine = core_times()
    return {"cpu": cpu_of_tree(), "machine": machine and machine.to_dict()}


def cost_by_language(outcomes: Outcomes) -> dict[str, dict[str, float]]:
    """CPU, wall and warm-up seconds of the evaluations that were computed, summed by language.

    The costs of a killed evaluation are unknown and count as 0; one killed at its time limit
    counts with the limit as wall seconds.
    """
    costs: dict[str, dict[str, float]] = {}
    for key in outcomes.computed:
        outcome = outcomes.by_method[key]
        cost = costs.setdefault(key[1], {"cpu": 0.0, "wall": 0.0, "warm_up": 0.0})
        cost["cpu"] += _known(outcome.cpu_seconds)
        cost["wall"] += _known(seconds_of(outcome))
        cost["warm_up"] += _known(outcome.warm_up_seconds)
    return {
        language: {kind: round(seconds, 6) for kind, seconds in cost.items()}
        for language, cost in costs.items()
    }


def slowest_of(outcomes: Outcomes) -> list[list[Any]]:
    """Name, language and wall seconds of the slowest evaluations that were computed.

    Slowest first, at most `SLOWEST`; one killed at its time limit counts with the limit.
    """
    seconds = [(seconds_of(outcomes.by_method[key]), key) for key in outcomes.computed]
    known = sorted((pair for pair in seconds if pair[0] == pair[0]), reverse=True)
    return [[*key, round(taken, 6)] for taken, key in known[:SLOWEST]]


def _known(seconds: float) -> float:
    return 0.0 if math.isnan(seconds) else seconds
