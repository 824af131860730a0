"""Reads decoded by htslib into arrays, some thousands at a time, and counted in compiled code.

What is counted, and how, is the same compiled code as for mapped files. It reads CRAM too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.compiled import layout
from tiltyard.pipelines.alleles.counts import Counts, Site
from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.implementations.contract import Implementation
from tiltyard.pipelines.alleles.inputs.damage import locate
from tiltyard.pipelines.alleles.inputs.reads import open_reads
from tiltyard.pipelines.alleles.merging import merged, nothing
from tiltyard.pipelines.alleles.native.ending import check, unknown_group
from tiltyard.pipelines.alleles.native.loading import load
from tiltyard.pipelines.alleles.native.unit import Unit
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.runs import by_contig

#: Reads, and bases of them, that are in memory at once.
_MOST_READS, _MOST_BASES = 20_000, 4_000_000
#: A gap between two sites that is worth a new look into the index [bases].
_GAP = 20_000
_UNMAPPED = 0x4
_NIBBLES = "=ACMGRSVTWYHKDBN"
_CODES = bytes.maketrans(_NIBBLES.encode(), bytes(range(16)))
#: Length that says that a read is in no fragment.
_NO_FRAGMENT = -1


def count(alignment: Alignment, sites: Sequence[Site], options: Options) -> Counts:
    """Count the reads of a BAM or CRAM file at `sites`; see `contract.Count`.

    Raises
    ------
    InputError
        The file is damaged, its reads are not sorted, or, where there is a row for each sample,
        a read has a read group that the header lacks.
    """
    parts = []
    with open_reads(alignment) as file:
        for first, end in by_contig(sites):
            run = sites[first:end]
            with Unit(alignment, run, options) as unit:
                parts.append((first, _count(file, alignment, run, options, unit)))
    return merged([(0, nothing(alignment, options)), *parts])


def _count(
    file: Any, alignment: Alignment, sites: Sequence[Site], options: Options, unit: Unit
) -> Counts:
    arrays = _Arrays(alignment, options, unit)
    try:
        for read in _reads(file, sites):
            arrays.add(read)
    except OSError as error:
        raise InputError(locate(alignment.path, str(error))) from error
    arrays.hand_over(last=True)
    return unit.counts(arrays.groups)


def _reads(file: Any, sites: Sequence[Site]) -> Iterator[Any]:
    """Each read that reaches a stretch of sites without a large gap, once."""
    behind = -1
    for first, end in _stretches([site.position for site in sites]):
        for read in file.fetch(sites[0].contig, first, end):
            if read.reference_start >= behind:  # else it was in the stretch before
                yield read
        behind = end


def _stretches(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = positions[0]
    for position in positions:
        if position - last > _GAP:
            yield first, last + 1
            first = position
        last = position
    yield first, last + 1


class _Arrays:
    """Reads as compiled code takes them.

    Attributes
    ----------
    groups : list
        Value of each group; None, of reads without one, is the first.
    """

    def __init__(self, alignment: Alignment, options: Options, unit: Unit) -> None:
        self.alignment = alignment
        self.unit = unit
        self.grouping = unit.grouping
        self.fragment_tag = options.fragment_tag
        self.groups: list[str | None] = [None, *self.grouping.samples]
        self._numbers: dict[str, int] = {}
        self._clear()

    def _clear(self) -> None:
        self._rows: list[tuple[int, ...]] = []
        self._cigars: list[tuple[int, int]] = []
        self._bases: list[str] = []
        self._qualities: list[bytes] = []
        self._names: list[bytes] = []
        self._in_bases = self._in_qualities = self._in_names = 0

    def add(self, read: Any) -> None:
        """Take in a `pysam.AlignedSegment`."""
        cigar = read.cigartuples or []
        start = read.reference_start
        end = start + 1 if read.flag & _UNMAPPED else read.reference_end or start
        bases = read.query_sequence or ""
        qualities = read.query_qualities
        name = self._fragment(read)
        self._rows.append(
            (
                *(start, end, read.flag, read.mapping_quality),
                *(len(self._cigars), len(cigar), self._in_bases, len(bases)),
                *(self._in_qualities, self._in_names),
                *(_NO_FRAGMENT if name is None else len(name), self._group(read)),
            )
        )
        self._cigars += cigar
        self._bases.append(bases + "=" * (len(bases) % 2))
        self._qualities.append(b"\xff" * len(bases) if qualities is None else qualities.tobytes())
        self._names.append(name or b"")
        self._in_bases += (len(bases) + 1) // 2
        self._in_qualities += len(bases)
        self._in_names += len(self._names[-1])
        if len(self._rows) >= _MOST_READS or self._in_qualities >= _MOST_BASES:
            self.hand_over()

    def _fragment(self, read: Any) -> bytes | None:
        if not self.fragment_tag:
            name: str = read.query_name
            return name.encode()
        if not read.has_tag(self.fragment_tag):
            return None
        return str(read.get_tag(self.fragment_tag)).encode()

    def _group(self, read: Any) -> int:
        tag = self.grouping.tag
        if not tag or not read.has_tag(tag):
            return 0
        value = str(read.get_tag(tag))
        number = self._numbers.get(value)
        if number is None:
            number = self._new_group(value)
            self._numbers[value] = number
        return number

    def _new_group(self, value: str) -> int:
        if self.grouping.known:
            number = self.grouping.number(value)
            if number is None:
                raise unknown_group(self.alignment, value)
            return number
        self.groups.append(value)
        return len(self.groups) - 1

    def hand_over(self, *, last: bool = False) -> None:
        """Let compiled code take the reads so far; the `last` ones end counting."""
        rows = np.array(self._rows, np.int64).reshape(-1, layout.READ_WORDS)
        buffers: dict[int, NDArray[Any]] = {
            layout.R_CIGAR: _operations(self._cigars),
            layout.R_BASES: _packed(self._bases),
            layout.R_QUALITIES: np.frombuffer(b"".join(self._qualities) or b"\0", np.uint8),
            layout.R_NAME: np.frombuffer(b"".join(self._names) or b"\0", np.uint8),
        }
        for place, buffer in buffers.items():
            column = place // layout.WORD
            rows[:, column] = buffer.ctypes.data + rows[:, column] * buffer.itemsize
        self.unit.set(layout.READS, rows.ctypes.data)
        self.unit.set(layout.READ_COUNT, len(rows))
        self.unit.set(layout.IS_LAST, last)
        check(self.unit.run("feed"), self.alignment, self.unit)
        self._clear()


def _operations(cigars: Iterable[tuple[int, int]]) -> NDArray[np.uint32]:
    """Operations as BAM has them; one of length 0 if there are none."""
    return np.array([length << 4 | kind for kind, length in cigars] or [0], np.uint32)


def _packed(bases: Iterable[str]) -> NDArray[np.uint8]:
    """Two bases in a byte, as BAM has them; each text has an even length."""
    codes = np.frombuffer(("".join(bases) or "==").encode("ascii").translate(_CODES), np.uint8)
    return (codes[::2] << 4 | codes[1::2]).astype(np.uint8, copy=False)


IMPLEMENTATION = Implementation(name="arrays", count=count, prepare=lambda: load("feed"))
