"""What is refused in scores that another program wrote."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.faults import InputError, listed


def checked(
    path: Path, values: NDArray[Any], first: int, spots: Sequence[str], genes: Sequence[str]
) -> NDArray[Any]:
    """Scores of the rows from `first` on, if all are finite and none is negative.

    Raises
    ------
    InputError
        With the first place.
    """
    bad = ~((values >= 0) & np.isfinite(values))
    if bad.any():
        row, gene = (int(one) for one in np.argwhere(bad)[0])
        raise InputError(
            f"{path}: spot {spots[first + row]}, gene {genes[gene]}: {values[row, gene]} is no "
            "score; scores are finite and at least 0. `tiltyard spatial specificity` cuts those "
            "beyond float16, and counts them"
        )
    return values


def check_names(path: Path, names: Sequence[str], what: str) -> None:
    """Refuse names of genes or spots that are there twice."""
    if len(set(names)) == len(names):
        return
    met: set[str] = set()
    twice = [name for name in names if name in met or met.add(name)]  # type: ignore[func-returns-value]
    raise InputError(f"{path}: {what} that are there twice: {listed(twice)}; write each once")
