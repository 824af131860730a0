"""Resemblance of a series to the signals of a study, by three dimensionless numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tiltyard.application.result import Derivatives
from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.signals import find_signal

#: Number of times at which a signal's character is computed.
POINTS = 251
#: Names of the three numbers of a character, in their order.
CHARACTER = (
    "slope over the record",
    "curvature over the slope",
    "unevenness of the slope",
)


def character(t: Array, value: Array, slope: Array, curvature: Array) -> Array:
    """Character of a curve: three logarithms that describe how it varies.

    Parameters
    ----------
    t, value, slope, curvature : (n,) arrays
        Increasing times, and the derivatives of order 0 to 2 there.

    Returns
    -------
    (3,) array
        Logarithms of ``T sd(slope) / sd(value)`` and ``T sd(curvature) / sd(slope)`` with the
        record's length T, which grow with the number of oscillations, and of
        ``rms(slope) / mean |slope|``, which is large if the curve changes in a short time only.

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
    """The character of an estimated curve; its first three rows must be orders 0 to 2."""
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
        Median over the study's signals of the distance to the nearest other signal.
    farthest : float
        Largest of these distances.
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
            f"{start}: its distance is {distance:.2g}; a signal of the study is {self.usual:.2g} "
            f"(median) to {self.farthest:.2g} (largest) away from its nearest other signal"
        )


def resemblance(own: Array, characters: Mapping[str, Array]) -> Resemblance:
    """Distances of the character `own` from the characters of at least three signals."""
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
