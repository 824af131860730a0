"""Where a derivative changes its sign, from its band alone.

At a zero of the derivative the 95 % band covers zero with 95 %. So all times at which it does are a
95 % confidence set for the place of a given zero, as in Fieller's theorem, however flat the
derivative is there, and whatever errors at neighbouring times have to do with each other. Where the
whole band is above zero on one side of such a set and below on the other, there is a zero between:
for certain where that is more than chance among many times can do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from tiltyard.application.derived.course import Course
from tiltyard.studies.derivatives.contract import Array

#: Probability from which a change of sign is certain. It is that at the best of all times on each
#: side, several of which have errors of their own, so that the band's 97.5 % on each do not do.
CERTAIN = 0.97
#: Times are known to this share of the largest.
RESOLVED = 4.0 * np.finfo(float).eps


@dataclass(frozen=True)
class Crossing:
    """A change of sign of the estimate.

    Attributes
    ----------
    place, low, high : float
        Of the estimate's zero, and the ends of its 95 % interval [time].
    rising : bool
        Whether the derivative changes from below zero to above.
    certain : bool
        Whether the band is on one side of zero before the interval, and on the other behind it,
        with a probability of `CERTAIN`.
    probability : float
        That the derivative is on both sides at all, at the best times of each, at least.
    open_start, open_end : bool
        Whether the interval reaches the start or the end of the piece.
    """

    place: float
    low: float
    high: float
    rising: bool
    certain: bool
    probability: float
    open_start: bool
    open_end: bool


def crossings(course: Course, height: Course | None = None) -> list[Crossing]:
    """All changes of sign of the estimate, one of several that cannot be told apart.

    Parameters
    ----------
    course : Course
    height : Course, optional
        The derivative whose extremes they are: of several the one where it is most extreme.
    """
    signs, size = np.sign(course.values), len(course.t)
    found = []
    unclear = regions(course)
    # How far the band keeps its side, before each of them and behind the last.
    begins = [0, *(stop for _, stop in unclear)]
    ends = [*(start for start, _ in unclear), size - 1]
    for number, (start, stop) in enumerate(unclear):
        inside = zeros(course, start, stop)
        if not inside:
            continue
        low, high = _ends(course, start, stop)
        before = int(signs[start]) if start >= 0 else 0
        behind = int(signs[stop]) if stop < size else 0
        changes = before * behind < 0
        if changes:
            inside = [_chosen(inside, 0.5 * (low + high), rising=behind > 0, height=height)]
        first, last = begins[number], ends[number + 1]
        chances = _chances(
            course, min(first, max(start, 0)), max(last, min(stop, size - 1)), inside
        )
        for (place, rising), (left, right) in zip(inside, pairwise(chances), strict=True):
            sides = left[0] + right[1] if rising else left[1] + right[0]
            probability = float(np.clip(sides - 1.0, 0.0, 1.0))
            found.append(
                Crossing(
                    place=place,
                    low=min(low, place),
                    high=max(high, place),
                    rising=rising,
                    certain=changes and probability >= CERTAIN,
                    probability=probability,
                    open_start=start < 0,
                    open_end=stop >= size,
                )
            )
    return found


def regions(course: Course) -> list[tuple[int, int]]:
    """Indices of the last time before and the first behind each run where the band has zero.

    -1 and the number of times stand for the ends of the piece.
    """
    lowest, highest = course.quantiles[0], course.quantiles[-1]
    label = np.where(lowest > 0, 1, np.where(highest < 0, -1, 0))
    known = np.flatnonzero(label)
    last, size = -1, len(label)
    found = []
    for index in (*known.tolist(), size):
        changed = last >= 0 and index < size and label[last] != label[index]
        if index - last > 1 or changed:
            found.append((last, index))
        last = index
    return found


def zeros(course: Course, start: int, stop: int) -> list[tuple[float, bool]]:
    """Zeros of the estimate between two indices, each with whether the estimate rises there."""
    first, last = max(start, 0), min(stop, len(course.t) - 1)
    values = course.values[first : last + 1]
    nonzero = first + np.flatnonzero(values)
    found = []
    for left, right in pairwise(nonzero.tolist()):
        if course.values[left] * course.values[right] < 0:
            ends = float(course.t[left]), float(course.t[right])
            place = _root(lambda t: float(course.at(np.array(t))), *ends, course)
            found.append((place, bool(course.values[right] > 0)))
    return found


def _chosen(
    inside: list[tuple[float, bool]], middle: float, *, rising: bool, height: Course | None
) -> tuple[float, bool]:
    """The one zero that stands for all of a region: most extreme, else next to its middle."""
    own = [one for one in inside if one[1] == rising]
    if height is None:
        return min(own, key=lambda one: abs(one[0] - middle))
    levels = height.at(np.array([place for place, _ in own]))
    # The derivative of a maximum falls.
    return own[int(np.argmin(levels) if rising else np.argmax(levels))]


def _ends(course: Course, start: int, stop: int) -> tuple[float, float]:
    """Times between which the band has zero."""
    low, high = float(course.t[0]), float(course.t[-1])
    if start >= 0:
        low = _touched(course, start, start + 1)
    if stop < len(course.t):
        high = _touched(course, stop, stop - 1)
    return min(low, high), max(low, high)


def _touched(course: Course, known: int, unknown: int) -> float:
    """Where the end of the band that is next to zero reaches it, from a time where it does not."""
    end = 0 if course.values[known] > 0 else -1

    def distance(t: float) -> float:
        return float(course.quantiles_at(np.array([t]))[end, 0])

    ends = float(course.t[known]), float(course.t[unknown])
    if distance(ends[0]) * distance(ends[1]) > 0:  # by rounding
        return ends[1]
    return _root(distance, *ends, course)


def _root(function: Callable[[float], float], a: float, b: float, course: Course) -> float:
    """A zero between a and b, to the digits that times of this record have."""
    digits = RESOLVED * float(np.abs(course.t[[0, -1]]).max())
    return float(brentq(function, a, b, xtol=max(digits, np.finfo(float).tiny)))


def _chances(
    course: Course, first: int, last: int, inside: list[tuple[float, bool]]
) -> list[tuple[float, float]]:
    """Largest probabilities of a value below and above zero, between neighbouring zeros.

    Before the first of them it is looked for from an index on, behind the last up to another.
    """
    positive = course.positive
    marks = [float(course.t[first]), *(place for place, _ in inside), float(course.t[last])]
    found = []
    for low, high in pairwise(marks):
        left, right = np.searchsorted(course.t, [low, high])
        part: Array = positive[max(left - 1, 0) : right + 1]
        found.append((float(1.0 - part.min()), float(part.max())))
    return found
