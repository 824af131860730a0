"""Reads of a batch as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.encoded import Encoded
from tiltyard.pipelines.reads.rule.record import Record
from tiltyard.pipelines.reads.texts import Linked, Texts, joined

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True, eq=False)
class Batch:
    """Reads; of pairs the first mates, with the second ones as `mate`.

    Parameters
    ----------
    names, sequences : Texts
    qualities : Texts or None
        Bytes of 33 + Phred quality; None of a FASTA.
    files, records : (n,) int64
        Number of each read's file, and its own number in it, from 0; of pairs that of the pair.
    lines, offsets : (n,) int64 or None
        Where each begins in its file: line from 1 (0 of a BAM), and byte of the inflated text.
    mate : Batch or None
        As many second mates.
    second_mate : bool
        Whether these are second mates, whose draws are others.
    encoded : Encoded or None
    repeated : (n,) bool or None
        Which are there a second time, so that all ranks have as many.
    """

    names: Texts
    sequences: Texts
    qualities: Texts | None
    files: NDArray[np.int64]
    records: NDArray[np.int64]
    lines: NDArray[np.int64] | None = None
    offsets: NDArray[np.int64] | None = None
    mate: Batch | None = None
    second_mate: bool = False
    encoded: Encoded | None = None
    repeated: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, records: Sequence[Record], *, file: int = 0, first: int = 0) -> Batch:
        """The batch of records that follow each other in one file from number `first` on."""
        qualities = None
        if not records or records[0].quality is not None:
            qualities = Texts.of([record.quality or b"" for record in records])
        return cls(
            Texts.of([record.name for record in records]),
            Texts.of([record.sequence for record in records]),
            qualities,
            np.full(len(records), file, np.int64),
            np.arange(first, first + len(records)),
            np.array([record.line for record in records], np.int64),
            np.array([record.offset for record in records], np.int64),
        )

    def __len__(self) -> int:
        return len(self.records)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Letters of each read, (n,)."""
        return self.sequences.lengths

    @property
    def bases(self) -> int:
        """Letters of all reads, mates too."""
        return self.sequences.size + (self.mate.bases if self.mate else 0)

    @property
    def ids(self) -> Texts:
        """Names up to the first space or tab."""
        lengths = [
            min((place for blank in b" \t" if (place := name.find(blank)) >= 0), default=len(name))
            for name in self.names
        ]
        return Texts(self.names.buffer, self.names.starts, np.array(lengths, np.int64))

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """Where the tensor has letters, (n, W); nowhere in what is repeated."""
        return self.encoded.mask if self.encoded else None

    @property
    def tensor(self) -> NDArray[Any] | None:
        """What the encoder gave."""
        return self.encoded.tensor if self.encoded else None

    def record(self, row: int) -> Record:
        """One read."""
        return Record(
            self.names[row],
            self.sequences[row],
            None if self.qualities is None else self.qualities[row],
            0 if self.lines is None else int(self.lines[row]),
            0 if self.offsets is None else int(self.offsets[row]),
        )

    def __iter__(self) -> Iterator[Record]:
        return map(self.record, range(len(self)))

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Batch:
        """Some of the reads, in the same buffers; nothing of an encoding."""
        if not isinstance(rows, slice) and rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)  # once, for all columns
        # Quicker than `replace`, for batches of a few reads.
        return Batch(
            _some(self.names, rows),
            _some(self.sequences, rows),
            None if self.qualities is None else _some(self.qualities, rows),
            self.files[rows],
            self.records[rows],
            None if self.lines is None else self.lines[rows],
            None if self.offsets is None else self.offsets[rows],
            None if self.mate is None else self.mate.take(rows),
            self.second_mate,
            None,
            None if self.repeated is None else self.repeated[rows],
        )

    def with_strings(self, sequences: Texts, qualities: Texts | None) -> Batch:
        """The same reads and mates with other letters and qualities, and without an encoding."""
        return Batch(
            self.names,
            sequences,
            qualities,
            self.files,
            self.records,
            self.lines,
            self.offsets,
            self.mate,
            self.second_mate,
            None,
            self.repeated,
        )

    def with_encoded(self, encoded: Encoded, mate: Batch | None) -> Batch:
        """The batch with its arrays, and its mates with theirs."""
        return Batch(
            self.names,
            self.sequences,
            self.qualities,
            self.files,
            self.records,
            self.lines,
            self.offsets,
            mate,
            self.second_mate,
            encoded,
            self.repeated,
        )

    def contiguous(self) -> Batch:
        """A copy whose buffers have these reads and nothing else."""
        return replace(
            self,
            names=self.names.contiguous(),
            sequences=self.sequences.contiguous(),
            qualities=None if self.qualities is None else self.qualities.contiguous(),
            mate=None if self.mate is None else self.mate.contiguous(),
        )

    def to_arrow(self) -> pyarrow.RecordBatch:
        """Columns ``id``, ``name``, ``sequence`` and ``quality``; of pairs also ``mate_…``.

        Raises
        ------
        InputError
            If a name is no UTF-8, which Arrow's text has to be.
        MissingPackage
            If pyarrow is not installed.
        """
        from tiltyard.pipelines.reads.arrow import arrow_of

        return arrow_of(self)


def _some(texts: Texts, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Texts:
    return texts.part(rows) if isinstance(rows, slice) else texts.take(rows)


def joined_batches(
    batches: Sequence[Batch], join: Callable[[Sequence[Texts]], Texts] = joined
) -> Batch:
    """The reads of several batches, at least one, copied into one."""
    first = batches[0]
    mates = [each.mate for each in batches if each.mate is not None]
    qualities = [each.qualities for each in batches if each.qualities is not None]
    repeated = [each.repeated for each in batches if each.repeated is not None]
    return Batch(
        join([each.names for each in batches]),
        join([each.sequences for each in batches]),
        join(qualities) if len(qualities) == len(batches) else None,
        np.concatenate([each.files for each in batches]),
        np.concatenate([each.records for each in batches]),
        None,
        None,
        joined_batches(mates, join) if mates else None,
        first.second_mate,
        None,
        np.concatenate(repeated) if len(repeated) == len(batches) else None,
    )


def linked_batches(batches: Sequence[Batch]) -> Batch:
    """The same, of which each column is copied only if something asks for its buffer."""
    return batches[0] if len(batches) == 1 else joined_batches(batches, Linked)
