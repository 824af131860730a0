"""Letters of a batch behind each other: of which read each is, and at which position."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.rule.augmenting import CODES
from tiltyard.pipelines.reads.texts import Texts, buffer_of, starts_of

#: Code of each byte: 0 to 3, else 4.
CODE_TABLE = np.full(256, 4, np.uint8)
for _letter, _code in CODES.items():
    CODE_TABLE[_letter] = _code


class Letters:
    """Letters of a column.

    Parameters
    ----------
    texts : Texts

    Attributes
    ----------
    content : (letters,) uint8
    rows, places : (letters,) int64
        The read of each, and its position in it.
    """

    def __init__(self, texts: Texts) -> None:
        self.content = texts.flat()
        self.rows = np.repeat(np.arange(len(texts)), texts.lengths)
        self.places = np.arange(len(self.content)) - np.repeat(
            starts_of(texts.lengths), texts.lengths
        )
        self._count = len(texts)

    def sums(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sum of a value of each letter, read by read, exactly."""
        found = np.zeros(self._count, np.int64)
        np.add.at(found, self.rows, values)
        return found

    def counts(self, which: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many letters of each read are among `which`."""
        return np.bincount(self.rows[which], minlength=self._count).astype(np.int64)


def texts_of(content: NDArray[np.uint8], lengths: NDArray[np.int64]) -> Texts:
    """The column of strings that stand behind each other."""
    buffer = buffer_of(len(content))
    buffer[: len(content)] = content
    return Texts(buffer, starts_of(lengths), lengths, True)
