"""Filters, read by read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tiltyard.pipelines.reads.rule.drawing import Place, hashed, key, limit, word
from tiltyard.pipelines.reads.rule.record import Record
from tiltyard.pipelines.reads.steps import filters
from tiltyard.pipelines.reads.steps.filters import ERRORS, Filter, error_units

#: Letters with a code; all others are ambiguous.
BASES = frozenset(b"ACGTUacgtu")


def qualities_of(record: Record) -> list[int]:
    """Phred qualities."""
    assert record.quality is not None  # a chain that needs them refuses a FASTA
    return [byte - 33 for byte in record.quality]


def mean_arithmetic(step: filters.MeanArithmetic, record: Record, place: Place) -> bool:
    """Σq ≥ m·L; of a read without letters only if m = 0."""
    if not record.quality:
        return step.least <= 0
    return float(sum(qualities_of(record))) >= step.least * len(record.quality)


def mean_error(step: filters.MeanError, record: Record, place: Place) -> bool:
    """ΣE[q] ≤ L·T; of a read without letters only if m = 0."""
    if not record.quality:
        return step.least <= 0
    errors = sum(ERRORS[quality] for quality in qualities_of(record))
    return errors <= len(record.quality) * error_units(step.least)


def min_base(step: filters.MinBase, record: Record, place: Place) -> bool:
    """Every q ≥ m."""
    return all(quality >= step.least for quality in qualities_of(record))


def length(step: filters.Length, record: Record, place: Place) -> bool:
    """A ≤ L ≤ b."""
    size = len(record.sequence)
    return step.least <= size and (step.most is None or size <= step.most)


def max_n(step: filters.MaxN, record: Record, place: Place) -> bool:
    """Count of letters ≤ s·L."""
    if step.letters == "N":
        count = sum(letter in b"Nn" for letter in record.sequence)
    else:
        count = sum(letter not in BASES for letter in record.sequence)
    return count <= step.share * len(record.sequence)


def fraction(step: filters.Fraction, label: str, place: Place) -> bool:
    """A draw of 32 bits < ⌊f·2³²⌋; the epoch is none of its keys."""
    own = key(place.seed, 0, hashed(label), place.file, place.record)
    return word(own, 0) >> 32 < limit(step.share)


def every(step: filters.Every, place: Place) -> bool:
    """Number mod n = 0."""
    return place.record % step.n == 0


_BY_RECORD: dict[type, Callable[[Any, Record, Place], bool]] = {
    filters.MeanArithmetic: mean_arithmetic,
    filters.MeanError: mean_error,
    filters.MinBase: min_base,
    filters.Length: length,
    filters.MaxN: max_n,
}


def keeps(step: Filter, record: Record, place: Place, label: str = "fraction/0") -> bool:
    """Whether a filter that no other read decides keeps a read."""
    if isinstance(step, filters.Fraction):
        return fraction(step, label, place)
    if isinstance(step, filters.Every):
        return every(step, place)
    return _BY_RECORD[type(step)](step, record, place)


def ordered(step: Filter, items: Iterable[tuple[Record, ...]]) -> Iterator[tuple[Record, ...]]:
    """What an ordered filter keeps of reads, or pairs, in their order."""
    met: set[tuple[bytes, ...]] = set()
    for number, item in enumerate(items):
        if isinstance(step, filters.First):
            if number < step.n:
                yield item
            continue
        assert isinstance(step, filters.Dedup)
        sequences = tuple(
            each.sequence.upper() if step.ignore_case else each.sequence for each in item
        )
        if sequences not in met:
            met.add(sequences)
            yield item
