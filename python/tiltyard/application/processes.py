"""Estimates of several series at once, in processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar

from tiltyard.application.options import in_a_shell, is_in_a_shell
from tiltyard.engine.machine.threads import on_one_thread, start_one_thread

Item = TypeVar("Item")
Result = TypeVar("Result")


def checked_jobs(jobs: Any) -> int:
    """The number of processes.

    Raises
    ------
    ValueError
        If it is no whole number from 1.
    """
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise ValueError(f"jobs={jobs!r}: give a number of processes, 1 or more")
    return jobs


def each(call: Callable[[Item], Result], items: Sequence[Item], jobs: int = 1) -> Iterator[Result]:
    """What `call` makes of each item, in their sequence, as soon as it is there.

    The results are the same for any number of processes: each item brings what decides its own.

    Parameters
    ----------
    call : callable
        Of a module, so that another process can import it.
    items : sequence
        What can be pickled, if there is more than one process.
    jobs : int
        Processes; 1 stays in this one.
    """
    if min(jobs, len(items)) <= 1:
        yield from map(call, items)
        return
    from joblib import Parallel, delayed

    # Arrays are copied: as files in common they could not be written to.
    pool = Parallel(min(jobs, len(items)), return_as="generator", max_nbytes=None)
    shell = is_in_a_shell()
    yield from pool(delayed(_alone)(call, item, shell) for item in items)


def _alone(call: Callable[[Item], Result], item: Item, shell: bool) -> Result:
    """The call in a process that was started for it: it knows nothing of who asks."""
    start_one_thread()
    with on_one_thread(), in_a_shell() if shell else nullcontext():
        return call(item)
