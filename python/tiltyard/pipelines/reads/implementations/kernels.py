"""Compiled code over chunks of text that stay in the cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.encoded import Encoded
from tiltyard.pipelines.reads.inputs.sources import Source
from tiltyard.pipelines.reads.native import augmenting, encoding, filtering
from tiltyard.pipelines.reads.native.scanning import scan_fastq
from tiltyard.pipelines.reads.reading.opening import batches_of
from tiltyard.pipelines.reads.rule.record import Reading
from tiltyard.pipelines.reads.steps.augmentations import Augmentation
from tiltyard.pipelines.reads.steps.encoders import Encoder
from tiltyard.pipelines.reads.steps.filters import Filter


class Kernels:
    """What is chosen where nothing else is asked for."""

    name = "kernels"

    def read(self, source: Source, file: int, reading: Reading, chunk: int) -> Iterator[Batch]:
        """See `Implementation`."""
        return batches_of(source, file, reading, scan_fastq, chunk)

    def keeps(self, step: Filter, label: str, batch: Batch, draws: Draws) -> NDArray[np.bool_]:
        """See `Implementation`."""
        return filtering.keeps(step, label, batch, draws)

    def augmented(self, step: Augmentation, label: str, batch: Batch, draws: Draws) -> Batch:
        """See `Implementation`."""
        return augmenting.augmented(step, label, batch, draws)

    def encoded(
        self, encoder: Encoder, batch: Batch, draws: Draws, files: Sequence[str]
    ) -> Encoded:
        """See `Implementation`."""
        return encoding.encoded(encoder, batch, draws, files)
