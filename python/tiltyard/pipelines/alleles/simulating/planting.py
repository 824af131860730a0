"""A random contig and the variants that are planted on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.simulating.design import MARGIN, ROOM, Design

#: Letters of the bases' codes; 4 is a base that was not read.
LETTERS = np.frombuffer(b"ACGTN", np.uint8)
#: Longest allele: an anchor and twice the longest unit of a repeat.
LONGEST = 9
#: Bases by which anything may shift in its repeat without leaving its room.
SHIFT = 20

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Planted:
    """Variants of one contig, sorted by position.

    Parameters
    ----------
    sequence : (bases,)
        Codes of the contig, 0 to 3.
    kind : (variants,)
        Class of each.
    position : (variants,)
        0-based; of an insertion or a deletion the base before it. They are left-aligned.
    ref, alt : (variants, LONGEST)
        Codes of the alleles, filled up with 4.
    ref_length, alt_length : (variants,)
    room : (variants,)
        Bases by which an insertion or a deletion can shift to the right.
    """

    sequence: Codes
    kind: NDArray[np.str_]
    position: NDArray[np.int64]
    ref: Codes
    alt: Codes
    ref_length: NDArray[np.int64]
    alt_length: NDArray[np.int64]
    room: NDArray[np.int64]

    def alleles(self, index: int) -> tuple[str, str]:
        """REF and ALT of a variant in letters."""
        return (
            LETTERS[self.ref[index, : self.ref_length[index]]].tobytes().decode(),
            LETTERS[self.alt[index, : self.alt_length[index]]].tobytes().decode(),
        )


@dataclass
class _Variant:
    kind: str
    position: int
    ref: Codes
    alt: Codes
    room: int = 0


def plant(design: Design, count: int, rng: np.random.Generator) -> Planted:
    """Draw a contig and plant `count` variants on it, each in a slot of its own."""
    sequence = rng.integers(0, 4, design.contig_length, dtype=np.uint8)
    slot = design.region // max(count, 1)
    first = MARGIN + (design.contig_length - 2 * MARGIN - design.region) // 2
    variants = []
    for index in range(count):
        kind = design.classes[index % len(design.classes)] if slot >= ROOM else "snp"
        variants.append(_draw(kind, sequence, first + index * slot, slot, design.repeats, rng))
    width = LONGEST if any(len(v.ref) + len(v.alt) > 2 for v in variants) else 1
    ref, alt = (np.full((count, width), 4, np.uint8) for _ in range(2))
    for row, variant in enumerate(variants):
        ref[row, : len(variant.ref)] = variant.ref
        alt[row, : len(variant.alt)] = variant.alt
    return Planted(
        sequence=sequence,
        kind=np.array([v.kind for v in variants], dtype="U9"),
        position=_numbers([v.position for v in variants]),
        ref=ref,
        alt=alt,
        ref_length=_numbers([len(v.ref) for v in variants]),
        alt_length=_numbers([len(v.alt) for v in variants]),
        room=_numbers([v.room for v in variants]),
    )


def _draw(
    kind: str, sequence: Codes, first: int, slot: int, repeats: bool, rng: np.random.Generator
) -> _Variant:
    if slot < ROOM:
        return _snp(sequence, first + int(rng.integers(0, slot)), rng)
    while True:  # a part of the sequence is drawn anew if its variant could leave the slot
        position = first + SHIFT + 2 + int(rng.integers(0, slot - ROOM + 1))
        if kind in ("insertion", "deletion"):
            variant = _indel(kind, sequence, position, repeats, rng)
        elif kind == "snp":
            variant = _snp(sequence, position, rng)
        else:
            variant = _substitution(kind, sequence, position, rng)
        if _stays(sequence, variant):
            return variant
        sequence[first : first + slot] = rng.integers(0, 4, slot, dtype=np.uint8)


def _snp(sequence: Codes, position: int, rng: np.random.Generator) -> _Variant:
    ref = sequence[position : position + 1].copy()
    return _Variant("snp", position, ref, _others(ref, rng))


def _substitution(kind: str, sequence: Codes, position: int, rng: np.random.Generator) -> _Variant:
    """An MNP or a complex variant, of alleles that differ at both ends: nothing is trimmed."""
    lengths = rng.choice(np.arange(1, 5), 2, replace=False)
    size, other = (int(rng.integers(2, 5)),) * 2 if kind == "mnp" else map(int, lengths)
    ref = sequence[position : position + size].copy()
    alt = rng.integers(0, 4, other, dtype=np.uint8)
    alt[0], alt[-1] = (base[0] for base in (_others(ref[:1], rng), _others(ref[-1:], rng)))
    if other == 1:  # the one base differs from both ends
        alt[0] = rng.choice([base for base in range(4) if base not in (ref[0], ref[-1])])
    return _Variant(kind, position, ref, alt)


def _indel(
    kind: str, sequence: Codes, position: int, repeats: bool, rng: np.random.Generator
) -> _Variant:
    if repeats:
        piece = _write_repeat(sequence, position, rng)
    else:
        piece = rng.integers(0, 4, int(rng.integers(1, 7)), dtype=np.uint8)
        if kind == "insertion":  # left-aligned: its last base differs from the anchor
            piece[-1:] = _others(sequence[position : position + 1], rng)
        else:
            piece = sequence[position + 1 : position + 1 + len(piece)].copy()
    anchor = sequence[position : position + 1].copy()
    both = np.concatenate([anchor, piece])
    behind = position + 1 + (len(piece) if kind == "deletion" else 0)
    room = 0
    while room <= SHIFT and sequence[behind + room] == piece[room % len(piece)]:
        room += 1
    ref, alt = (anchor, both) if kind == "insertion" else (both, anchor)
    return _Variant(kind, position, ref, alt, room)


def _write_repeat(sequence: Codes, position: int, rng: np.random.Generator) -> Codes:
    """Write a repeat of 3 to 14 bases behind `position`; returns one or two of its units."""
    size = int(rng.integers(1, 5))
    unit = rng.integers(0, 4, size, dtype=np.uint8)
    while size > 1 and (unit == np.roll(unit, size // 2)).all():  # a unit of smaller ones
        unit = rng.integers(0, 4, size, dtype=np.uint8)
    times = int(rng.integers(max(2, -(-3 // size)), 14 // size + 1))
    end = position + 1 + times * size
    sequence[position + 1 : end] = np.tile(unit, times)
    sequence[position] = _others(unit[-1:], rng)[0]
    sequence[end] = _others(unit[:1], rng)[0]
    return np.tile(unit, int(rng.integers(1, 3)) if times > 2 else 1)


def _stays(sequence: Codes, variant: _Variant) -> bool:
    """Whether no shift to either side leaves the room, and indels are left-aligned."""
    if variant.kind in ("snp", "mnp"):
        return True
    if variant.kind in ("insertion", "deletion"):
        longer = variant.ref if variant.kind == "deletion" else variant.alt
        return bool(longer[-1] != variant.ref[0]) and variant.room <= SHIFT - len(longer)
    # What reads lack of a longer REF shifts to the left while letters repeat.
    kept, last = min(len(variant.ref), len(variant.alt)), len(variant.ref)
    if kept == last:
        return True
    at = variant.position - 1 - np.arange(SHIFT // 2)
    return bool((sequence[at + kept] != sequence[at + last]).any())


def _others(bases: Codes, rng: np.random.Generator) -> Codes:
    """For each base a different one."""
    return ((bases + rng.integers(1, 4, len(bases))) % 4).astype(np.uint8)


def _numbers(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)
