"""Where a derivative changes its sign, from its band alone.

At a zero of the derivative the 95 % band covers zero with 95 %. So all times at which it does are a
95 % confidence set for the place of a given zero, as in Fieller's theorem, however flat the
derivative is there, and whatever errors at neighbouring times have to do with each other. Where the
whole band is above zero on one side of such a set and below on the other, there is a zero between.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from tiltyard.application.derived.course import Course
from tiltyard.studies.derivatives.contract import Array


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
        Whether the band is on one side of zero before the interval, and on the other behind it.
    probability : float
        That there is such a change of sign between the neighbouring ones, at least.
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
    signs = np.sign(course.values)
    found = []
    edges = regions(course)
    for start, stop in edges:
        inside = zeros(course, start, stop)
        if not inside:
            continue
        before = int(signs[start]) if start >= 0 else 0
        behind = int(signs[stop]) if stop < len(course.t) else 0
        certain = before * behind < 0
        if certain:
            inside = [_chosen(inside, rising=behind > 0, height=height)]
        low, high = _ends(course, start, stop)
        chances = _chances(course, start, stop, [place for place, _ in inside])
        for (place, rising), (left, right) in zip(inside, pairwise(chances), strict=True):
            sure = (left[0] + right[1] if rising else left[1] + right[0]) - 1.0
            found.append(
                Crossing(
                    place=place,
                    low=min(low, place),
                    high=max(high, place),
                    rising=rising,
                    certain=certain,
                    probability=float(np.clip(sure, 0.0, 1.0)),
                    open_start=start < 0,
                    open_end=stop >= len(course.t),
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
            place = brentq(course.at, course.t[left], course.t[right])
            found.append((float(place), bool(course.values[right] > 0)))
    return found


def _chosen(
    inside: list[tuple[float, bool]], *, rising: bool, height: Course | None
) -> tuple[float, bool]:
    """The one zero that stands for all of a region: most extreme, else in the middle."""
    own = [one for one in inside if one[1] == rising]
    if height is None:
        return own[len(own) // 2]
    levels = height.at(np.array([place for place, _ in own]))
    # The derivative of a maximum falls.
    return own[int(np.argmin(levels) if rising else np.argmax(levels))]


def _ends(course: Course, start: int, stop: int) -> tuple[float, float]:
    """Times between which the band has zero, by lines between neighbouring times."""
    low, high = course.t[0], course.t[-1]
    if start >= 0:
        low = _touched(course, start, start + 1)
    if stop < len(course.t):
        high = _touched(course, stop, stop - 1)
    return float(min(low, high)), float(max(low, high))


def _touched(course: Course, known: int, unknown: int) -> float:
    """Where the end of the band that is next to zero reaches it, from a time where it does not."""
    end = course.quantiles[0 if course.values[known] > 0 else -1]
    inner, outer = float(end[known]), float(end[unknown])
    share = inner / (inner - outer) if inner * outer <= 0 and inner != outer else 1.0
    return float(course.t[known] + share * (course.t[unknown] - course.t[known]))


def _chances(
    course: Course, start: int, stop: int, places: list[float]
) -> list[tuple[float, float]]:
    """Largest probabilities of a value below and above zero, between neighbouring zeros.

    Those that begin or end a region go as far as the band keeps its side there.
    """
    positive = course.positive()
    first, last = max(start, 0), min(stop, len(course.t) - 1)
    marks = [float(course.t[first]), *places, float(course.t[last])]
    found = []
    for low, high in pairwise(marks):
        left, right = np.searchsorted(course.t, [low, high])
        part: Array = positive[max(left - 1, 0) : right + 1]
        found.append((float(1.0 - part.min()), float(part.max())))
    return found
