"""Where two matrices of scores differ first, by more than rounding may."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

#: Scores that are 0 in one and not in the other, as a share: where m is 1 but for rounding.
FLIPS = 1e-4
#: The score at m = 1 is e - 1 or 0; next to it a flip is no fault.
_AT_ONE = np.float16(1.75)


def rows_of(path: Path, genes: int) -> NDArray[np.float16]:
    """Scores of a file."""
    return np.fromfile(path, "<f2").reshape(-1, genes)


def difference(expected: Path, output: Path, genes: int) -> str:
    """The first score that is more than a step of float16 from what is expected, in words.

    "" if there is none. Where one is 0, the other may be the least score that there is: few of
    these are rounding.
    """
    right, found = rows_of(expected, genes), rows_of(output, genes)
    if right.shape != found.shape:
        return f"{len(right):,} spots expected, {len(found):,} found"
    flips = 0
    for row, (one, other) in enumerate(zip(right, found, strict=True)):
        flip = (one == 0) != (other == 0)
        steps = np.abs(one.view(np.int16).astype(np.int64) - other.view(np.int16))
        wrong = np.where(flip, np.maximum(one, other) > _AT_ONE, steps > 1)
        if wrong.any():
            gene = int(np.flatnonzero(wrong)[0])
            return f"spot {row}, gene {gene}: {one[gene]} expected, {other[gene]} found"
        flips += int(flip.sum())
    if flips > FLIPS * right.size:
        return f"{flips:,} of {right.size:,} scores are 0 in one and not in the other"
    return ""
