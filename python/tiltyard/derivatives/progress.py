"""How far a study is, read from its files alone: during a run, on a cluster, after a crash."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from tiltyard.derivatives.study import Paths, Study
from tiltyard.study.files import UnreadableFile
from tiltyard.study.table import read_note


@dataclass
class Progress:
    """State of a study.

    Attributes
    ----------
    study : str
    configurations : int
        Of the whole study.
    done : int
        Evaluated.
    started : int
        With a dataset, but not evaluated yet.
    rows : dict
        Rows of the evaluated configurations by status.
    seconds_left : float or None
        From the pace of the evaluations so far; None before the second one.
    unreadable : list of str
        Files that the next run rebuilds.
    """

    study: str
    configurations: int
    done: int = 0
    started: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    seconds_left: float | None = None
    unreadable: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        share = self.done / self.configurations
        lines = [
            f"study {self.study}: {self.done} of {self.configurations} configurations done "
            f"({share:.0%}), {self.started} more with a dataset"
        ]
        counts = ", ".join(f"{count} {status}" for status, count in sorted(self.rows.items()))
        lines.append(f"rows by status: {counts or 'none yet'}")
        if self.seconds_left is not None and self.done < self.configurations:
            lines.append(f"time left at the pace so far: {self.seconds_left:.0f} s")
        lines += [f"will be rebuilt: {fault}" for fault in self.unreadable]
        return "\n".join(lines)


def progress(study: Study, paths: Paths) -> Progress:
    """The state of `study` whose files lie at `paths`."""
    state = Progress(study.name, len(study.configurations))
    finished: list[float] = []
    for point in study.configurations:
        path = paths.evaluation(point.id)
        if path.exists():
            try:
                state.rows.update(read_note(path).get("rows", {}))
                state.done += 1
                finished.append(path.stat().st_mtime)
            except UnreadableFile as error:
                state.unreadable.append(str(error))
        elif paths.dataset(point.id).exists():
            state.started += 1
    if len(finished) > 1:
        # While jobs run, the time since the last one counts too; after a stop it would not.
        span = max(finished) - min(finished)
        idle = time.time() - max(finished)
        pace = (span + min(idle, span / (len(finished) - 1))) / (len(finished) - 1)
        state.seconds_left = pace * (state.configurations - state.done)
    return state
