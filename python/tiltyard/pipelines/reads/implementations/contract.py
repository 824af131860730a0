"""What an implementation has to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.encoded import Encoded
from tiltyard.pipelines.reads.inputs.sources import Source
from tiltyard.pipelines.reads.rule.record import Reading
from tiltyard.pipelines.reads.steps.augmentations import Augmentation
from tiltyard.pipelines.reads.steps.encoders import Encoder
from tiltyard.pipelines.reads.steps.filters import Filter


class Implementation(Protocol):
    """One way to read, filter, augment and encode; it has to give what the rule gives."""

    @property
    def name(self) -> str:
        """As in `NAMES`."""

    def read(self, source: Source, file: int, reading: Reading, chunk: int) -> Iterator[Batch]:
        """Batches of an open file, whose number is `file`.

        Raises
        ------
        ReadError
            After all records before it.
        """

    def keeps(self, step: Filter, label: str, batch: Batch, draws: Draws) -> NDArray[np.bool_]:
        """Which reads a filter keeps that no other read decides, (n,)."""

    def augmented(self, step: Augmentation, label: str, batch: Batch, draws: Draws) -> Batch:
        """The reads after an augmentation."""

    def encoded(
        self, encoder: Encoder, batch: Batch, draws: Draws, files: Sequence[str]
    ) -> Encoded:
        """The reads as arrays; `files` are the names for messages.

        Raises
        ------
        LetterError
            At the first ambiguous letter, if the encoder takes none.
        """
