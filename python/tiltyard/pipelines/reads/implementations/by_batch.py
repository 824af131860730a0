"""Functions of whole batches: numpy's, or compiled code over chunks of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.encoded import Encoded
from tiltyard.pipelines.reads.inputs.sources import Source
from tiltyard.pipelines.reads.reading.opening import batches_of
from tiltyard.pipelines.reads.reading.scanning import Scan
from tiltyard.pipelines.reads.rule.record import Reading
from tiltyard.pipelines.reads.steps.augmentations import Augmentation
from tiltyard.pipelines.reads.steps.encoders import Encoder
from tiltyard.pipelines.reads.steps.filters import Filter


@dataclass(frozen=True)
class ByBatch:
    """An implementation of functions that take batches.

    Parameters
    ----------
    name : str
    scan : callable
        Looks through FASTQ.
    keep, augment, encode : callable
        As `keeps`, `augmented` and `encoded` of `Implementation`.
    """

    name: str
    scan: Scan
    keep: Callable[[Filter, str, Batch, Draws], NDArray[np.bool_]]
    augment: Callable[[Augmentation, str, Batch, Draws], Batch]
    encode: Callable[[Encoder, Batch, Draws, Sequence[str]], Encoded]

    def read(self, source: Source, file: int, reading: Reading, chunk: int) -> Iterator[Batch]:
        """See `Implementation`."""
        return batches_of(source, file, reading, self.scan, chunk)

    def keeps(self, step: Filter, label: str, batch: Batch, draws: Draws) -> NDArray[np.bool_]:
        """See `Implementation`."""
        return self.keep(step, label, batch, draws)

    def augmented(self, step: Augmentation, label: str, batch: Batch, draws: Draws) -> Batch:
        """See `Implementation`."""
        return self.augment(step, label, batch, draws)

    def encoded(
        self, encoder: Encoder, batch: Batch, draws: Draws, files: Sequence[str]
    ) -> Encoded:
        """See `Implementation`."""
        return self.encode(encoder, batch, draws, files)


def numpy_batch() -> ByBatch:
    """Numpy over all letters of a batch at once."""
    from tiltyard.pipelines.reads.vectorised import augmenting, encoding, filtering, scanning

    return ByBatch(
        "numpy-batch",
        scanning.scan_fastq,
        filtering.keeps,
        augmenting.augmented,
        encoding.encoded,
    )


def kernels() -> ByBatch:
    """Compiled code: what is chosen where nothing else is asked for."""
    from tiltyard.pipelines.reads.native import augmenting, encoding, filtering, scanning

    return ByBatch(
        "kernels",
        scanning.scan_fastq,
        filtering.keeps,
        augmenting.augmented,
        encoding.encoded,
    )
