"""Groups of reads that have rows of their own, told apart by the value of a tag.

Group 0 is of reads without a value. Python enters those that it knows before counting; others get
the next number when their value is first met.
"""

from __future__ import annotations

from tiltyard.pipelines.alleles.compiled.hashing import hashed
from tiltyard.pipelines.alleles.compiled.layout import (
    GROUP,
    GROUP_CAPACITY,
    GROUP_COUNT,
    GROUP_KIND,
    GROUP_LENGTH,
    GROUP_SLOT_COUNT,
    GROUP_SLOTS,
    GROUP_TEXT,
    GROUPS,
    TEXT,
    TEXT_CAPACITY,
    TEXT_COUNT,
    VALUE_GROUP,
    VALUE_HASH,
    VALUE_SLOT,
)
from tiltyard.pipelines.native.compiling import part
from tiltyard.pipelines.native.memory import (
    calloc,
    free,
    get,
    memmove,
    memset,
    put,
    realloc,
)


@part
def make_room(state: int, count: int) -> None:
    """Let there be groups 0 to `count` - 1, new ones with sums of zero."""
    capacity = get(state + GROUP_CAPACITY)
    if count > capacity:
        larger = max(2 * capacity, count)
        table = realloc(get(state + GROUPS), GROUP * larger)
        memset(table + GROUP * capacity, 0, GROUP * (larger - capacity))
        put(state + GROUPS, table)
        put(state + GROUP_CAPACITY, larger)
    put(state + GROUP_COUNT, max(count, get(state + GROUP_COUNT)))


@part
def slot_of(state: int, value: int) -> int:
    """Address of the slot that has the hash `value`, else of the free one where it belongs."""
    slots, last = get(state + GROUP_SLOTS), get(state + GROUP_SLOT_COUNT) - 1
    k = value & last
    while True:
        slot = slots + VALUE_SLOT * k
        if get(slot + VALUE_GROUP) == 0 or get(slot + VALUE_HASH) == value:
            return slot
        k = (k + 1) & last


@part
def _widen(state: int) -> None:
    """Double the number of slots."""
    before, count = get(state + GROUP_SLOTS), get(state + GROUP_SLOT_COUNT)
    put(state + GROUP_SLOTS, calloc(2 * count, VALUE_SLOT))
    put(state + GROUP_SLOT_COUNT, 2 * count)
    for k in range(count):
        slot = before + VALUE_SLOT * k
        if get(slot + VALUE_GROUP) > 0:
            moved = slot_of(state, get(slot + VALUE_HASH))
            put(moved + VALUE_HASH, get(slot + VALUE_HASH))
            put(moved + VALUE_GROUP, get(slot + VALUE_GROUP))
    free(before)


@part
def enter(state: int, text: int, length: int, kind: int, group: int) -> None:
    """Let a value stand for `group`; the first value of a group is kept as its text."""
    if 2 * (get(state + GROUP_COUNT) + 1) > get(state + GROUP_SLOT_COUNT):
        _widen(state)
    value = hashed(text, length) + kind
    slot = slot_of(state, value)
    put(slot + VALUE_HASH, value)
    put(slot + VALUE_GROUP, group)
    used = get(state + TEXT_COUNT)
    if used + length > get(state + TEXT_CAPACITY):
        put(state + TEXT_CAPACITY, 2 * (used + length))
        put(state + TEXT, realloc(get(state + TEXT), 2 * (used + length)))
    memmove(get(state + TEXT) + used, text, length)
    put(state + TEXT_COUNT, used + length)
    make_room(state, group + 1)
    place = get(state + GROUPS) + GROUP * group
    put(place + GROUP_TEXT, used)
    put(place + GROUP_LENGTH, length)
    put(place + GROUP_KIND, kind)


@part
def find(state: int, text: int, length: int, kind: int) -> int:
    """The group of a value, or 0 if it has none yet."""
    return get(slot_of(state, hashed(text, length) + kind) + VALUE_GROUP)
