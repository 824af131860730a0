"""A line on standard error from time to time: what is done, how fast, and how long it will take."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any, TextIO

#: Seconds between two lines.
INTERVAL = 10.0


class Progress:
    """Counts spots of a stage of work, and says so while the block lasts.

    Parameters
    ----------
    stage : str
    total : int
    quiet : bool
    interval : float
        Seconds.
    stream : file, optional
    """

    def __init__(
        self,
        stage: str,
        total: int,
        *,
        quiet: bool = False,
        interval: float = INTERVAL,
        stream: TextIO | None = None,
    ) -> None:
        self.stage, self.total, self.done = stage, total, 0
        self._quiet, self._interval, self._stream = quiet, interval, stream or sys.stderr
        self._end, self._lock = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._say, daemon=True)
        self._start = time.monotonic()

    def advance(self, count: int) -> None:
        """So many more are done."""
        with self._lock:
            self.done += count

    def line(self) -> str:
        """What is said now."""
        seconds = max(time.monotonic() - self._start, 1e-9)
        rate = self.done / seconds
        left = f"{(self.total - self.done) / rate:,.0f} s left" if rate else "no time known"
        share = f"{self.done:,}/{self.total:,}"
        return f"{self.stage}: {share} spots, {rate:,.0f} spots/s, {left}"

    def _say(self) -> None:
        while not self._end.wait(self._interval):
            print(self.line(), file=self._stream, flush=True)

    def __enter__(self) -> Progress:
        if not self._quiet:
            self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
