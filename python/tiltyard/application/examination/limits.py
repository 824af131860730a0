"""Saturation and censoring: samples at an end of the range, of which one knows only «beyond».

A value that the highest or lowest samples share is a limit only with evidence: many more samples
have it than have the next values; and either noise crosses it back and forth, or a whole run of it
stands within samples that noise keeps from repeating, or the signal arrives at it with a slope that
leads beyond. A rounded turning point, a level that is reached and a signal at rest have none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiltyard.application.examination.findings import (
    Finding,
    Kind,
    counted,
    digits_of,
    stretches,
)
from tiltyard.application.examination.roughness import departures, neighbour_noise
from tiltyard.application.examination.runs import Runs, runs_of
from tiltyard.studies.derivatives.contract import Array

#: Fewest samples at a limit, of values on a grid and on none; most of the record; and fewest other
#: values. One sample alone may be zero because the lowest was subtracted.
FEWEST, PAIR, MOST, LEVELS = 3, 2, 0.9, 4
#: Ratio of the samples at a limit to those at any of the next levels. At a turning point rounded
#: to a step it is 2 / (2 (√2 - 1)) = 2.4 at most.
CROWDED, NEXT = 4, 5
#: Ratio of step to noise up to which noise keeps values from repeating often, and at all.
FINE, NEVER = 1.3, 0.1
#: Samples between two runs at a limit, at most, and their distance in standard deviations, for
#: noise that crosses it; how often; and their typical distance in steps: less is small counts.
BETWEEN, DEVIATIONS, CROSSINGS, DEPTH = 8, 5.0, 2, 3.0
#: Ratio of the noise to the spread of the others up to which it can be told from a signal that is
#: zero between bursts.
SMOOTH = 0.5
#: Samples beside a run by which its slope is extrapolated: fewest, most.
BESIDE = (5, 12)
#: By how much an extrapolation must lead beyond: standard errors, steps, changes between samples.
ERRORS, STEPS, CHANGES = 4.0, 2.0, 0.5
#: Median departure of the samples beside a run, in standard deviations of the noise, from which
#: noise reaches up to it; of as much noise as elsewhere it is 0.67.
REACHES = 0.35
#: At most so many runs, the longest, are extrapolated into.
TRIED = 20
#: Samples between two at the limit that belong to the same stretch of the note.
APART = 3


@dataclass(frozen=True, eq=False)
class Limit:
    """Samples that are known to be at a limit or beyond it.

    Attributes
    ----------
    value : float
        The limit [signal].
    above : bool
        Whether what was measured is above it; else it is below.
    at : (n,) array of bool
        The samples.
    """

    value: float
    above: bool
    at: np.ndarray

    def finding(self, t: Array) -> Finding:
        """What is to be said of it."""
        most, side = ("highest", "above") if self.above else ("lowest", "below")
        number = int(self.at.sum())
        words = (
            f"{counted(number, 'sample')} at the {most} value, {self.value:.6g}, a limit of the "
            f"range: they say no more than «at it or {side}», and are left out, at {{places}}"
        )
        places = stretches(t, self.at, APART)
        return Finding(Kind.LIMIT, words, t[self.at], places, digits_of(t))


def limits_of(t: Array, y: Array, step: float | None) -> list[Limit]:
    """The limits that a record reaches, none to two.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples without repeats of a held value.
    step : float or None
        Of the grid of the values [signal].
    """
    found = []
    for above in (True, False):
        value = float(y.max() if above else y.min())
        at = y == value
        if _is_crowded(y, at, step) and _is_evident(t, y, at, step):
            found.append(Limit(value, above, at))
    return found


def _is_crowded(y: Array, at: np.ndarray, step: float | None) -> bool:
    """Whether many more samples are at the extreme than at the values next to it."""
    number = int(at.sum())
    if not (PAIR if step is None else FEWEST) <= number <= MOST * len(y):
        return False
    value, others = float(y[at][0]), y[~at]
    values, counts = np.unique(others, return_counts=True)
    if len(counts) < LEVELS:
        return False
    if step is None:
        # The other end of the range may be a limit, too.
        other = np.argmax(np.abs(values - value))
        beside = int(np.delete(counts, other).max()) - 1
    else:
        level = np.rint(np.abs(others - value) / step)
        beside = int(np.bincount(level[level <= NEXT].astype(np.intp), minlength=2).max())
    return number > CROWDED * beside


def _is_evident(t: Array, y: Array, at: np.ndarray, step: float | None) -> bool:
    """Whether the extreme value is a limit, by one of the three kinds of evidence."""
    value = float(y[at][0])
    depth = np.abs(y - value)
    noise, noisy = neighbour_noise(t[~at], y[~at])
    runs = runs_of(at.astype(float))
    marked = runs.value == 1.0
    ends = (runs.start == 0) | (runs.stop == len(at))
    fine = noisy and (step is None or step <= FINE * noise)
    never = noisy and (step is None or step <= NEVER * noise)
    smooth = noise < SMOOTH * float(np.std(y[~at]))
    if fine and smooth and _crossings(depth, runs, noise, step) >= (1 if never else CROSSINGS):
        return True
    # Zero is where many things rest, so that runs of it alone say nothing.
    if fine and value != 0.0:
        if np.any(marked & ~ends & (runs.length >= FEWEST)):
            return True
        if never and np.count_nonzero(marked) > 1:
            return True
        if any(
            _noise_reaches(t, y, runs, int(place), noise)
            for place in np.flatnonzero(marked & ends & (runs.length >= BESIDE[0]))
        ):
            return True
    tried = marked & (runs.length >= FEWEST)
    if not fine or value == 0.0:
        tried &= ~ends
    places = np.flatnonzero(tried)
    places = places[np.argsort(-runs.length[places], kind="stable")][:TRIED]
    noise = noise if noisy else 0.0
    return any(_leads_beyond(t, depth, runs, int(place), noise, step) for place in places)


def _crossings(depth: Array, runs: Runs, noise: float, step: float | None) -> int:
    """How often the samples leave the limit by no more than noise, and come back."""
    short = np.flatnonzero((runs.value == 0.0) & (runs.length <= BETWEEN))
    short = short[(short > 0) & (short < len(runs.value) - 1)]
    farthest = np.maximum.reduceat(depth, runs.start)[short]
    near = farthest[farthest <= DEVIATIONS * noise]
    if step is not None and near.size and np.median(near) < DEPTH * step:
        return 0
    return len(near)


def _noise_reaches(t: Array, y: Array, runs: Runs, place: int, noise: float) -> bool:
    """Whether the samples beside a run at an end of the record are as noisy as all others.

    Then what was measured in the run is noisy, too, and something keeps it from being seen; the
    noise of a signal that starts from rest grows with it.
    """
    at_start = runs.start[place] == 0
    beside = place + 1 if at_start else place - 1
    start, stop = int(runs.start[beside]), int(runs.stop[beside])
    near = slice(start, min(start + BESIDE[1], stop))
    if not at_start:
        near = slice(max(stop - BESIDE[1], start), stop)
    size = departures(t[near], y[near], 3)
    return len(size) >= BESIDE[0] and float(np.median(np.abs(size))) > REACHES * noise


def _leads_beyond(
    t: Array, depth: Array, runs: Runs, place: int, noise: float, step: float | None
) -> bool:
    """Whether the samples on both sides of a run lead beyond the limit inside it.

    A side without enough samples says nothing; one side must.
    """
    start, stop = int(runs.start[place]), int(runs.stop[place])
    length = stop - start
    wanted = min(max(length, BESIDE[0]), BESIDE[1]) if noise else BESIDE[0]
    before = slice(max(start - wanted, int(runs.start[place - 1]) if place else 0), start)
    after_stop = int(runs.stop[place + 1]) if place + 1 < len(runs.start) else stop
    after = slice(stop, min(stop + wanted, after_stop))
    inside = min(length, wanted // 2) - 1
    answers = [
        _excess_is_clear(t[beside], depth[beside], t[at], nearest, noise, step)
        for beside, at, nearest in ((before, start + inside, -1), (after, stop - 1 - inside, 0))
        if beside.stop - beside.start >= BESIDE[0]
    ]
    return bool(answers) and all(answers)


def _excess_is_clear(
    t: Array, depth: Array, at: float, nearest: int, noise: float, step: float | None
) -> bool:
    """Whether the parabola through samples beside a run is clearly beyond the limit at a time.

    Parameters
    ----------
    t, depth : (m,) arrays
        Times and distances from the limit [signal], positive inside the range.
    at : float
        Time inside the run.
    nearest : int
        Which of the samples is next to the run, 0 or -1.
    """
    scale = float(t[-1] - t[0])
    powers = np.vander((t - t[nearest]) / scale, 3)
    inverse = np.linalg.pinv(powers)
    there = np.vander([(at - t[nearest]) / scale], 3)[0] @ inverse
    excess = -float(there @ depth)
    change = abs(float(depth[nearest] - depth[1 if nearest == 0 else -2]))
    least = max(
        ERRORS * noise * float(np.linalg.norm(there)), STEPS * (step or 0.0), CHANGES * change
    )
    return excess > least
