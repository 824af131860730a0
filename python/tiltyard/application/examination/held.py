"""Held samples: a slower sensor's value, or one logged on change, is repeated until the next."""

from __future__ import annotations

import numpy as np

from tiltyard.application.examination.findings import Finding, Kind, digits_of, stretches
from tiltyard.application.examination.roughness import neighbour_noise
from tiltyard.application.examination.runs import Runs, runs_of
from tiltyard.studies.derivatives.contract import Array

#: Share of the samples that repeat their neighbour, from which a record is held.
REPEATED = 0.4
#: Fewest runs of repeats, and fewest different values of them.
FEWEST = 4
#: Change between two long runs, in steps of the resolution, above which no smooth signal makes
#: both: where neighbours share a step it moves by less than one from sample to sample.
STEPS = 1.5
#: Share of such changes from which runs are no staircase.
LARGE = 0.3
#: Length of a single run of repeats that noise does not make.
FROZEN = 4
#: Ratio of the resolution to the noise below which noise does not repeat values, even where it is
#: smaller than elsewhere.
FINE = 0.01


def held_of(t: Array, y: Array, step: float | None) -> tuple[np.ndarray, Finding | None]:
    """Samples of a record that is held throughout, which only repeat the one before.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples.
    step : float or None
        Of the grid of the values [signal], if they lie on one.

    Returns
    -------
    (n,) array of bool
        The repeats: all but the first of each run.
    Finding or None
    """
    runs = runs_of(y)
    if not _is_held(y, runs, step):
        return np.zeros(len(y), dtype=bool), None
    repeats = np.ones(len(y), dtype=bool)
    repeats[runs.start] = False
    words = (
        f"most samples repeat the one before, in runs of {runs.typical:g} as a rule, though the "
        "values are on no grid so coarse: they were held until the next reading, and only the "
        f"first of each run, {len(runs.start)} of {len(y)}, counts"
    )
    return repeats, Finding(Kind.HELD, words, t[repeats])


def frozen_of(t: Array, y: Array, step: float | None) -> tuple[np.ndarray, Finding | None]:
    """Repeats of a reading that stood still for a while, in samples that are noisy otherwise.

    Parameters and results are those of `held_of`.
    """
    repeats = _frozen(t, y, runs_of(y), step)
    if not repeats.any():
        return repeats, None
    words = (
        "neighbours repeat one value exactly, which noise does not do, at {places}: a held "
        "reading, of which only the first sample counts"
    )
    finding = Finding(Kind.HELD, words, t[repeats], stretches(t, repeats), digits_of(t))
    return repeats, finding


def _is_held(y: Array, runs: Runs, step: float | None) -> bool:
    """Whether the record as a whole is held.

    Runs at either end of the range are left aside: they may be saturation.
    """
    inner = (runs.value != y.min()) & (runs.value != y.max())
    long = runs.length > 1
    number = int(runs.length[inner].sum())
    repeated = int((runs.length[inner] - 1).sum())
    if repeated <= REPEATED * number or runs.typical < 2 or long.sum() < FEWEST:
        return False
    if len(np.unique(runs.value[long])) < max(FEWEST, 0.2 * long.sum()):
        return False
    both = long[1:] & long[:-1]
    changes = np.abs(np.diff(runs.value))[both]
    if changes.size < FEWEST - 1:
        return False
    return step is None or float(np.mean(changes > STEPS * step)) > LARGE


def _frozen(t: Array, y: Array, runs: Runs, step: float | None) -> np.ndarray:
    """Repeats of single runs within noisy samples that do not repeat by themselves.

    A run at zero, at an end of the range or at an end of the record may be rest or saturation.
    """
    repeats = np.zeros(len(y), dtype=bool)
    inside = (runs.value != y.min()) & (runs.value != y.max()) & (runs.value != 0)
    inside &= (runs.start > 0) & (runs.stop < len(y))
    places = np.flatnonzero(inside & (runs.length >= FROZEN))
    if not places.size:
        return repeats
    noise, noisy = neighbour_noise(t[runs.start], runs.value)
    if not noisy or (step is not None and step > FINE * noise):
        return repeats
    for place in places:
        repeats[runs.start[place] + 1 : runs.stop[place]] = True
    return repeats
