"""What may happen to a record at one place: its regressors beside a smooth process.

Outliers and level shifts are the interventions of Chen & Liu (1993), changes of slope and of
curvature the shocks to a state of de Jong & Penzer (1998).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array

#: Neighbours that may be outliers together.
RUNS = (2, 3, 4, 5, 6, 8)
#: Fewest samples on either side of a break.
BESIDE = 5


class Effect(IntEnum):
    """Kinds of effects; a break's value is the lowest order of the derivative that breaks."""

    JUMP = 0
    KINK = 1
    ONSET = 2
    OUTLIER = 3
    RUN = 4

    @property
    def is_break(self) -> bool:
        return self <= Effect.ONSET


@dataclass(frozen=True, eq=False)
class Effects:
    """Every effect that a window of samples may show.

    Attributes
    ----------
    x : (n,) array
        Increasing times from 0 to 1.
    """

    x: Array

    @property
    def kind(self) -> NDArray[np.int64]:
        """(effects,) `Effect` of each."""
        return _places(len(self.x)).kind

    @property
    def first(self) -> NDArray[np.int64]:
        """(effects,) first sample that each effect reaches."""
        return _places(len(self.x)).first

    @property
    def length(self) -> NDArray[np.int64]:
        """(effects,) samples of an outlier or of a run of them; 0 for breaks."""
        return _places(len(self.x)).length

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """(effects,) whether the samples beside it can tell."""
        return _places(len(self.x)).allowed

    @cached_property
    def regressors(self) -> Array:
        """(n, effects) regressors; a break lies half-way between two samples."""
        x = self.x
        since = x[:, None] - (0.5 * (x[1:] + x[:-1]))
        late = np.maximum(since, 0.0)
        parts = [since > 0, late, late**2, _places(len(x)).apart]
        return np.concatenate(parts, axis=1, dtype=np.float64)


class _Places(NamedTuple):
    """What of the effects of n samples depends on n alone."""

    kind: NDArray[np.int64]
    first: NDArray[np.int64]
    length: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    apart: Array  # (n, outliers and runs) regressors of these


@lru_cache(maxsize=16)
def _places(n: int) -> _Places:
    runs = [(i, k) for k in RUNS if 4 * k < n for i in range(1, n - k)]
    starts, lengths = np.array(runs, dtype=np.int64).reshape(-1, 2).T
    counts = (n - 1, n - 1, n - 1, n, len(runs))
    kind, after = np.repeat(np.arange(len(counts)), counts), np.arange(1, n)
    first = np.concatenate([after, after, after, np.arange(n), starts])
    length = np.concatenate([np.zeros(3 * (n - 1), dtype=np.int64), np.ones(n, np.int64), lengths])
    last = first + length
    inside = (first >= BESIDE) & (first <= n - BESIDE)
    whole = (first >= 2) & (last <= n - 2)
    place, own = np.arange(n)[:, None], kind >= Effect.OUTLIER
    apart = (place >= first[own]) & (place < last[own])
    allowed = np.where(kind <= Effect.ONSET, inside, whole)
    return _Places(kind, first, length, allowed, apart.astype(np.float64))


def break_regressors(x: Array, place: float, kind: Effect) -> Array:
    """(n, 3 - kind) regressors of all derivatives from that order up to the second at `place`."""
    late = np.where(x > place, x - place, 0.0)
    return np.stack([np.where(x > place, late**power, 0.0) for power in range(kind, 3)], axis=1)
