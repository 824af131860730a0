"""Who works on the batches of a stream: nobody else, threads or processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.parallel import Pool

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.workers.pool import Processes

THREADS, PROCESSES, PIPES = "threads", "processes", "pipes"
#: What workers may be; arrays are handed to processes in shared memory, or through pipes.
KINDS = (THREADS, PROCESSES, PIPES)


@dataclass
class Workers:
    """Workers of a stream, started when an epoch begins.

    Parameters
    ----------
    number : int
        0 for none.
    kind : str
        One of `KINDS`.
    prefetch : int
        Tasks of each worker that wait for who needs their results.
    persistent : bool
        Whether processes are kept for the next epoch.
    """

    number: int = 0
    kind: str = THREADS
    prefetch: int = 2
    persistent: bool = False
    _kept: Processes | None = field(default=None, repr=False)
    _owner: int = field(default=0, repr=False)

    @property
    def ahead(self) -> int:
        """Tasks that may wait."""
        return max(self.number, 1) * self.prefetch

    @property
    def apart(self) -> bool:
        """Whether they are processes."""
        return self.number > 0 and self.kind != THREADS

    def check(self, *functions: Any) -> None:
        """Raise `InputError` if worker processes cannot be given one of the functions."""
        if not self.apart:
            return
        from tiltyard.pipelines.reads.workers.pool import pickled

        for function in functions:
            pickled(function)

    @contextmanager
    def lent(self) -> Iterator[Pool | None]:
        """The workers for one epoch."""
        if not self.number:
            yield None
        elif self.apart:
            yield from self._processes()
        else:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(self.number, "tiltyard-reads") as threads:
                yield threads

    def _processes(self) -> Iterator[Processes]:
        pool = self._take()
        keep = False
        try:
            yield pool
            keep = self.persistent
        except (Exception, GeneratorExit):
            keep = self.persistent
            raise
        finally:
            if keep and not pool.lost and self._kept is None:
                self._kept, self._owner = pool, os.getpid()
            else:
                pool.shutdown()

    def _take(self) -> Processes:
        """Those that were kept, or new ones."""
        from tiltyard.pipelines.reads.workers.pool import Processes

        pool, self._kept = self._kept, None
        if pool is not None and self._owner == os.getpid() and pool.alive:
            pool.resume()
            return pool
        if pool is not None and self._owner == os.getpid():
            pool.shutdown()
        keep = 2 * self.prefetch + 4
        return Processes(self.number, keep, shared=self.kind == PROCESSES)

    def close(self) -> None:
        """End processes that are kept."""
        pool, self._kept = self._kept, None
        if pool is not None and self._owner == os.getpid():
            pool.shutdown()

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_kept": None}


def check_kind(workers: int, kind: str, persistent: bool) -> None:
    """Raise `InputError` if these say nothing, or contradict each other."""
    if persistent and (kind == THREADS or not workers):
        raise InputError(
            "persistent keeps worker processes for the next epoch, and there are none; give "
            "workers=2, worker_kind='processes'"
        )
