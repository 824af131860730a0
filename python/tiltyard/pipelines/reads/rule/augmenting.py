"""Augmentations, read by read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tiltyard.pipelines.reads.rule.drawing import Place, below, half, limit
from tiltyard.pipelines.reads.rule.record import Record
from tiltyard.pipelines.reads.steps import augmentations as steps
from tiltyard.pipelines.reads.steps.augmentations import ALPHABETS, Augmentation
from tiltyard.pipelines.reads.steps.filters import HIGHEST

#: Code of each letter that has one.
CODES = {
    letter: code
    for code, letters in enumerate((b"Aa", b"Cc", b"Gg", b"TtUu"))
    for letter in letters
}
#: Bit that tells lower case from upper case.
CASE = 32
_COMPLEMENTS = b"ATTACGGCRYYRSSWWKMMKBVVBDHHDNN"


def complements(alphabet: str) -> bytes:
    """What each byte becomes on the other strand."""
    table = bytearray(range(256))
    others = b"UA" if alphabet == "dna" else b"UAAU"
    letters = _COMPLEMENTS + others
    for letter, other in zip(letters[::2], letters[1::2], strict=True):
        table[letter], table[letter | CASE] = other, other | CASE
    return bytes(table)


COMPLEMENTS = {alphabet: complements(alphabet) for alphabet in ALPHABETS}


def mutate(step: steps.Mutate, label: str, record: Record, place: Place) -> Record:
    """Base j changes if its draw is below the limit, to one of the other three."""
    own, other = place.key(label), place.key(f"{label}/base")
    most, letters = limit(step.probability), ALPHABETS[step.alphabet]
    found = bytearray(record.sequence)
    for j, letter in enumerate(record.sequence):
        if letter in CODES and half(own, j) < most:
            code = (CODES[letter] + 1 + below(other, j, 3)) % 4
            found[j] = letters[code] | (letter & CASE)
    return replace(record, sequence=bytes(found))


def reverse_complement(
    step: steps.ReverseComplement, label: str, record: Record, place: Place
) -> Record:
    """The other strand, where the draw says so."""
    if half(place.key(label), 0) >= limit(step.probability):
        return record
    sequence = record.sequence[::-1].translate(COMPLEMENTS[step.alphabet])
    quality = None if record.quality is None else record.quality[::-1]
    return replace(record, sequence=sequence, quality=quality)


def window(step: steps.Window, label: str, record: Record, place: Place) -> Record:
    """Some of the letters, where there are more."""
    room = len(record.sequence) - step.size
    if room <= 0:
        return record
    start = {"start": 0, "center": room // 2, "end": room}.get(step.at)
    if start is None:
        start = below(place.key(label), 0, room + 1)
    part = slice(start, start + step.size)
    quality = None if record.quality is None else record.quality[part]
    return replace(record, sequence=record.sequence[part], quality=quality)


def uniform(step: steps.Uniform, draw: int, j: int, length: int) -> int:
    """A quality from the least to the most."""
    return step.least + ((draw * (step.most - step.least + 1)) >> 32)


def normal(step: steps.Normal, draw: int, j: int, length: int) -> int:
    """A normally distributed quality."""
    return sum(threshold <= draw for threshold in step.thresholds)


def degrading(step: steps.Degrading, draw: int, j: int, length: int) -> int:
    """A quality around a mean that changes along the read."""
    way = (step.last - step.first) * j / max(length - 1, 1)
    noise = sum(threshold <= draw for threshold in step.thresholds) - HIGHEST
    return min(max(math.floor(step.first + way + 0.5) + noise, 0), HIGHEST)


_READS: dict[type, Callable[[Any, str, Record, Place], Record]] = {
    steps.Mutate: mutate,
    steps.ReverseComplement: reverse_complement,
    steps.Window: window,
}
_QUALITIES: dict[type, Callable[[Any, int, int, int], int]] = {
    steps.Uniform: uniform,
    steps.Normal: normal,
    steps.Degrading: degrading,
}


def augmented(step: Augmentation, label: str, record: Record, place: Place) -> Record:
    """A read after an augmentation, whose draws have a label."""
    if type(step) in _READS:
        return _READS[type(step)](step, label, record, place)
    simulate, own, length = _QUALITIES[type(step)], place.key(label), len(record.sequence)
    values = (simulate(step, half(own, j), j, length) for j in range(length))
    return replace(record, quality=bytes(33 + value for value in values))
