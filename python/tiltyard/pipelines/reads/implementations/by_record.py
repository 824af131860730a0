"""numpy record by record, as people write it first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch, joined_batches
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.encoded import Encoded
from tiltyard.pipelines.reads.inputs.sources import Source
from tiltyard.pipelines.reads.reading.opening import batches_of
from tiltyard.pipelines.reads.rule.record import Reading
from tiltyard.pipelines.reads.steps.augmentations import Augmentation
from tiltyard.pipelines.reads.steps.encoders import Encoder, Padded
from tiltyard.pipelines.reads.steps.filters import Filter
from tiltyard.pipelines.reads.vectorised import augmenting, encoding, filtering
from tiltyard.pipelines.reads.vectorised.scanning import scan_by_record


class NumpyRecord:
    """One read at a time."""

    name = "numpy-record"

    def read(self, source: Source, file: int, reading: Reading, chunk: int) -> Iterator[Batch]:
        """See `Implementation`."""
        return batches_of(source, file, reading, scan_by_record, chunk)

    def keeps(self, step: Filter, label: str, batch: Batch, draws: Draws) -> NDArray[np.bool_]:
        """See `Implementation`."""
        kept = [filtering.keeps(step, label, one, draws)[0] for one in _each(batch)]
        return np.array(kept, np.bool_)

    def augmented(self, step: Augmentation, label: str, batch: Batch, draws: Draws) -> Batch:
        """See `Implementation`."""
        if not len(batch):
            return augmenting.augmented(step, label, batch, draws)
        found = joined_batches(
            [augmenting.augmented(step, label, one, draws) for one in _each(batch)]
        )
        return replace(batch, sequences=found.sequences, qualities=found.qualities)

    def encoded(
        self, encoder: Encoder, batch: Batch, draws: Draws, files: Sequence[str]
    ) -> Encoded:
        """See `Implementation`."""
        shape = encoding.shape_of(encoder, batch)
        if not len(batch):
            return encoding.encoded(encoder, batch, draws, files)
        if isinstance(encoder, Padded):
            wide: dict[str, Any] = {"width": shape.width}
            encoder = replace(encoder, **wide)
        each = [encoding.encoded(encoder, one, draws, files).tensor for one in _each(batch)]
        return encoding.with_shape(np.concatenate(each), shape)


def _each(batch: Batch) -> Iterator[Batch]:
    """Batches of one read."""
    alone = replace(batch, mate=None)
    return (alone.take(slice(row, row + 1)) for row in range(len(batch)))
