"""Mates of pairs: two files, or one in which they follow each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tiltyard.pipelines.reads.faults import ReadError, shown
from tiltyard.pipelines.reads.rule.record import Record

Pair = tuple[Record, Record]
#: Rules of which pairs fall: when either mate, both, the first or the second is refused.
RULES = ("any", "both", "1", "2")


def pair_id(record: Record) -> bytes:
    """What two mates have in common: the id without one final ``/1`` or ``/2``."""
    return record.id[:-2] if record.id.endswith((b"/1", b"/2")) else record.id


def pairs_of(
    first: Iterable[Record], second: Iterable[Record], files: tuple[str, str]
) -> Iterator[Pair]:
    """Pairs of the records of two files.

    Raises
    ------
    ReadError
        After all whole pairs, the first fault in reading order: mate 1, then mate 2, of each pair.
    """
    mates = (iter(first), iter(second))
    record = 0
    while True:
        record += 1
        one, two = (next(each, None) for each in mates)
        if one is None and two is None:
            return
        if one is None or two is None:
            alone = one or two
            assert alone is not None
            raise without_mate(files[one is None], record, alone)
        check_names(files[1], record, one, two)
        yield one, two


def interleaved(records: Iterable[Record], file: str) -> Iterator[Pair]:
    """Pairs of records that follow each other; errors have the record's own number in the file.

    Raises
    ------
    ReadError
        After all whole pairs.
    """
    left = iter(records)
    record = 0
    for one in left:
        record += 2
        two = next(left, None)
        if two is None:
            raise without_mate(file, record - 1, one)
        check_names(file, record, one, two)
        yield one, two


def without_mate(file: str, record: int, alone: Record) -> ReadError:
    """The error about a record that has no mate."""
    words = f"{shown(alone.name)} has no mate; there are more reads of the one than of the other"
    return ReadError(file, record, alone.line, alone.offset, "pair_count", words)


def check_names(file: str, record: int, one: Record, two: Record) -> None:
    """Raise `ReadError` at mate 2 if the two are no mates."""
    if pair_id(one) != pair_id(two):
        words = f"{shown(two.name)} is no mate of {shown(one.name)}; are both files in one order?"
        raise ReadError(file, record, two.line, two.offset, "pair_name", words)


def keeps_pair(first: bool, second: bool, rule: str) -> bool:
    """Whether a pair is kept of whose mates the filters keep the `first` and the `second`."""
    return {"any": first and second, "both": first or second, "1": first, "2": second}[rule]
