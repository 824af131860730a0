"""Beginning and ending of counting: the tables that one unit of work needs."""

from __future__ import annotations

from tiltyard.pipelines.alleles.compiled import groups
from tiltyard.pipelines.alleles.compiled.closing import close_first
from tiltyard.pipelines.alleles.compiled.layout import (
    AS_TEXT,
    FIRST,
    FRAGMENT_CAPACITY,
    FRAGMENTS,
    GIVEN_GROUP,
    GIVEN_GROUP_COUNT,
    GIVEN_GROUPS,
    GIVEN_LENGTH,
    GIVEN_NUMBER,
    GIVEN_TEXT,
    GROUP,
    GROUP_CAPACITY,
    GROUP_COUNT,
    GROUP_SLOT_COUNT,
    GROUP_SLOTS,
    GROUPS,
    HEAD,
    HEADS,
    LAST,
    LAST_START,
    MOVED,
    MOVED_CAPACITY,
    NEWEST,
    OBSERVATION,
    OBSERVATION_CAPACITY,
    OBSERVATIONS,
    ROW,
    ROW_CAPACITY,
    ROWS,
    SCRATCH,
    SITE_COUNT,
    SLOT,
    TEXT,
    TEXT_CAPACITY,
    VALUE_SLOT,
)
from tiltyard.pipelines.alleles.compiled.tags import DIGITS
from tiltyard.pipelines.native.compiling import part
from tiltyard.pipelines.native.memory import calloc, get, malloc, put

#: Capacities at the beginning, powers of two; all grow.
_OBSERVATIONS, _FRAGMENTS, _OPERATIONS, _GROUPS, _GROUP_SLOTS, _TEXT = 4096, 256, 256, 4, 16, 256


@part
def begin(state: int) -> None:
    """Make empty tables, and enter the groups that are given."""
    sites = get(state + SITE_COUNT)
    put(state + FIRST, 0)
    put(state + LAST, -1)
    put(state + LAST_START, -1)
    heads = calloc(sites + 1, HEAD)
    for k in range(sites):
        put(heads + HEAD * k + NEWEST, -1)
    put(state + HEADS, heads)
    put(state + OBSERVATIONS, malloc(_OBSERVATIONS * OBSERVATION))
    put(state + OBSERVATION_CAPACITY, _OBSERVATIONS)
    put(state + FRAGMENTS, calloc(_FRAGMENTS, SLOT))
    put(state + FRAGMENT_CAPACITY, _FRAGMENTS)
    put(state + MOVED, malloc(4 * _OPERATIONS))
    put(state + MOVED_CAPACITY, _OPERATIONS)
    put(state + ROWS, malloc((sites + 1) * ROW))
    put(state + ROW_CAPACITY, sites + 1)
    put(state + GROUPS, calloc(_GROUPS, GROUP))
    put(state + GROUP_CAPACITY, _GROUPS)
    put(state + GROUP_COUNT, 1)
    put(state + GROUP_SLOTS, calloc(_GROUP_SLOTS, VALUE_SLOT))
    put(state + GROUP_SLOT_COUNT, _GROUP_SLOTS)
    put(state + TEXT, malloc(_TEXT))
    put(state + TEXT_CAPACITY, _TEXT)
    put(state + SCRATCH, malloc(DIGITS))
    for k in range(get(state + GIVEN_GROUP_COUNT)):
        given = get(state + GIVEN_GROUPS) + GIVEN_GROUP * k
        groups.enter(
            state,
            get(given + GIVEN_TEXT),
            get(given + GIVEN_LENGTH),
            AS_TEXT,
            get(given + GIVEN_NUMBER),
        )


@part
def finish(state: int) -> None:
    """Close the sites that are left."""
    while get(state + FIRST) < get(state + SITE_COUNT):
        close_first(state)
