"""Workers: threads and processes that count blocks, and their end in every case."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Counts, Site
from tiltyard.pipelines.alleles.implementations import implementation
from tiltyard.pipelines.alleles.merging import merged
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.spreading.spread import MULTIPROCESSING, PROCESSES, THREADS, Spread

if TYPE_CHECKING:
    from concurrent.futures import Future

#: Blocks of a file, each with the number of its first site.
Parts = Sequence[tuple[int, Sequence[Site]]]
#: Function of the number of a file and of blocks of it, which has a worker count them.
Submit = Callable[[int, Parts], "Future[Counts]"]


@dataclass(frozen=True)
class Given:
    """What all workers get once.

    Parameters
    ----------
    alignments : sequence of Alignment
    implementations : sequence of str
        Of each file.
    options : Options
    """

    alignments: Sequence[Alignment]
    implementations: Sequence[str]
    options: Options

    def count(self, file: int, parts: Parts) -> Counts:
        """Counts of some blocks of a file, each with the number of its first site."""
        count = implementation(self.implementations[file]).count
        found = []
        for first, sites in parts:
            if _stopped.is_set():
                raise InterruptedError("counting was stopped")
            found.append((first, count(self.alignments[file], sites, self.options)))
        return merged(found)


#: Tells threads that nobody waits for their counts any more.
_stopped = threading.Event()


@contextmanager
def workers(spread: Spread, given: Given) -> Iterator[Submit]:
    """Workers of a backend; none is left when the context ends, in whatever way.

    Each has a thread here: it counts itself, or it waits for its process.

    Raises
    ------
    ModuleNotFoundError
        joblib is not installed, and the backend is ``processes``.
    """
    # One worker alone needs none of it, which takes a while to import.
    from concurrent.futures import ThreadPoolExecutor

    if spread.backend == THREADS:
        _stopped.clear()
        count, stop = given.count, _stopped.set
    else:
        from tiltyard.pipelines.team import Team  # which imports multiprocessing

        team = Team(
            *(spread.workers, _counting, given),
            context=_context(spread.backend),
            remedy="nothing was counted wrong, but this run cannot go on. Run again with fewer "
            "workers, or with the backend threads",
        )
        count, stop = (lambda file, parts: team.ask((file, parts))), team.kill
    executor = ThreadPoolExecutor(spread.workers)
    try:
        yield lambda file, parts: executor.submit(count, file, parts)
    finally:
        stop()
        executor.shutdown(cancel_futures=True)
        _stopped.clear()


def _counting(given: Given) -> Callable[[tuple[int, Parts]], Counts]:
    """What a worker process does."""
    return lambda item: given.count(*item)


def _context(backend: str) -> Any:
    """What starts the processes of a backend."""
    if backend == MULTIPROCESSING:
        import multiprocessing

        return multiprocessing.get_context("fork")
    try:
        from joblib.externals.loky.backend import get_context
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"the backend {PROCESSES} needs joblib: pip install joblib, or choose {MULTIPROCESSING}"
        ) from error
    return get_context("loky")
