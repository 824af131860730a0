"""Maxima, minima, zeros and the lag in estimates, piece by piece."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tiltyard.application.derived.course import Course
from tiltyard.application.derived.crossings import Crossing, crossings
from tiltyard.application.derived.feature import NOTHING, Feature, Known
from tiltyard.application.derived.lag import lag
from tiltyard.application.derived.wanted import Wanted

if TYPE_CHECKING:
    from tiltyard.application.estimates import Estimates

#: Probability from which a place that is not certain is told.
POSSIBLE = 0.9


def features_of(found: Estimates, wanted: Wanted) -> tuple[Feature, ...]:
    """What is wanted, in the sequence of kinds, and for each in that of time.

    Parameters
    ----------
    found : Estimates
        With all orders of `Wanted.orders`. Nothing is found across a break: its pieces are looked
        through one by one.
    wanted : Wanted
    """
    pieces = found.pieces or (found,)
    searched = [_Piece(one) for one in pieces]
    features: list[Feature] = []
    for kind, order in wanted.kinds:
        for number, one in enumerate(searched, 1):
            own = one.features(kind, order)
            features += [replace(each, piece=number) if found.pieces else each for each in own]
    return tuple(features)


class _Piece:
    """One piece, and the courses of its derivatives."""

    def __init__(self, found: Estimates) -> None:
        self.found = found
        self._courses: dict[int, Course] = {}

    def course(self, order: int) -> Course:
        if order not in self._courses:
            row, drawn = self.found.orders.index(order), self.found.drawn
            self._courses[order] = Course(drawn.t, drawn.estimate[row], drawn.quantiles[:, row])
        return self._courses[order]

    def known(self, order: int) -> bool:
        """Whether the order has a band."""
        row = self.found.orders.index(order)
        return bool(np.isfinite(self.found.drawn.quantiles[:, row]).all())

    def recoverable(self, order: int) -> bool:
        return bool(self.found.recoverable[self.found.orders.index(order)])

    def features(self, kind: str, order: int) -> list[Feature]:
        needed = Wanted(((kind, order),)).orders
        if not all(self.known(one) for one in needed):
            return []
        if kind == "zero":
            every = [self._zero(order, one) for one in crossings(self.course(order))]
            found = [one for one in every if _likely(one)]
        else:
            extremes = self._extremes("maximum" if kind == "lag" else kind, order)
            found = self._lag(extremes) if kind == "lag" else extremes
        return [replace(one, recoverable=self.recoverable(order)) for one in found]

    def _zero(self, order: int, crossing: Crossing) -> Feature:
        return _feature("zero", order, crossing, NOTHING)

    def _extremes(self, kind: str, order: int) -> list[Feature]:
        """Those that are likely, and the most extreme one whatever it is, be it an end."""
        course, slope = self.course(order), self.course(order + 1)
        rising = kind == "minimum"
        inside = [one for one in crossings(slope, course) if one.rising == rising]
        found = [_feature(kind, order, one, _height(course, one)) for one in inside]
        most = int(np.argmin(course.values) if rising else np.argmax(course.values))
        if most in (0, len(course.t) - 1):
            found.append(self._end(kind, order, course, most))
        if not found:
            return []
        height = {False: max, True: min}[rising](one.height.value for one in found)
        told = [one for one in found if _likely(one) or one.height.value == height]
        return sorted(told, key=lambda one: one.place.value)

    def _end(self, kind: str, order: int, course: Course, most: int) -> Feature:
        """The end of the piece, where the derivative is larger, or smaller, than within."""
        place = float(course.t[most])
        low, *_, high = course.quantiles[:, most].tolist()
        return Feature(
            kind,
            order,
            Known(place, place, place),
            Known(float(course.values[most]), low, high),
            certain=False,
            probability=0.0,
            rising=kind == "minimum",
            edge="start" if most == 0 else "end",
        )

    def _lag(self, extremes: list[Feature]) -> list[Feature]:
        """The lag of the largest rate within the piece."""
        inside = [one for one in extremes if one.certain]
        if not inside:
            return []
        largest = max(inside, key=lambda one: one.height.value)
        return [lag(self.course(0), self.course(1), largest)]


def _likely(one: Feature) -> bool:
    return one.certain or one.probability >= POSSIBLE


def _feature(kind: str, order: int, crossing: Crossing, height: Known) -> Feature:
    edge = "start" if crossing.open_start else "end" if crossing.open_end else ""
    return Feature(
        kind,
        order,
        Known(crossing.place, crossing.low, crossing.high),
        height,
        certain=crossing.certain,
        probability=crossing.probability,
        rising=crossing.rising,
        edge=edge,
    )


def _height(course: Course, crossing: Crossing) -> Known:
    """The height of an extreme: no less extreme than at the place, no more than on its interval.

    A maximum is at least as high as the derivative at any one time.
    """
    place = np.array([crossing.place])
    low, *_, high = course.quantiles_at(place)[:, 0].tolist()
    inside = (course.t >= crossing.low) & (course.t <= crossing.high)
    if crossing.rising:
        low = min(low, float(course.quantiles[0, inside].min(initial=np.inf)))
    else:
        high = max(high, float(course.quantiles[-1, inside].max(initial=-np.inf)))
    return Known(float(course.at(place)[0]), low, high)
