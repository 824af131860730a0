"""Which rank and worker have a record, and the order in which records come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from tiltyard.pipelines.reads.rule.drawing import below, hashed, key

Item = TypeVar("Item")
#: Label of the draws of shuffling.
LABEL = "shuffle/0"


def owner(file: int, record: int, ranks: int, workers: int = 1, unit: int = 1) -> tuple[int, int]:
    """Rank and worker of a record."""
    number = record // unit + file
    return number % ranks, number // ranks % workers


def shuffled(
    items: Iterable[Item], capacity: int, seed: int, epoch: int, rank: int = 0
) -> Iterator[Item]:
    """Items through a buffer of `capacity`: each that comes sends a drawn one out."""
    if capacity <= 1:
        yield from items
        return
    own = key(seed, epoch, hashed(LABEL), rank, 0)
    buffer: list[Item] = []
    draws = 0
    for item in items:
        if len(buffer) < capacity:
            buffer.append(item)
            continue
        slot = below(own, draws, capacity)
        draws += 1
        yield buffer[slot]
        buffer[slot] = item
    while buffer:
        slot = below(own, draws, len(buffer))
        draws += 1
        buffer[slot], buffer[-1] = buffer[-1], buffer[slot]
        yield buffer.pop()


def batches(items: Sequence[Item], size: int, drop_last: bool = False) -> Iterator[Sequence[Item]]:
    """Batches of `size`; the last may be shorter, or is dropped."""
    for start in range(0, len(items), size):
        batch = items[start : start + size]
        if len(batch) == size or not drop_last:
            yield batch


def stepped(epochs: Iterable[Sequence[Item]], size: int, steps: int) -> Iterator[Sequence[Item]]:
    """Exactly `steps` batches, going on in the next epoch; none crosses from one to the next."""
    left = steps
    for items in epochs:
        for batch in batches(items, size):
            if not left:
                return
            yield batch
            left -= 1


def evened(ranks: Sequence[Sequence[Item]], how: str) -> list[list[tuple[Item, bool]]]:
    """Items of each rank with whether they are repeated.

    Cut to the shortest rank's number (``drop``), or filled from a rank's own start to the longest
    one's (``repeat``).
    """
    sizes = [len(rank) for rank in ranks]
    count = min(sizes) if how == "drop" else max(sizes)
    return [[(rank[n % len(rank)], n >= len(rank)) for n in range(count)] for rank in ranks]
