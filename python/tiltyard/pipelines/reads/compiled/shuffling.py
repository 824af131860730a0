"""The order in which a buffer of drawn slots sends out what comes."""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import part
from tiltyard.pipelines.native.memory import get, put
from tiltyard.pipelines.reads.compiled.drawing import below


@part
def exchange(
    items: int, count: int, slots: int, capacity: int, key: int, draws: int, out: int
) -> int:
    """Put `count` numbers into a full buffer, each for a drawn one, which is written to `out`."""
    for number in range(count):
        slot = slots + 8 * below(key, draws + number, capacity)
        put(out + 8 * number, get(slot))
        put(slot, get(items + 8 * number))
    return 0


@part
def empty(slots: int, filled: int, key: int, draws: int, out: int) -> int:
    """Write all numbers of a buffer to `out` in drawn order, the last one taking a drawn place."""
    for number in range(filled):
        left = filled - number
        slot = slots + 8 * below(key, draws + number, left)
        put(out + 8 * number, get(slot))
        put(slot, get(slots + 8 * (left - 1)))
    return 0
