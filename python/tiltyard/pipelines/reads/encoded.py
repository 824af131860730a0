"""What an encoder gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Encoded:
    """Reads of a batch as an array.

    Parameters
    ----------
    tensor : (n, …)
        As the encoder says.
    lengths : (n,) int32
        Letters of each read, after cutting.
    mask : (n, W) bool
        Where there are letters.
    cut : int
        How many reads were longer than W.
    """

    tensor: NDArray[Any]
    lengths: NDArray[np.int32]
    mask: NDArray[np.bool_]
    cut: int = 0

    def __len__(self) -> int:
        return len(self.lengths)
