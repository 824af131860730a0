"""Whether names are those of mates."""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import get, u8

_TAB, _SPACE, _SLASH, _ONE, _TWO = 9, 32, 47, 49, 50


@inlined
def _id_length(name: int, length: int) -> int:
    """Bytes of a name up to the first blank, without one final ``/1`` or ``/2``."""
    end = 0
    while end < length and u8(name + end) != _SPACE and u8(name + end) != _TAB:
        end += 1
    if end >= 2 and u8(name + end - 2) == _SLASH:
        last = u8(name + end - 1)
        if last in (_ONE, _TWO):
            end -= 2
    return end


@part
def first_unpaired(
    text: int, starts: int, lengths: int, count: int, other: int, other_starts: int, others: int
) -> int:
    """The first row whose two names are not those of mates; `count` if there is none.

    `others` is the address of the lengths of the other names.
    """
    for row in range(count):
        one, two = text + get(starts + 8 * row), other + get(other_starts + 8 * row)
        length = _id_length(one, get(lengths + 8 * row))
        if length != _id_length(two, get(others + 8 * row)):
            return row
        for byte in range(length):
            if u8(one + byte) != u8(two + byte):
                return row
    return count
