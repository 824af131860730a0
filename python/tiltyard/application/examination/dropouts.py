"""Dropouts: short runs of one exact value, far from what the samples around them say."""

from __future__ import annotations

import numpy as np

from tiltyard.application.examination.findings import (
    Finding,
    Kind,
    counted,
    digits_of,
    stretches,
)
from tiltyard.application.examination.roughness import departures, scatter
from tiltyard.application.examination.runs import runs_of
from tiltyard.studies.derivatives.contract import Array

#: Values that instruments give instead of a reading, besides the ends of the range.
SPECIAL = (0.0, -1.0)
#: Most samples of one dropout, as a number and as a share of the record, and share of all dropouts.
SHORT, LONGEST, MOST = 6, 0.1, 0.3
#: Distance from both neighbours in standard deviations of the noise, in largest changes nearby
#: between samples, and in changes across the dropout.
DEVIATIONS, CHANGES, ACROSS = 10.0, 4.0, 1.5
#: Samples on each side that count as nearby.
NEARBY = 5
#: Fewest different values of the others: fewer are a switch's positions.
LEVELS = 5
#: Fewest samples with the value: a single one is an outlier.
FEWEST = 2


def dropouts_of(t: Array, y: Array, step: float | None) -> tuple[np.ndarray, list[Finding]]:
    """Samples that are dropouts.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples.
    step : float or None
        Of the grid of the values [signal].

    Returns
    -------
    (n,) array of bool
        The samples that are none of the signal.
    list of Finding
        One for each value.
    """
    gone = np.zeros(len(y), dtype=bool)
    findings = []
    for _ in range(4):  # a record may have two such values, of which one hides behind the other
        others = y[~gone]
        for value in dict.fromkeys((float(others.min()), float(others.max()), *SPECIAL)):
            here = _at_value(t, y, gone, value, step)
            if here.any():
                gone |= here
                words = (
                    f"{counted(int(here.sum()), 'sample')} of exactly {value:.6g}, far from what "
                    "both sides say, left out as dropouts, at {places}"
                )
                findings.append(
                    Finding(Kind.DROPOUT, words, t[here], stretches(t, here), digits_of(t))
                )
                break
        else:
            break
    return gone, findings


def _at_value(t: Array, y: Array, gone: np.ndarray, value: float, step: float | None) -> np.ndarray:
    """The dropouts to one value, among the samples that are not gone."""
    rows = np.flatnonzero(~gone)
    samples = y[rows]
    at = samples == value
    found = np.zeros(len(y), dtype=bool)
    if not FEWEST <= at.sum() <= MOST * len(y) or len(np.unique(samples[~at])) < LEVELS:
        return found
    others = np.flatnonzero(~at)
    noise = scatter(departures(t[rows[others]], samples[others], 3))
    noise = max(noise, step or 0.0)
    changes = np.abs(np.diff(samples))
    changes[at[1:] | at[:-1]] = 0.0
    runs = runs_of(at.astype(float))
    short = runs.length <= max(LONGEST * len(y), SHORT)
    for place in np.flatnonzero((runs.value == 1.0) & short):
        start, stop = int(runs.start[place]), int(runs.stop[place])
        sides = samples[[i for i in (start - 1, stop) if 0 <= i < len(samples)]]
        distance = sides - value
        nearest = float(np.abs(distance).min())
        if nearest <= DEVIATIONS * noise or abs(np.sign(distance).sum()) < len(sides):
            continue
        near = changes[max(start - NEARBY, 0) : stop + NEARBY - 1].max()
        across = abs(float(sides[-1] - sides[0]))
        if nearest > max(CHANGES * float(near), ACROSS * across):
            found[rows[start:stop]] = True
    return found if found.sum() >= FEWEST else np.zeros(len(y), dtype=bool)
