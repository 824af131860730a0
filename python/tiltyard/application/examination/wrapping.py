"""Wrapped values: an angle that goes on at 0 after 360, a counter that overflows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tiltyard.application.examination.findings import Finding, Kind, digits_of
from tiltyard.application.examination.roughness import departures, scatter
from tiltyard.studies.derivatives.contract import Array

#: Periods of angles: degrees, radians, gon; axes that have no direction; NATO mils.
ANGLES = (360.0, 2 * math.pi, 400.0, 180.0, math.pi, 6400.0)
#: Periods of phases and clocks: turns, hours, minutes, seconds.
PHASES = (1.0, 24.0, 12.0, 60.0, 1440.0, 3600.0, 86400.0)
#: Periods of counters, for values that are multiples of a step.
COUNTERS = (*(2.0**k for k in range(8, 33)), *(10.0**k for k in range(2, 10)))
#: Most of a period that the unwrapped values may move between two samples: more is ambiguous.
FASTEST = 1 / 3
#: Least share of a period that the record covers.
COVERED = 0.6
#: How far values may lie outside the range, as a share of the period: noise added after wrapping.
OUTSIDE = 0.03
#: Widest hole in the range, as a share of the period, of values that pass through all of it.
HOLE = 0.5
#: Ratio of the departures at the wraps to this quantile of those elsewhere, and of wide groups to
#: the largest, up to which they are usual.
USUAL, QUANTILE, LARGEST = 3.0, 0.95, 1.5
#: Most noise, as a share of the period.
NOISIEST = 1 / 16
#: Most neighbours of which means are compared.
WIDEST = 32
#: Fewest windows elsewhere, for every one of the neighbours, that say what is usual, and the
#: largest departure, as a share of the period, where there are fewer.
WINDOWS, SMOOTH = 4, 1 / 16
#: Fewest different values, less whole periods.
LEVELS = 6
#: Share of a period that is no more than rounding.
TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Unwrapped:
    """Values without their jumps by a period.

    Attributes
    ----------
    y : (n,) array
        The values, the first as it was [signal].
    period : float
        [signal]
    after : (m,) array of int
        The samples before each of which a period was passed.
    """

    y: Array
    period: float
    after: np.ndarray

    def finding(self, t: Array) -> Finding:
        """What is to be said of it."""
        number = len(self.after)
        times = t[self.after]
        often = "once" if number == 1 else f"{number} times"
        words = (
            f"the values wrap around by {self.period:.6g} {often}, before {{places}}: they are "
            "unwrapped, and go on beyond their range"
        )
        places = tuple((float(time), float(time)) for time in times)
        return Finding(Kind.WRAPPED, words, times, places, digits_of(t))


def unwrap(t: Array, y: Array, step: float | None) -> Unwrapped | None:
    """The record unwrapped, if it is wrapped.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples.
    step : float or None
        Of the grid of the values [signal].

    Returns
    -------
    Unwrapped or None
        None unless the values lie within one known period, jump from one of its ends to the
        other, and go on there with the same slope as elsewhere, to within the noise.
    """
    low, high = float(y.min()), float(y.max())
    for period in (*ANGLES, *PHASES, *(COUNTERS if step else ())):
        if not COVERED * period < high - low <= (1 + 2 * OUTSIDE) * period:
            continue
        if period in COUNTERS and (step is None or not _divides(step, period)):
            continue
        slack = OUTSIDE * period
        if not any(a - slack <= low and high <= a + period + slack for a in (0.0, -period / 2)):
            continue
        found = _unwrapped(t, y, period)
        if found is not None:
            return found
    return None


def _divides(step: float, period: float) -> bool:
    ratio = period / step
    return abs(ratio - round(ratio)) < TINY * ratio


def _unwrapped(t: Array, y: Array, period: float) -> Unwrapped | None:
    """The record unwrapped by a period, if it is smooth then."""
    turns = -np.rint(np.diff(y) / period)
    after = np.flatnonzero(turns) + 1
    if not after.size or np.abs(turns).max() > 1:
        return None
    whole = y + period * np.r_[0.0, np.cumsum(turns)]
    if np.abs(np.diff(whole)).max() > FASTEST * period:
        return None
    levels = np.unique(np.rint(np.mod(whole, period) / (TINY * period)))
    if len(levels) < LEVELS or not (_passes_through(y, period) or _hovers(y, period)):
        return None
    if scatter(departures(t, whole, 2)) > NOISIEST * period:
        return None
    return Unwrapped(whole, period, after) if _is_smooth(t, whole, period, after) else None


def _passes_through(y: Array, period: float) -> bool:
    """Whether the values pass through the whole range, as those of two states do not."""
    return float(np.diff(np.sort(y)).max()) < HOLE * period


def _hovers(y: Array, period: float) -> bool:
    """Whether an angle stays near the border: values at both ends of the range, none outside."""
    low, high = float(y.min()), float(y.max())
    return period in ANGLES and any(a <= low and high <= a + period for a in (0.0, -period / 2))


def _is_smooth(t: Array, whole: Array, period: float, after: np.ndarray) -> bool:
    """Whether value and slope go on across the wraps as they do elsewhere.

    Means of 1, 2, 4, … neighbours on both sides of each boundary between samples are compared:
    the wider, the smaller a change of slope that noise does not hide.
    """
    wraps = np.zeros(len(t) + 1, dtype=bool)
    wraps[after] = True
    width = 1
    while width <= WIDEST and (width == 1 or 4 * width <= len(t)):
        for size, boundary in _mismatches(t, whole, width):
            touched = wraps[boundary]
            near = np.zeros(len(t) + 1, dtype=np.intp)
            np.add.at(near, np.maximum(after - 2 * width, 0), 1)
            np.add.at(near, np.minimum(after + 2 * width, len(t)), -1)
            free = np.cumsum(near)[boundary] == 0
            usual = SMOOTH * period if width == 1 else np.inf
            if np.count_nonzero(free) >= WINDOWS * width:
                usual = USUAL * float(np.quantile(size[free], QUANTILE)) + TINY * period
                # Wide groups overlap, so that few of them are independent.
                if width > 1:
                    usual = max(usual, LARGEST * float(size[free].max()))
            if touched.any() and float(size[touched].max()) > usual:
                return False
        width *= 2
    return True


def _mismatches(t: Array, y: Array, width: int) -> Iterator[tuple[Array, np.ndarray]]:
    """How badly two lines on both sides of a boundary meet, at every boundary that has room.

    Each line goes through the means of two neighbouring groups of samples. Single samples give
    departures of order 2, which reach closer to the ends.

    Yields
    ------
    (m,) array
        Difference of the lines in value, then in slope; both positive [signal].
    (m,) array of int
        The sample after each boundary.
    """
    if width == 1:
        size = np.abs(departures(t, y, 2))
        yield np.r_[size, size], np.r_[np.arange(1, len(t) - 1), np.arange(2, len(t))]
    if len(t) < 4 * width:
        return
    sums = [np.r_[0.0, np.cumsum(values - values[0])] for values in (t, y)]
    times, means = (((s[width:] - s[:-width]) / width) for s in sums)
    boundary = np.arange(2 * width, len(t) - 2 * width + 1)
    far, near = boundary - 2 * width, boundary - width
    left = (means[near] - means[far]) / (times[near] - times[far])
    right_near, right_far = boundary, boundary + width
    right = (means[right_far] - means[right_near]) / (times[right_far] - times[right_near])
    middle = (t[boundary - 1] + t[boundary]) / 2 - t[0]
    from_left = means[near] + left * (middle - times[near])
    from_right = means[right_near] + right * (middle - times[right_near])
    yield np.abs(from_right - from_left), boundary
    span = (times[right_far] - times[far]) / 2
    yield np.abs(right - left) * span, boundary
