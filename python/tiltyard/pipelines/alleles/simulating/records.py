"""BAM records from arrays, all of a chunk at once (SAM/BAM specification, section 4.2)."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.simulating.haplotype import Gaps, Numbers
from tiltyard.pipelines.alleles.simulating.reads import Chunk, Placed

#: Four-bit codes of A, C, G, T, N.
NIBBLES = np.array([1, 2, 4, 8, 15], np.uint8)
MATCH, INSERTION, DELETION, CLIP = 0, 1, 2, 4
#: Bytes of a name: a letter, digits, and the zero that ends it.
NAME = 13
#: Shift to the number of a bin, and the first bin, of each level of the index.
BINS = ((26, 1), (23, 9), (20, 73), (17, 585), (14, 4681))


def header(contigs: dict[str, int], sample: str) -> bytes:
    """Header of a sorted file of one sample."""
    lines = ["@HD\tVN:1.6\tSO:coordinate"]
    lines += [f"@SQ\tSN:{name}\tLN:{length}" for name, length in contigs.items()]
    lines += [f"@RG\tID:{sample}\tSM:{sample}\tPL:ILLUMINA"]
    text = "".join(f"{line}\n" for line in lines).encode()
    parts = [b"BAM\1", struct.pack("<i", len(text)), text, struct.pack("<i", len(contigs))]
    for name, length in contigs.items():
        parts += [struct.pack("<i", len(name) + 1), name.encode(), b"\0", struct.pack("<i", length)]
    return b"".join(parts)


def encode(chunk: Chunk, gaps: Gaps, contig: int, first_pair: int, sample: str) -> bytes:
    """Records of a chunk of reads on contig number `contig`."""
    placed, count = chunk.placed, len(chunk.placed)
    operations, number = cigars(placed, gaps, chunk.bases.shape[1])
    fixed = _fixed(placed, number, contig, chunk.bases.shape[1])
    tag = np.frombuffer(b"RGZ" + sample.encode() + b"\0", np.uint8)
    parts = [
        fixed.view(np.uint8).reshape(count, -1),
        _names(placed.pair + first_pair),
        operations.astype("<u4").view(np.uint8).reshape(count, -1),
        _packed(chunk.bases),
        chunk.qualities,
        np.broadcast_to(tag, (count, len(tag))),
    ]
    table = np.concatenate(parts, axis=1)
    begin = parts[0].shape[1] + NAME
    used = np.arange(operations.shape[1] * 4) < 4 * number[:, None]
    fixed[:, 0] = table.shape[1] - used.shape[1] + 4 * number - 4
    table[:, :4] = fixed[:, :1].copy().view(np.uint8).reshape(count, 4)
    kept = np.ones(table.shape, bool)
    kept[:, begin : begin + used.shape[1]] = used
    return table[kept].tobytes()


def cigars(placed: Placed, gaps: Gaps, length: int) -> tuple[NDArray[np.uint32], Numbers]:
    """CIGAR of each read, filled up with zeros, and how many operations it has."""
    seen = placed.last - placed.first
    most = int(seen.max(initial=0))
    operations = np.zeros((len(placed), 2 * most + 3), np.uint32)
    number = np.zeros(len(placed), np.int64)

    def add(rows: Numbers, size: Numbers, operation: int | Numbers) -> None:
        operations[rows, number[rows]] = size << 4 | operation
        number[rows] += 1

    everyone = np.arange(len(placed))
    done = placed.clipped_left.copy()  # bases of each read that have an operation
    clipped = np.flatnonzero(done)
    add(clipped, done[clipped], CLIP)
    for step in range(most):
        rows = np.flatnonzero(seen > step)
        gap = placed.first[rows] + step
        spot = (placed.spot[rows] * (gaps.room[gap] + 1)).astype(np.int64)
        until = gaps.split[gap] + spot - placed.begin[rows]
        add(rows, until - done[rows], MATCH)
        change = gaps.change[gap]
        add(rows, abs(change), np.where(change > 0, INSERTION, DELETION))
        done[rows] = until + np.maximum(change, 0)
    add(everyone, length - placed.clipped_right - done, MATCH)
    clipped = np.flatnonzero(placed.clipped_right)
    add(clipped, placed.clipped_right[clipped], CLIP)
    return operations[:, : int(number.max(initial=1))], number


def _fixed(placed: Placed, number: Numbers, contig: int, length: int) -> NDArray[np.int32]:
    """The nine 32-bit fields of each record; the first, its size, is filled in later."""
    fixed = np.zeros((len(placed), 9), "<i4")
    fixed[:, 1], fixed[:, 2] = contig, placed.start
    fixed[:, 3] = NAME | placed.mapq << 8 | bins(placed.start, placed.end) << 16
    fixed[:, 4] = number | placed.flag << 16
    fixed[:, 5], fixed[:, 6], fixed[:, 7] = length, contig, placed.mate
    fixed[:, 8] = placed.template
    return fixed


def _names(pairs: Numbers) -> NDArray[np.uint8]:
    names = np.zeros((len(pairs), NAME), np.uint8)
    names[:, 0] = ord("p")
    powers = 10 ** np.arange(NAME - 3, -1, -1)
    names[:, 1:-1] = pairs[:, None] // powers % 10 + ord("0")
    return names


def _packed(bases: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two bases a byte; the last one of an odd number has zeros beside it."""
    nibbles = NIBBLES[bases]
    if nibbles.shape[1] % 2:
        nibbles = np.pad(nibbles, ((0, 0), (0, 1)))
    return nibbles[:, 0::2] << np.uint8(4) | nibbles[:, 1::2]


def bins(start: Numbers, end: Numbers) -> Numbers:
    """Smallest bin of the index that holds each interval (specification, section 5.3)."""
    last = end - 1
    result = np.zeros_like(start)
    for shift, first in BINS:
        same = start >> shift == last >> shift
        result = np.where(same, first + (start >> shift), result)
    return result
