"""What may happen to a record at one place: its regressors beside a smooth process.

Outliers and level shifts are the interventions of Chen & Liu (1993), changes of slope and of
curvature the shocks to a state of de Jong & Penzer (1998).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

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

    @cached_property
    def _runs(self) -> list[tuple[int, int]]:
        n = len(self.x)
        return [(i, k) for k in RUNS if 4 * k < n for i in range(1, n - k)]

    @cached_property
    def kind(self) -> NDArray[np.int64]:
        """(effects,) `Effect` of each."""
        n = len(self.x)
        counts = (n - 1, n - 1, n - 1, n, len(self._runs))
        return np.repeat(np.arange(len(counts)), counts)

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """(effects,) first sample that each effect reaches."""
        n = len(self.x)
        after, runs = np.arange(1, n), [i for i, _ in self._runs]
        return np.concatenate([after, after, after, np.arange(n), np.array(runs, dtype=np.int64)])

    @cached_property
    def length(self) -> NDArray[np.int64]:
        """(effects,) samples of an outlier or of a run of them; 0 for breaks."""
        n = len(self.x)
        runs = np.array([k for _, k in self._runs], dtype=np.int64)
        return np.concatenate([np.zeros(3 * (n - 1), dtype=np.int64), np.ones(n, np.int64), runs])

    @cached_property
    def regressors(self) -> Array:
        """(n, effects) regressors; a break lies half-way between two samples."""
        x = self.x
        since = x[:, None] - (0.5 * (x[1:] + x[:-1]))
        place, starts = np.arange(len(x))[:, None], self.first[self.kind == Effect.RUN]
        ends = starts + self.length[self.kind == Effect.RUN]
        late = np.maximum(since, 0.0)
        parts = [since > 0, late, late**2, np.eye(len(x)), (place >= starts) & (place < ends)]
        return np.concatenate(parts, axis=1, dtype=np.float64)

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """(effects,) whether the samples beside it can tell."""
        n, last = len(self.x), self.first + self.length
        inside = (self.first >= BESIDE) & (self.first <= n - BESIDE)
        whole = (self.first >= 2) & (last <= n - 2)
        return np.where(self.kind <= Effect.ONSET, inside, whole)


def break_regressors(x: Array, place: float, kind: Effect) -> Array:
    """(n, 3 - kind) regressors of all derivatives from that order up to the second at `place`."""
    late = np.where(x > place, x - place, 0.0)
    return np.stack([np.where(x > place, late**power, 0.0) for power in range(kind, 3)], axis=1)
