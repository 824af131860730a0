"""Pairs of reads of one contig: where they lie, their flags, bases and qualities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.simulating.design import Design
from tiltyard.pipelines.alleles.simulating.haplotype import Haplotype, Numbers, align
from tiltyard.pipelines.alleles.simulating.planting import Codes, Planted

#: Base qualities of a sequencer that bins them, and of 256 bases how many have which.
QUALITIES = np.repeat(np.array([37, 23, 12, 2], np.uint8), [205, 33, 13, 5])
#: Mapping qualities, and of 256 reads how many have which.
MAPQS = np.repeat(np.array([60, 37, 20, 19, 3, 0], np.uint8), [220, 16, 4, 4, 6, 6])
PAIRED, PROPER, REVERSE, MATE_REVERSE, READ1, READ2 = 0x1, 0x2, 0x10, 0x20, 0x40, 0x80
#: Flags that are set now and then, and of how many: first those of whole pairs.
PAIR_FLAGS = {0x400: 0.02, 0x200: 0.005}
READ_FLAGS = {0x100: 0.004, 0x800: 0.004}
#: Share of the wrong bases that were not read at all.
UNREAD = 0.05
#: Reads that are in memory with their bases at a time.
CHUNK = 50_000


@dataclass(frozen=True)
class Placed:
    """Reads, sorted by start; all arrays have a row a read.

    Parameters
    ----------
    begin : (reads,)
        First base on the contig or, of a carrier, on the haplotype.
    carrier : (reads,)
        Whether it is of the haplotype.
    start, end, first, last, clipped_left, clipped_right : (reads,)
        As in `haplotype.Aligned`.
    pair : (reads,)
        Number of its pair.
    flag, mapq : (reads,)
    mate, template : (reads,)
        Start of the other read, and the pair's length with its sign.
    spot : (reads,)
        Where in a repeat its insertion or deletion is, 0 to below 1 of the room.
    """

    begin: Numbers
    carrier: NDArray[np.bool_]
    start: Numbers
    end: Numbers
    first: Numbers
    last: Numbers
    clipped_left: Numbers
    clipped_right: Numbers
    pair: Numbers
    flag: Numbers
    mapq: Numbers
    mate: Numbers
    template: Numbers
    spot: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.begin)

    def at(self, rows: slice | NDArray[np.int64]) -> Placed:
        """Some of the reads."""
        return Placed(*(getattr(self, field.name)[rows] for field in fields(self)))


def place(design: Design, haplotype: Haplotype, pairs: int, rng: np.random.Generator) -> Placed:
    """Draw the fragments of `pairs` pairs and where their two ends align."""
    length = design.read_length
    size = np.clip(rng.normal(2 * length, length / 4, pairs), length, 4 * length).astype(np.int64)
    carrier = rng.random(pairs) < design.fraction
    bases = np.where(carrier, len(haplotype.sequence), design.contig_length)
    left = (rng.random(pairs) * (bases - size + 1)).astype(np.int64)
    begin = np.concatenate([left, left + size - length])
    both = np.concatenate([carrier, carrier])
    aligned = align(haplotype.gaps, begin, length)
    start = np.where(both, aligned.start, begin)
    end = np.where(both, aligned.end, begin + length)
    nothing = np.zeros_like(begin)
    template = np.maximum(end[:pairs], end[pairs:]) - np.minimum(start[:pairs], start[pairs:])
    placed = Placed(
        begin=begin,
        carrier=both,
        start=start,
        end=end,
        first=np.where(both, aligned.first, nothing),
        last=np.where(both, aligned.last, nothing),
        clipped_left=np.where(both, aligned.clipped_left, nothing),
        clipped_right=np.where(both, aligned.clipped_right, nothing),
        pair=np.tile(np.arange(pairs), 2),
        flag=_flags(pairs, rng),
        mapq=MAPQS[rng.integers(0, 256, 2 * pairs, dtype=np.uint8)].astype(np.int64),
        mate=np.concatenate([start[pairs:], start[:pairs]]),
        template=np.concatenate([template, -template]),
        spot=_spots(design, 2 * pairs, rng),
    )
    return placed.at(np.argsort(start, kind="stable"))


def _flags(pairs: int, rng: np.random.Generator) -> Numbers:
    """Flags of the left reads and of the right ones; which is read 1 is drawn."""
    swapped = rng.random(pairs) < 0.5
    left = PAIRED + PROPER + MATE_REVERSE + np.where(swapped, READ2, READ1)
    right = PAIRED + PROPER + REVERSE + np.where(swapped, READ1, READ2)
    for bit, share in PAIR_FLAGS.items():
        drawn = np.where(rng.random(pairs) < share, bit, 0)
        left, right = left | drawn, right | drawn
    flag = np.concatenate([left, right])
    for bit, share in READ_FLAGS.items():
        flag |= np.where(rng.random(2 * pairs) < share, bit, 0)
    return flag


def _spots(design: Design, reads: int, rng: np.random.Generator) -> NDArray[np.float64]:
    if design.placement == "any":
        return rng.random(reads)
    return np.full(reads, 0.0 if design.placement == "left" else np.nextafter(1, 0))


@dataclass(frozen=True)
class Chunk:
    """Some reads with what was read.

    Parameters
    ----------
    placed : Placed
    bases, qualities : (reads, bases of a read)
        Codes 0 to 4, and qualities.
    """

    placed: Placed
    bases: Codes
    qualities: NDArray[np.uint8]


def read(
    design: Design,
    planted: Planted,
    haplotype: Haplotype,
    placed: Placed,
    rng: np.random.Generator,
) -> Iterator[Chunk]:
    """Read the bases of `placed`, with errors, `CHUNK` reads at a time."""
    length = design.read_length
    plain = sliding_window_view(planted.sequence, length)
    carried = sliding_window_view(haplotype.sequence, length)
    for done in range(0, len(placed), CHUNK):
        part = placed.at(slice(done, done + CHUNK))
        bases = np.empty((len(part), length), np.uint8)
        bases[~part.carrier] = plain[part.begin[~part.carrier]]
        bases[part.carrier] = carried[part.begin[part.carrier]]
        qualities = QUALITIES[rng.integers(0, 256, bases.shape, dtype=np.uint8)]
        _misread(bases, qualities, design.errors, rng)
        yield Chunk(part, bases, qualities)


def _misread(
    bases: Codes, qualities: NDArray[np.uint8], share: float, rng: np.random.Generator
) -> None:
    """Make `share` of the bases wrong, in place; a base that was not read has quality 2."""
    flat, marks = bases.reshape(-1), qualities.reshape(-1)
    wrong = np.unique(rng.integers(0, len(flat), rng.binomial(len(flat), share)))
    flat[wrong] = (flat[wrong] + rng.integers(1, 4, len(wrong), dtype=np.uint8)) % 4
    unread = wrong[rng.random(len(wrong)) < UNREAD]
    flat[unread], marks[unread] = 4, 2
