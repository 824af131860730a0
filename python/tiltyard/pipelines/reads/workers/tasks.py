"""What worker processes are given of batches, and give back: little beside what is needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from tiltyard.pipelines.reads.batch import Batch, joined_batches
from tiltyard.pipelines.reads.encoding import (
    Arrays,
    Encoding,
    Numbered,
    groups_of,
    part_of,
    sizes_of,
    with_arrays,
)
from tiltyard.pipelines.reads.parallel import Pool, mapped
from tiltyard.pipelines.reads.processing import Steps, Worked
from tiltyard.pipelines.reads.texts import SPARE, Texts, buffer_of
from tiltyard.pipelines.reads.vectorised.encoding import shape_of

#: Reads of the batches that are encoded in one task: handing a task over costs about as much as
#: encoding a thousand reads.
GROUP = 4096


@dataclass(frozen=True)
class Local:
    """Steps of a chunk, done by a worker."""

    steps: Steps

    def __call__(self, batch: Batch) -> Worked:
        """Do them; where most reads are dropped, what is kept is copied."""
        worked = self.steps(batch)
        if 2 * len(worked.batch) < len(batch):
            worked = worked._replace(batch=worked.batch.contiguous())
        return worked


def slim(batch: Batch) -> Batch:
    """The same reads in a buffer that has little else."""
    columns = [each for each in (batch.names, batch.sequences, batch.qualities) if each is not None]
    mate = None if batch.mate is None else slim(batch.mate)
    ends = [(int(each.starts.min()), int((each.starts + each.lengths).max())) for each in columns
            if len(each)]  # fmt: skip
    together = all(each.buffer is columns[0].buffer for each in columns)
    if not ends or not together:
        return replace(batch.contiguous(), mate=mate)
    first, end = min(start for start, _ in ends), max(end for _, end in ends)
    if 2 * sum(each.size for each in columns) < end - first or end + SPARE > len(columns[0].buffer):
        return replace(batch.contiguous(), mate=mate)
    buffer = columns[0].buffer[first : end + SPARE]
    names, sequences, *rest = (
        Texts(buffer, each.starts - first, each.lengths, True) for each in columns
    )
    qualities = rest[0] if rest else None
    return replace(batch, names=names, sequences=sequences, qualities=qualities, mate=mate)


class Group(NamedTuple):
    """Reads of batches that follow each other, with what an encoder needs of them."""

    reads: Batch
    sizes: tuple[int, ...]
    epoch: int


@dataclass(frozen=True)
class Grouped:
    """Encodes groups of batches."""

    encoding: Encoding

    def __call__(self, group: Group) -> list[Arrays]:
        """Arrays of each batch, or of all together if they are then the same."""
        rows = rows_of(group.sizes)
        if len(rows) > 1 and not self._alike(group, rows):
            return [self.encoding.arrays(group.reads.take(each), group.epoch) for each in rows]
        return [self.encoding.arrays(group.reads, group.epoch)]

    def _alike(self, group: Group, rows: Sequence[slice]) -> bool:
        """Whether all batches have arrays of one width, and none of their reads is cut."""
        encoder = self.encoding.encoder
        assert encoder is not None  # else nothing is handed over
        mates = [each for each in (group.reads, group.reads.mate) if each is not None]
        return all(
            len({shape_of(encoder, mate.take(each)).width for each in rows}) == 1
            and shape_of(encoder, mate).cut == 0
            for mate in mates
        )


def rows_of(sizes: Sequence[int]) -> list[slice]:
    """Rows of each batch, if they follow each other."""
    ends = np.cumsum(sizes).tolist()
    return [slice(end - size, end) for size, end in zip(sizes, ends, strict=True)]


def encoded_in_groups(
    batches: Iterable[Numbered], encoding: Encoding, pool: Pool, ahead: int
) -> Iterator[Batch]:
    """The batches with their arrays, which workers make for several batches at once."""
    encoder = encoding.encoder
    if encoder is None:
        yield from (each.batch for each in batches)
        return
    sent: deque[list[Numbered]] = deque()

    def given() -> Iterator[Group]:
        for group in groups_of(batches, GROUP):
            sent.append(group)
            reads = needed([each.batch for each in group], encoder.needs_quality)
            yield Group(reads, sizes_of(group), group[0].epoch)

    for found in mapped(Grouped(encoding), given(), pool, ahead):
        group = sent.popleft()
        if len(found) < len(group):
            (whole,) = found
            found = [_part(whole, rows) for rows in rows_of(sizes_of(group))]
        for each, arrays in zip(group, found, strict=True):
            yield with_arrays(each.batch, arrays)


def needed(batches: Sequence[Batch], quality: bool) -> Batch:
    """What an encoder needs of several batches, as one."""
    mates = [each.mate for each in batches if each.mate is not None]
    bare = []
    for each in batches:
        nothing = np.zeros(len(each), np.int64)
        bare.append(
            replace(
                each,
                names=Texts(buffer_of(0), nothing, nothing, True),
                qualities=each.qualities if quality else None,
                lines=None,
                offsets=None,
                mate=None,
            )
        )
    return replace(joined_batches(bare), mate=needed(mates, quality) if mates else None)


def _part(arrays: Arrays, rows: slice) -> Arrays:
    encoded, of_mate = arrays
    return part_of(encoded, rows), None if of_mate is None else part_of(of_mate, rows)
