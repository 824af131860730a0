"""Taking reads in the order of their starts, and merging them with the sorted sites."""

# Two comparisons are compiled better than a search in a tuple.
# ruff: noqa: SIM109

from __future__ import annotations

from tiltyard.pipelines.alleles.compiled.classifying import (
    LOW_QUALITY,
    NOT_OBSERVED,
    REASON_BITS,
    SHOWS_ALT,
    SHOWS_REF,
    classify,
)
from tiltyard.pipelines.alleles.compiled.closing import add, close_first
from tiltyard.pipelines.alleles.compiled.layout import (
    DELETION,
    DROPPED_FLAGS,
    FINE,
    FIRST,
    FORWARD_BIT,
    FRAGMENT_BIT,
    GROUP,
    GROUP_BIT,
    GROUP_REASONS,
    GROUPS,
    HASH,
    HEAD,
    HEADS,
    HELD,
    INSERTION,
    KIND,
    LAST,
    LAST_START,
    LETTERS,
    MIN_MAPQ,
    MIN_QUALITY,
    MOVED,
    NEWEST,
    NEXT,
    NO_IMPROPER,
    NO_INDELS,
    OBSERVATION,
    OBSERVATION_CAPACITY,
    OBSERVATION_COUNT,
    OBSERVATIONS,
    POSITION,
    QUALITY_BIT,
    SEEN,
    SITE,
    SITE_COUNT,
    SITES,
    UNSORTED,
    WITHOUT_FRAGMENT,
    WORD,
)
from tiltyard.pipelines.alleles.compiled.reading import skip
from tiltyard.pipelines.alleles.compiled.shifting import shifted
from tiltyard.pipelines.alleles.counts import REASONS
from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import free, get, malloc, put

UNMAPPED, REVERSE = 0x4, 0x10
_PAIRED, _PROPER = 0x1, 0x2
_MAPQ, _NO_BASES, _IMPROPER, _INDEL = (
    REASONS.index(name) for name in ("mapq", "no_bases", "improper_pair", "indel")
)
#: No reason: the read counts.
_COUNTS = -1


@part
def advance(state: int, start: int) -> int:
    """Close the sites before `start`, where the next read begins; `UNSORTED` if it goes back."""
    if start < get(state + LAST_START):
        return UNSORTED
    put(state + LAST_START, start)
    sites, count = get(state + SITES), get(state + SITE_COUNT)
    while get(state + FIRST) < count:
        if get(sites + SITE * get(state + FIRST) + POSITION) >= start:
            break
        close_first(state)
    if get(state + FIRST) > get(state + LAST):  # no open site has an observation
        put(state + OBSERVATION_COUNT, 0)
    return FINE


@inlined
def next_position(state: int) -> int:
    """Position of the first open site; -1 if all are closed."""
    first = get(state + FIRST)
    if first == get(state + SITE_COUNT):
        return -1
    return get(get(state + SITES) + SITE * first + POSITION)


@inlined
def meets(state: int, end: int) -> bool:
    """Whether a read that ends before `end` reaches the first open site."""
    first = get(state + FIRST)
    if first == get(state + SITE_COUNT):
        return False
    return get(get(state + SITES) + SITE * first + POSITION) < end


@part
def _dropped(state: int, flag: int, mapq: int, length: int, indel: int) -> int:
    """The first reason why a read does not count, or `_COUNTS`."""
    found = flag & get(state + DROPPED_FLAGS)
    if found:
        if found & 0x4:
            return 0
        if found & 0x100:
            return 1
        if found & 0x200:
            return 2
        return 3 if found & 0x400 else 4
    if mapq < get(state + MIN_MAPQ):
        return _MAPQ
    if length == 0:
        return _NO_BASES
    if get(state + NO_IMPROPER) and flag & (_PAIRED | _PROPER) == _PAIRED:
        return _IMPROPER
    if get(state + NO_INDELS) and indel:
        return _INDEL
    return _COUNTS


@part
def take(
    state: int,
    start: int,
    end: int,
    flag: int,
    mapq: int,
    cigar: int,
    operations: int,
    indel: int,
    bases: int,
    length: int,
    qualities: int,
    group: int,
    fragment: int,
    has_fragment: int,
) -> None:
    """Take a read that meets the first open site, for all sites that it meets."""
    sites, count = get(state + SITES), get(state + SITE_COUNT)
    reasons = get(state + GROUPS) + GROUP * group + GROUP_REASONS
    reason = _dropped(state, flag, mapq, length, indel)
    v = get(state + FIRST)
    if reason != _COUNTS:
        while v < count and get(sites + SITE * v + POSITION) < end:
            add(reasons + WORD * reason, 1)
            v += 1
        return
    forward = 0 if flag & REVERSE else 1
    about = forward << FORWARD_BIT | has_fragment << FRAGMENT_BIT | group << GROUP_BIT
    least = get(state + MIN_QUALITY)
    shifts = indel and get(state + LETTERS) != 0
    k, at, i = 0, start, 0
    moved, moved_k, moved_at, moved_i = -1, 0, start, 0
    while v < count:
        site = sites + SITE * v
        position = get(site + POSITION)
        if position >= end:
            break
        is_indel = get(site + KIND) == INSERTION or get(site + KIND) == DELETION
        if shifts and is_indel:
            if moved < 0:
                moved = shifted(state, cigar, operations, bases, start)
            here = get(state + MOVED)
            moved_k, moved_at, moved_i = skip(here, moved, moved_k, moved_at, moved_i, position)
            found = classify(
                state,
                site,
                here,
                moved,
                moved_k,
                moved_at,
                moved_i,
                bases,
                qualities,
                start,
                end,
            )
        else:
            k, at, i = skip(cigar, operations, k, at, i, position)
            found = classify(state, site, cigar, operations, k, at, i, bases, qualities, start, end)
        reason, quality = found & ((1 << REASON_BITS) - 1), found >> REASON_BITS
        if (reason == SHOWS_REF or reason == SHOWS_ALT) and not is_indel and quality < least:
            reason = LOW_QUALITY
        add(reasons + WORD * reason, 1)
        if reason != NOT_OBSERVED:
            _keep(state, v, fragment, reason | about | quality << QUALITY_BIT)
        v += 1


@part
def _keep(state: int, v: int, fragment: int, seen: int) -> None:
    """Add an observation to the `v`-th site's."""
    k = get(state + OBSERVATION_COUNT)
    if k == get(state + OBSERVATION_CAPACITY):
        _compact(state)
        k = get(state + OBSERVATION_COUNT)
    if (seen >> FRAGMENT_BIT) & 1 == 0:
        add(state + WITHOUT_FRAGMENT, 1)
    head = get(state + HEADS) + HEAD * v
    observation = get(state + OBSERVATIONS) + OBSERVATION * k
    put(observation + HASH, fragment)
    put(observation + SEEN, seen)
    put(observation + NEXT, get(head + NEWEST))
    put(head + NEWEST, k)
    add(head + HELD, 1)
    put(state + OBSERVATION_COUNT, k + 1)
    put(state + LAST, max(v, get(state + LAST)))


@part
def _compact(state: int) -> None:
    """Keep the observations of open sites, in a larger table if they take more than half of it."""
    first, last, heads = get(state + FIRST), get(state + LAST), get(state + HEADS)
    before, capacity = get(state + OBSERVATIONS), get(state + OBSERVATION_CAPACITY)
    held = 0
    for v in range(first, last + 1):
        held += get(heads + HEAD * v + HELD)
    if 2 * held > capacity:
        capacity *= 2
    table, used = malloc(OBSERVATION * capacity), 0
    for v in range(first, last + 1):
        head = heads + HEAD * v
        k = get(head + NEWEST)
        put(head + NEWEST, -1)
        while k >= 0:
            old, new = before + OBSERVATION * k, table + OBSERVATION * used
            put(new + HASH, get(old + HASH))
            put(new + SEEN, get(old + SEEN))
            put(new + NEXT, get(head + NEWEST))
            put(head + NEWEST, used)
            used += 1
            k = get(old + NEXT)
    free(before)
    put(state + OBSERVATIONS, table)
    put(state + OBSERVATION_CAPACITY, capacity)
    put(state + OBSERVATION_COUNT, used)
