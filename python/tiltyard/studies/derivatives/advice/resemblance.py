"""How far a series resembles the signals of a study: by three numbers that have no units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tiltyard.application.result import Derivatives
from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.signals import find_signal

#: Points at which a signal's character is taken.
POINTS = 251
#: What the numbers mean, in their sequence.
CHARACTER = (
    "slope over the record",
    "curvature over the slope",
    "unevenness of the slope",
)


def character(t: Array, value: Array, slope: Array, curvature: Array) -> Array:
    """Three logarithms that tell how a curve varies.

    Parameters
    ----------
    t, value, slope, curvature : (n,) arrays
        Increasing times, and the derivatives of order 0 to 2 there.

    Returns
    -------
    (3,) array
        Of ``T sd(slope) / sd(value)`` and of ``T sd(curvature) / sd(slope)`` with the record's
        length T, which count oscillations, and of ``rms(slope) / mean |slope|``, which is large
        where everything happens at once.

    Raises
    ------
    ValueError
        If the curve is constant or a straight line: it has no character.
    """
    spreads = [float(np.std(row)) for row in (value, slope, curvature)]
    mean = float(np.mean(np.abs(slope)))
    if not min(*spreads, mean) > 0:
        raise ValueError("the curve is constant or a straight line: any estimator will do")
    length = float(t[-1] - t[0])
    rms = float(np.sqrt(np.mean(slope**2)))
    return np.log([length * spreads[1] / spreads[0], length * spreads[2] / spreads[1], rms / mean])


def character_of_signal(name: str) -> Array:
    """The character of a signal of the study."""
    signal = find_signal(name)
    t = signal.times(POINTS)
    rows = signal.derivatives(t)[:3].astype(np.float64)
    return character(t, *rows)


def character_of_estimate(found: Derivatives) -> Array:
    """The character of an estimated curve, of which orders 0 to 2 were asked for."""
    return character(found.t_eval, *found.estimate[:3])


@dataclass(frozen=True, eq=False)
class Resemblance:
    """Distances of a series from a study's signals.

    Attributes
    ----------
    distances : dict
        Signal -> distance, nearest first; 1 is a standard deviation among the study's signals
        in each of the numbers of `CHARACTER`.
    usual : float
        Median distance of a signal of the study from its own nearest.
    farthest : float
        Largest such distance.
    """

    distances: Mapping[str, float]
    usual: float
    farthest: float

    def nearest(self, count: int) -> list[str]:
        return list(self.distances)[:count]

    @property
    def words(self) -> str:
        """The resemblance in plain words."""
        name, distance = next(iter(self.distances.items()))
        if distance <= self.usual:
            start = f"like {name}"
        elif distance <= self.farthest:
            start = f"somewhat like {name}"
        else:
            start = f"like no signal of the study (the nearest is {name})"
        return (
            f"{start}: it is at distance {distance:.2g}, where the study's own signals have their "
            f"nearest at {self.usual:.2g} on the median and {self.farthest:.2g} at most"
        )


def resemblance(own: Array, characters: Mapping[str, Array]) -> Resemblance:
    """Distances of the character `own` from those of signals, at least three of them."""
    table = np.array(list(characters.values()))
    scale = np.maximum(table.std(axis=0, ddof=1), np.finfo(float).tiny)
    unit = table / scale
    away = np.linalg.norm(unit - own / scale, axis=1)
    between = np.linalg.norm(unit[:, None] - unit[None], axis=2)
    np.fill_diagonal(between, np.inf)
    nearest = between.min(axis=1)
    order = np.argsort(away, kind="stable")
    names = list(characters)
    return Resemblance(
        {names[i]: float(away[i]) for i in order},
        usual=float(np.median(nearest)),
        farthest=float(nearest.max()),
    )


def characters_of(signals: Iterable[str]) -> dict[str, Array]:
    """The characters of several signals."""
    return {name: character_of_signal(name) for name in signals}
