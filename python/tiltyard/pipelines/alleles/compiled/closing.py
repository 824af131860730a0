"""What becomes of a site's observations once no read can reach it any more: its rows."""

from __future__ import annotations

from tiltyard.pipelines.alleles.compiled.classifying import SHOWS_ALT, SHOWS_REF
from tiltyard.pipelines.alleles.compiled.hashing import mixed
from tiltyard.pipelines.alleles.compiled.layout import (
    FIRST,
    FORWARD_BIT,
    FRAGMENT_BIT,
    FRAGMENT_CAPACITY,
    FRAGMENTS,
    GROUP,
    GROUP_BIT,
    GROUP_ROW,
    GROUP_STAMP,
    GROUP_TAG,
    GROUPS,
    HASH,
    HEAD,
    HEADS,
    HELD,
    NEWEST,
    NEXT,
    OBSERVATION,
    OBSERVATIONS,
    QUALITY_BIT,
    ROW,
    ROW_CAPACITY,
    ROW_COUNT,
    ROW_GROUP,
    ROW_SITE,
    ROW_VALUES,
    ROWS,
    SEEN,
    SLOT,
    SLOT_ALT,
    SLOT_HASH,
    SLOT_REF,
    SLOT_STAMP,
    STAMP,
    WORD,
)
from tiltyard.pipelines.alleles.counts import FIELDS
from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import calloc, free, get, memset, put, realloc

(_DEPTH, _REF, _ALT, _FRAGMENTS, _FRAGMENT_REF, _FRAGMENT_ALT) = (
    WORD * FIELDS.index(name)
    for name in (
        *("depth", "ref_count", "alt_count"),
        *("fragment_depth", "fragment_ref", "fragment_alt"),
    )
)
#: A fragment that shows both alleles counts for the one whose best quality is higher by more.
MARGIN = 10
_REASON = (1 << FORWARD_BIT) - 1


@inlined
def add(place: int, number: int) -> None:
    """Add to the number at an address."""
    put(place, get(place) + number)


@part
def close_first(state: int) -> None:
    """Turn the observations of the first open site into rows, and open the next one."""
    site = get(state + FIRST)
    head = get(state + HEADS) + HEAD * site
    held = get(head + HELD)
    stamp = get(state + STAMP) + 1
    put(state + STAMP, stamp)
    if get(state + GROUP_TAG) == 0:
        _row(state, site, 0, stamp)
    if held > 0:
        if 2 * held > get(state + FRAGMENT_CAPACITY):
            _widen(state, 2 * held)
        _count_reads(state, site, get(head + NEWEST), stamp)
        _count_fragments(state, get(head + NEWEST))
    put(state + FIRST, site + 1)


@part
def _widen(state: int, least: int) -> None:
    capacity = get(state + FRAGMENT_CAPACITY)
    while capacity < least:
        capacity *= 2
    free(get(state + FRAGMENTS))
    put(state + FRAGMENTS, calloc(capacity, SLOT))
    put(state + FRAGMENT_CAPACITY, capacity)


@part
def _row(state: int, site: int, group: int, stamp: int) -> int:
    """Offset of the values of a site's row for `group`, which is made if it is new."""
    place = get(state + GROUPS) + GROUP * group
    if get(place + GROUP_STAMP) == stamp:
        return get(place + GROUP_ROW)
    count = get(state + ROW_COUNT)
    if count == get(state + ROW_CAPACITY):
        put(state + ROW_CAPACITY, 2 * count)
        put(state + ROWS, realloc(get(state + ROWS), 2 * count * ROW))
    row = get(state + ROWS) + ROW * count
    memset(row, 0, ROW)
    put(row + ROW_SITE, site)
    put(row + ROW_GROUP, group)
    put(state + ROW_COUNT, count + 1)
    put(place + GROUP_STAMP, stamp)
    put(place + GROUP_ROW, ROW * count + ROW_VALUES)
    return ROW * count + ROW_VALUES


@inlined
def _allele(seen: int) -> int:
    """0 for REF, 1 for ALT, -1 for neither."""
    reason = seen & _REASON
    return 0 if reason == SHOWS_REF else 1 if reason == SHOWS_ALT else -1


@part
def _count_reads(state: int, site: int, newest: int, stamp: int) -> None:
    """Add up reads, and find each one's fragment: its hash gives way to its slot, or to 0."""
    observations = get(state + OBSERVATIONS)
    slots, last = get(state + FRAGMENTS), get(state + FRAGMENT_CAPACITY) - 1
    k = newest
    while k >= 0:
        observation = observations + OBSERVATION * k
        seen = get(observation + SEEN)
        group, forward, allele = seen >> GROUP_BIT, (seen >> FORWARD_BIT) & 1, _allele(seen)
        values = _row(state, site, group, stamp) + get(state + ROWS)
        add(values + _DEPTH, 1)
        add(values + _DEPTH + WORD, forward)
        if allele >= 0:
            counted = values + (_ALT if allele == 1 else _REF)
            add(counted, 1)
            add(counted + WORD, forward)
        slot = 0
        if (seen >> FRAGMENT_BIT) & 1:
            name = get(observation + HASH)
            if group > 0:
                name = mixed(name, group)
            at = (name >> 20) & last
            slot = slots + SLOT * at
            while get(slot + SLOT_STAMP) == stamp and get(slot + SLOT_HASH) != name:
                at = (at + 1) & last
                slot = slots + SLOT * at
            if get(slot + SLOT_STAMP) != stamp:
                put(slot + SLOT_HASH, name)
                put(slot + SLOT_STAMP, stamp)
                put(slot + SLOT_REF, -1)
                put(slot + SLOT_ALT, -1)
                add(values + _FRAGMENTS, 1)
            if allele >= 0:
                best = slot + SLOT_REF + WORD * allele
                put(best, max(get(best), (seen >> QUALITY_BIT) & 255))
        put(observation + HASH, slot)
        k = get(observation + NEXT)


@part
def _count_fragments(state: int, newest: int) -> None:
    """Add each fragment once to its allele."""
    observations = get(state + OBSERVATIONS)
    k = newest
    while k >= 0:
        observation = observations + OBSERVATION * k
        slot = get(observation + HASH)
        if slot != 0:
            ref, alt = get(slot + SLOT_REF), get(slot + SLOT_ALT)
            put(slot + SLOT_REF, -1)  # its other reads find nothing left
            put(slot + SLOT_ALT, -1)
            group = get(state + GROUPS) + GROUP * (get(observation + SEEN) >> GROUP_BIT)
            values = get(group + GROUP_ROW) + get(state + ROWS)
            if ref >= 0 and (alt < 0 or ref > alt + MARGIN):
                add(values + _FRAGMENT_REF, 1)
            elif alt >= 0 and (ref < 0 or alt > ref + MARGIN):
                add(values + _FRAGMENT_ALT, 1)
        k = get(observation + NEXT)
