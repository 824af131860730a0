"""Functions of whole batches: numpy's, or compiled code over chunks of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.rule.record import Reading

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.drawing import Draws
    from tiltyard.pipelines.reads.encoded import Encoded
    from tiltyard.pipelines.reads.inputs.sources import Source
    from tiltyard.pipelines.reads.steps.augmentations import Augmentation
    from tiltyard.pipelines.reads.steps.encoders import Encoder
    from tiltyard.pipelines.reads.steps.filters import Filter


class ByBatch:
    """An implementation of functions that take batches.

    Parameters
    ----------
    name : str
    room : str
        Package with the modules `scanning`, `filtering`, `augmenting` and `encoding`, each of
        which is imported when it is needed first: who only reads waits for no other.
    """

    def __init__(self, name: str, room: str) -> None:
        self.name = name
        self._room = room

    def _module(self, name: str) -> Any:
        return import_module(f"{self._room}.{name}")

    def read(self, source: Source, file: int, reading: Reading, chunk: int) -> Iterator[Batch]:
        """See `Implementation`."""
        from tiltyard.pipelines.reads.reading.opening import batches_of

        return batches_of(source, file, reading, self._module("scanning").scan_fastq, chunk)

    def keeps(self, step: Filter, label: str, batch: Batch, draws: Draws) -> NDArray[np.bool_]:
        """See `Implementation`."""
        kept: NDArray[np.bool_] = self._module("filtering").keeps(step, label, batch, draws)
        return kept

    def augmented(self, step: Augmentation, label: str, batch: Batch, draws: Draws) -> Batch:
        """See `Implementation`."""
        changed: Batch = self._module("augmenting").augmented(step, label, batch, draws)
        return changed

    def encoded(
        self, encoder: Encoder, batch: Batch, draws: Draws, files: Sequence[str]
    ) -> Encoded:
        """See `Implementation`."""
        arrays: Encoded = self._module("encoding").encoded(encoder, batch, draws, files)
        return arrays


def numpy_batch() -> ByBatch:
    """Numpy over all letters of a batch at once."""
    return ByBatch("numpy-batch", "tiltyard.pipelines.reads.vectorised")


def kernels() -> ByBatch:
    """Compiled code: what is chosen where nothing else is asked for."""
    return ByBatch("kernels", "tiltyard.pipelines.reads.native")
