"""Which worker takes which file."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Literal, get_args

Assignment = Literal["round_robin", "largest_first", "queue", "queue_largest"]
ASSIGNMENTS: tuple[Assignment, ...] = get_args(Assignment)


def assigned(costs: Sequence[int], workers: int, how: Assignment) -> list[deque[int]]:
    """Places of the files that each worker takes, in order; workers may share one queue.

    Parameters
    ----------
    costs : sequence of int
        Letters of each file.
    workers : int
        At most as many as files.
    how : Assignment
        ``round_robin`` deals the files out; ``largest_first`` gives each, by falling cost, to the
        worker that has least; from ``queue`` and ``queue_largest``, by falling cost, a free
        worker takes the next.
    """
    places = range(len(costs))
    falling = sorted(places, key=lambda place: (-costs[place], place))
    if how in ("queue", "queue_largest"):
        shared = deque(places if how == "queue" else falling)
        return [shared] * workers
    found: list[deque[int]] = [deque() for _ in range(workers)]
    if how == "round_robin":
        for place in places:
            found[place % workers].append(place)
        return found
    loads = [0] * workers
    for place in falling:
        least = min(range(workers), key=lambda worker: (loads[worker], worker))
        found[least].append(place)
        loads[least] += costs[place]
    return found
