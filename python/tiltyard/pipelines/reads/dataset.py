"""Reads of one file at any place, by their numbers."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch, joined_batches
from tiltyard.pipelines.reads.faults import InputError, ReadError
from tiltyard.pipelines.reads.implementations import implementation
from tiltyard.pipelines.reads.index import index_of
from tiltyard.pipelines.reads.inputs.blocks import Group, inflate_group
from tiltyard.pipelines.reads.inputs.sources import open_source
from tiltyard.pipelines.reads.reading.chunks import CHUNK
from tiltyard.pipelines.reads.rule.fastq import LINES
from tiltyard.pipelines.reads.rule.members import Damaged, header_of
from tiltyard.pipelines.reads.rule.record import Reading, Record
from tiltyard.pipelines.reads.steps.checking import check_whole
from tiltyard.pipelines.reads.writing import bgzf

#: Bytes of text that are worth a thread: to read and look through so many takes about as long as
#: to start it.
_ENOUGH = 1 << 19


class FastqDataset:
    """Reads of a FASTQ or FASTA file, plain or BGZF: ``len``, one by its number, or many.

    The first use reads the whole file, and keeps an index beside it, or in the user's cache.

    Parameters
    ----------
    file : path
    quality_offset : int
        33 or 64.
    lenient_plus : bool
        Whether names behind ``+`` may be others.
    workers : int
        Threads that read and inflate beside the one that asks for many reads at once; 0 for none.

    Raises
    ------
    InputError
        If it is compressed in another way, or a BAM.
    ReadError
        If it is damaged.
    """

    def __init__(
        self,
        file: str | os.PathLike[str],
        *,
        quality_offset: int = 33,
        lenient_plus: bool = False,
        workers: int = 0,
    ) -> None:
        check_whole("workers", workers, 0)
        self._path = Path(file)
        self._reading = Reading(quality_offset, lenient_plus)
        self._workers = workers
        self._index = index_of(self._path, self._reading, workers)

    def __reduce__(self) -> tuple[Any, ...]:
        reading = self._reading
        return _again, (self._path, reading.quality_offset, reading.lenient_plus, self._workers)

    def __len__(self) -> int:
        return len(self._index.records) - 1

    @overload
    def __getitem__(self, rows: int) -> Record: ...

    @overload
    def __getitem__(self, rows: slice | Sequence[int] | NDArray[np.integer[Any]]) -> Batch: ...

    def __getitem__(
        self, rows: int | slice | Sequence[int] | NDArray[np.integer[Any]]
    ) -> Record | Batch:
        """One read as a `Record`, or those of a slice or of numbers, in their order, as a `Batch`.

        Raises
        ------
        IndexError
            If there is no such read.
        InputError
            If the file is no longer as it was when this began.
        """
        if isinstance(rows, (int, np.integer)):
            return self[[int(rows)]].record(0)
        if isinstance(rows, slice):
            numbers = np.arange(len(self))[rows]
        else:
            numbers = np.asarray(rows, np.int64).reshape(-1)
        if len(numbers) and not -len(self) <= numbers.min() <= numbers.max() < len(self):
            raise IndexError(
                f"{self._path} has {len(self)} reads, and no {_beyond(numbers, len(self))}"
            )
        numbers = np.where(numbers < 0, numbers + len(self), numbers)
        if not len(numbers):
            return Batch.of([])
        return self._batch(numbers)

    def _batch(self, numbers: NDArray[np.int64]) -> Batch:
        """Reads by numbers from 0 on."""
        parts = min(self._workers + 1, self._amount(numbers) // _ENOUGH, len(numbers))
        if parts < 2:
            return self._read(numbers)
        from concurrent.futures import ThreadPoolExecutor

        first, *others = np.array_split(numbers, parts)
        with ThreadPoolExecutor(len(others), "tiltyard-reads") as threads:
            waiting = [threads.submit(self._read, each) for each in others]
            return joined_batches([self._read(first), *(each.result() for each in waiting)])

    def _amount(self, numbers: NDArray[np.int64]) -> int:
        """About how many bytes of text have to be read, or inflated, for reads."""
        records = self._index.records
        amount = int((records[numbers + 1] - records[numbers]).sum())
        if len(self._index.blocks):  # for each that does not follow the one before a whole block
            amount += bgzf.BLOCK * int(np.count_nonzero(np.diff(numbers) != 1))
        return amount

    def _read(self, numbers: NDArray[np.int64]) -> Batch:
        """The same in this thread."""
        cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
        with self._path.open("rb", buffering=0) as file:
            runs = np.split(numbers, cuts)
            text = b"".join(self._text(file, int(run[0]), int(run[-1]) + 1) for run in runs)
        try:
            with open_source(io.BytesIO(text)) as source:
                batches = list(implementation("kernels").read(source, 0, self._reading, CHUNK))
        except ReadError:
            raise self._changed() from None
        if sum(map(len, batches)) != len(numbers):
            raise self._changed()
        found = joined_batches(batches) if len(batches) > 1 else batches[0]
        return replace(found, records=numbers, lines=None, offsets=None)

    def _text(self, file: io.RawIOBase, first: int, end: int) -> bytes:
        """Text of records that follow each other, with the end of its last line."""
        start, stop = (int(self._index.records[number]) for number in (first, end))
        if len(self._index.blocks):
            text = self._inflated(file, start, stop)
        else:
            text = os.pread(file.fileno(), stop - start, start)
        if end < len(self) or text.startswith(b">"):
            return text if text.endswith(b"\n") else text + b"\n"
        # Behind the last record may be blank lines, and it may lack its last end.
        lines = text.split(b"\n")[: LINES * (end - first)]
        return b"\n".join([*lines, *[b""] * (LINES * (end - first) + 1 - len(lines))])

    def _inflated(self, file: io.RawIOBase, start: int, stop: int) -> bytes:
        """Text between two places of a BGZF."""
        blocks, texts = self._index.blocks, self._index.texts
        first = int(np.searchsorted(texts, start, side="right")) - 1
        last = int(np.searchsorted(texts, stop, side="left"))
        offset = int(blocks[first])
        data = os.pread(file.fileno(), int(blocks[last]) - offset, offset)
        ends = (blocks[first : last + 1] - offset).tolist()
        group = []
        for begin, end in pairwise(ends):
            try:
                header = header_of(data, begin)
            except Damaged:
                header = None
            if header is None or header.block != end - begin:
                raise self._changed()
            group.append((begin, header.size, end))
        text = inflate_group(Group(data, offset, group))
        if text.cut:
            raise self._changed()
        whole = b"".join(text.pieces)
        return whole[start - int(texts[first]) : stop - int(texts[first])]

    def _changed(self) -> InputError:
        return InputError(f"{self._path} has changed since it was opened; open it again")


def _beyond(numbers: NDArray[np.int64], count: int) -> int:
    """A number that no read has."""
    return int(numbers[(numbers < -count) | (numbers >= count)][0])


def _again(path: Path, quality_offset: int, lenient_plus: bool, workers: int) -> FastqDataset:
    """The dataset in another process."""
    return FastqDataset(
        path, quality_offset=quality_offset, lenient_plus=lenient_plus, workers=workers
    )
