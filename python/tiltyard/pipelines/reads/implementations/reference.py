"""The rule itself, read by read: it decides what is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.encoded import Encoded
from tiltyard.pipelines.reads.faults import ReadError
from tiltyard.pipelines.reads.inputs.sources import Source
from tiltyard.pipelines.reads.rule import augmenting, encoding, filtering
from tiltyard.pipelines.reads.rule.bam import MAGIC, parse_bam
from tiltyard.pipelines.reads.rule.record import Reading, Record
from tiltyard.pipelines.reads.rule.text import parse
from tiltyard.pipelines.reads.steps.augmentations import Augmentation
from tiltyard.pipelines.reads.steps.encoders import Encoder
from tiltyard.pipelines.reads.steps.filters import Filter
from tiltyard.pipelines.reads.texts import Texts

#: Records of a batch.
_BATCH = 1024


class Reference:
    """Reads a whole file before its first record."""

    name = "reference"

    def read(self, source: Source, file: int, reading: Reading, chunk: int) -> Iterator[Batch]:
        """See `Implementation`."""
        text = whole(source)
        kind = parse_bam if text.startswith(MAGIC) else parse
        records: list[Record] = []
        error: ReadError | None = None
        try:
            for record in kind(text, source.name, reading, source.cut):
                records.append(record)
        except ReadError as fault:
            error = fault
        for first in range(0, len(records), _BATCH):
            yield Batch.of(records[first : first + _BATCH], file=file, first=first)
        if error:
            raise error

    def keeps(self, step: Filter, label: str, batch: Batch, draws: Draws) -> NDArray[np.bool_]:
        """See `Implementation`."""
        return np.array(
            [
                filtering.keeps(step, record, draws.place(batch, row), label)
                for row, record in enumerate(batch)
            ],
            np.bool_,
        )

    def augmented(self, step: Augmentation, label: str, batch: Batch, draws: Draws) -> Batch:
        """See `Implementation`."""
        return with_content(
            batch,
            [
                augmenting.augmented(step, label, record, draws.place(batch, row))
                for row, record in enumerate(batch)
            ],
        )

    def encoded(
        self, encoder: Encoder, batch: Batch, draws: Draws, files: Sequence[str]
    ) -> Encoded:
        """See `Implementation`."""
        places = [draws.place(batch, row) for row in range(len(batch))]
        return encoding.encoded(encoder, list(batch), places, files)


def whole(source: Source) -> bytes:
    """All text of a source."""
    view = memoryview(bytearray(1 << 20))
    parts = []
    while size := source.fill(view):
        parts.append(bytes(view[:size]))
    return b"".join(parts)


def with_content(batch: Batch, records: Sequence[Record]) -> Batch:
    """The batch with the sequences and qualities of `records`."""
    qualities = batch.qualities
    if records and records[0].quality is not None:
        qualities = Texts.of([record.quality or b"" for record in records])
    return replace(
        batch, sequences=Texts.of([record.sequence for record in records]), qualities=qualities
    )
