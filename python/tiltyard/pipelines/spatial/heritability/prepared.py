"""What the regression has of a trait and its SNPs, and what an implementation of it has to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.spatial.rule.regression import Trait

Floats = NDArray[np.float64]
#: Spots of a chunk; chunks begin at multiples of it.
SPOTS = 64


@dataclass(frozen=True)
class Prepared:
    """A trait, and the map that makes LD scores of a spot's scores.

    Parameters
    ----------
    trait : Trait
    weights : (n, G) CSR of float32
        SNPs × genes that map and scores have in common.
    """

    trait: Trait
    weights: Any


@dataclass(frozen=True)
class Estimates:
    """What the regression says of m spots.

    Parameters
    ----------
    beta, se : (m,) array
        NaN where the status is not ``ok``.
    h2_weight, mean_product : (m,) array
        The weights' constant, and the mean of x N.
    status : (m,) array of str
    """

    beta: Floats
    se: Floats
    h2_weight: Floats
    mean_product: Floats
    status: NDArray[np.str_]

    def of(self, first: int, last: int) -> Estimates:
        """Some of the spots."""
        return Estimates(*(value[first:last] for value in vars(self).values()))


def together(parts: list[Estimates]) -> Estimates:
    """Spots behind each other."""
    names = list(vars(parts[0]))
    return Estimates(*(np.concatenate([vars(one)[name] for one in parts]) for name in names))


class Regressor(Protocol):
    """Regresses a prepared trait on a chunk; it may be called from several threads at once."""

    def __call__(self, scores: NDArray[np.float32]) -> Estimates:
        """Estimates for scores of `SPOTS` spots, (SPOTS, G)."""


class Way(Protocol):
    """One way to regress; it has to give what the rule gives."""

    @property
    def name(self) -> str:
        """As in `ways.NAMES`."""

    def regressor(self, prepared: Prepared, precision: int) -> Regressor:
        """Who regresses chunks, in 32 or 64 bits."""
