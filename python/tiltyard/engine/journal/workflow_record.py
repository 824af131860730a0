"""Samples of the process that runs the workflow, of its jobs and of its machine."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

from tiltyard.engine.journal import writing
from tiltyard.engine.journal.reading import WorkflowRun
from tiltyard.engine.journal.writing import JournalFile, usage
from tiltyard.engine.machine.clock import process_began
from tiltyard.engine.work.tree import adopt_orphans


class WorkflowRecord:
    """Samples of one run of the workflow, in memory and in the folder of its journals.

    Snakemake itself, and jobs without a journal, appear in these samples only.

    Parameters
    ----------
    folder : path or None
        Folder of the study's journals; None for samples in memory alone.
    cores : int
        Cores that jobs may use at once.
    """

    def __init__(self, folder: Path | None, cores: int) -> None:
        self._folder = folder
        self._file: JournalFile | None = None
        self._lines = [
            {
                "event": "workflow",
                "time": round(time.time(), 3),
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "started": process_began(),
                "cores": cores,
                **usage(),
            }
        ]
        self._written = 0
        self._ended = threading.Event()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Measure from now on, every ten seconds.

        Nothing is written in the first ten seconds, so that a process that only asks for the
        plan leaves no file.
        """
        adopt_orphans()
        threading.Thread(target=self._beat, daemon=True).start()

    def finish(self) -> WorkflowRun:
        """Measure once more, for the last time, and return what was measured."""
        self._ended.set()
        self._note("end")
        first, *others = self._lines
        run = WorkflowRun.from_line(first)
        for line in others:
            run.follow(line)
        return run

    def _beat(self) -> None:
        while not self._ended.wait(writing.HEARTBEAT_SECONDS):
            self._note("sample")

    def _note(self, event: str) -> None:
        with self._lock:
            if self._lines[-1]["event"] == "end":
                return
            self._lines.append({"event": event, "time": round(time.time(), 3), **usage()})
            if self._folder is None:
                return
            if self._file is None:
                self._file = JournalFile(self._folder, "workflow")
            for line in self._lines[self._written :]:
                facts: dict[str, Any] = dict(line)
                self._file.write(facts.pop("event"), **facts)
            self._written = len(self._lines)
