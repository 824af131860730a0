"""What an encoder gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Encoded:
    """Reads of a batch as an array.

    Parameters
    ----------
    tensor : (n, …)
        As the encoder says.
    lengths : (n,) int
        Letters of each read.
    mask : (n, W) bool or None
        None is made of the lengths when it is asked for.
    cut : int
        How many reads were longer than W.
    width : int or None
        W, which the mask tells if it is given.

    Attributes
    ----------
    tensor, cut : as given
    """

    __slots__ = ("_lengths", "_mask", "cut", "tensor", "width")

    def __init__(
        self,
        tensor: NDArray[Any],
        lengths: NDArray[np.integer[Any]],
        mask: NDArray[np.bool_] | None = None,
        cut: int = 0,
        width: int | None = None,
    ) -> None:
        if width is None:
            if mask is None:
                raise TypeError("an array needs a mask, or its width")
            width = mask.shape[1]
        self.tensor = tensor
        self.cut = cut
        self.width = width
        self._lengths = lengths
        self._mask = mask

    def __reduce__(self) -> tuple[type[Encoded], tuple[Any, ...]]:
        return Encoded, (self.tensor, self.lengths, self._mask, self.cut, self.width)

    def __len__(self) -> int:
        return len(self._lengths)

    @property
    def lengths(self) -> NDArray[np.int32]:
        """Letters of each read, after cutting, (n,)."""
        found = self._lengths
        if found.dtype != np.int32:
            found = np.minimum(found, self.width) if self.cut else found
            self._lengths = found = found.astype(np.int32)
        return found  # type: ignore[return-value]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Where there are letters, (n, W)."""
        if self._mask is None:
            self._mask = mask_of(self.lengths, self.width)
        return self._mask

    def part(self, rows: slice) -> Encoded:
        """Rows of arrays in which no read was cut."""
        mask = None if self._mask is None else self._mask[rows]
        return Encoded(self.tensor[rows], self._lengths[rows], mask, 0, self.width)


def mask_of(lengths: NDArray[np.integer[Any]], width: int) -> NDArray[np.bool_]:
    """Where there are letters, (n, W), of reads that have so many."""
    if len(lengths) and lengths.min() >= width:
        return np.ones((len(lengths), width), np.bool_)
    found: NDArray[np.bool_] = np.arange(width, dtype=np.int32) < lengths.astype(np.int32)[:, None]
    return found
