"""Memory for batches in flight: never more than a budget, and the same pages again and again."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.flow.channel import Stopped


class Buffers:
    """Hands out bytes and takes them back.

    New pages cost more than the work on them, so what comes back is handed out again.

    Parameters
    ----------
    budget : int
        Bytes that may be out at once, those that wait to be used again among them.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._held = 0
        self._free: list[NDArray[np.uint8]] = []
        self._change = threading.Condition()
        self._stopped = False
        self.most = 0

    def take(self, size: int) -> NDArray[np.uint8]:
        """At least `size` bytes, as soon as the budget has them.

        A single request above the budget is served when nothing else is out.
        """
        with self._change:
            while True:
                if self._stopped:
                    raise Stopped
                found = self._reused(size) if self._free else None
                if found is None and (self._held + size <= self.budget or self._held == 0):
                    found = np.empty(size, np.uint8)
                    self._held += size
                    self.most = max(self.most, self._held)
                if found is not None:
                    return found
                self._change.wait()

    def _reused(self, size: int) -> NDArray[np.uint8] | None:
        """The smallest free buffer that is large enough; without one, all free ones are let go."""
        fitting = [one for one in self._free if len(one) >= size]
        if fitting:
            found = min(fitting, key=len)
            self._free = [one for one in self._free if one is not found]
            return found
        if self._held + size > self.budget:
            self._held -= sum(map(len, self._free))
            self._free.clear()
        return None

    def give(self, buffer: NDArray[np.uint8]) -> None:
        """Take back what `take` handed out."""
        with self._change:
            self._free.append(buffer)
            self._change.notify_all()

    def stop(self) -> None:
        """Let nobody wait."""
        with self._change:
            self._stopped = True
            self._change.notify_all()


def shaped(buffer: NDArray[np.uint8], rows: int, width: int, kind: np.dtype[Any]) -> NDArray[Any]:
    """The beginning of a buffer as a matrix."""
    return buffer[: rows * width * kind.itemsize].view(kind).reshape(rows, width)
