"""Breaks and outliers of rounded samples, whose steps are neither."""

from __future__ import annotations

import numpy as np

from tiltyard.application.breaks.confirmation import Evidence
from tiltyard.application.breaks.finding import interventions
from tiltyard.application.breaks.search import Interventions
from tiltyard.application.examination.runs import Runs, runs_of
from tiltyard.studies.derivatives.contract import Array

#: Samples a step from which its samples are one: their rounding errors are a sawtooth, no noise.
ALIKE = 4.0


def rounded_interventions(
    t: Array, y: Array, resolution: float, rng: np.random.Generator, evidence: Evidence
) -> Interventions:
    """Outliers and confirmed breaks of a record of which many samples share a value.

    Rounding errors become noise by adding noise of their size. Where a value lasts for four
    samples or more on average, the sample in the middle of each step stands for all of it.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples.
    resolution : float
        Step of the values [signal].
    rng : numpy.random.Generator
    evidence : callable
        See `confirmed`.
    """
    steps = runs_of(y)
    if len(y) < ALIKE * len(steps.start):
        return interventions(t, _dithered(y, resolution, rng), evidence)
    middle = steps.start + steps.length // 2
    found = interventions(t[middle], _dithered(y[middle], resolution, rng), evidence)
    return _of_all(found, steps)


def _dithered(y: Array, resolution: float, rng: np.random.Generator) -> Array:
    return y + resolution * rng.uniform(-0.5, 0.5, len(y))


def _of_all(found: Interventions, steps: Runs) -> Interventions:
    """What was found among steps, of all samples."""
    breaks = [
        one._replace(before=int(steps.stop[one.before]) - 1, after=int(steps.start[one.after]))
        for one in found.breaks
    ]
    return Interventions(np.repeat(found.outlying, steps.length), breaks, found.gain)
