"""The resolution: noise is never less than the rounding to the step of an instrument."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.application.examination.findings import Finding, Kind
from tiltyard.application.examination.grids import step_of
from tiltyard.application.examination.roughness import departures
from tiltyard.application.examination.runs import runs_of
from tiltyard.studies.derivatives.contract import Array

#: Share of the noise among neighbours from which the rounding is worth a word.
MATTERS = 0.3
#: Share of a step below which a fourth difference is that of values that were not rounded.
UNROUNDED = 0.02
#: Share of the fourth differences from which they are exact.
EXACT = 0.8
#: Samples a step that have the rounding errors of one, in nine of ten records.
SHARED = 2.5
#: Samples a step from which neighbours' rounding errors are alike.
ALIKE = 1.5


def checked_resolution(resolution: float | None) -> float | None:
    """The resolution that a user states.

    Raises
    ------
    ValueError
        If it is not positive or not finite.
    """
    if resolution is not None and not 0.0 < resolution < np.inf:
        raise ValueError(
            f"resolution {resolution}: give the step of the instrument's values, a positive number "
            "in units of the signal, or none, and it is looked for"
        )
    return resolution


def resolution_of(t: Array, y: Array) -> float | None:
    """The step to which the samples were rounded, if any.

    Values may be whole without having been rounded, as those of t² at whole times or of a ramp
    between two levels: where most neighbours lie on a polynomial of degree 3 exactly, they were
    not. Neighbours that all have one value say nothing about that.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and finite samples.
    """
    step = step_of(y)
    if step is None:
        return None
    fourth = np.abs(departures(t, y, 4))
    changes = np.r_[0, np.cumsum(np.diff(y) != 0)]
    fourth = fourth[changes[4:] > changes[:-4]]
    exact = fourth.size and np.mean(fourth < UNROUNDED * step) > EXACT
    return None if exact else step


def floor_of(resolution: float | None) -> float:
    """Standard deviation of the rounding to a step, that of a uniform distribution: step / √12."""
    return 0.0 if resolution is None else resolution / math.sqrt(12)


def samples_per_step(y: Array) -> float:
    """How many neighbours share a value on average, 1 or more."""
    return len(y) / len(runs_of(y).start)


def inflation_of(shared: float) -> float:
    """Factor by which errors of means over neighbours exceed those of white rounding errors.

    Where m neighbours share a step, their errors are one sawtooth. Of local parabolas through 5 to
    161 samples of rounded smooth signals with m from 3.5 to 74, the errors are 1.0 to 3.7 times
    those that step / √12 gives as white noise, √(m / 5); in nine of ten records, and where the
    signal turns slowly, it is no more than √(m / 2.5), which is taken.

    Parameters
    ----------
    shared : float
        Samples per step.
    """
    return math.sqrt(max(shared / SHARED, 1.0))


def resolution_finding(y: Array, resolution: float, noise: float, *, given: bool) -> Finding | None:
    """What is to be said of the resolution; nothing if the noise is much larger.

    Parameters
    ----------
    y : (n,) array
        Samples that count.
    resolution : float
        Step [signal].
    noise : float
        Scatter about the neighbours [signal].
    given : bool
        Whether the user stated it.
    """
    floor, shared = floor_of(resolution), samples_per_step(y)
    if floor < MATTERS * noise:
        return None
    found = "the resolution that you gave" if given else "all values are multiples of one step, the"
    start = f"{found} is" if given else f"{found} resolution of"
    words = (
        f"{start} {resolution:.4g}: the noise is taken as no less than that of rounding to it, "
        f"{floor:.2g}"
    )
    if shared >= ALIKE:
        words += f"; some {shared:.2g} neighbours share a step, so that their errors are alike"
    if shared > SHARED:
        words += f" and count as white noise of {floor * inflation_of(shared):.2g}"
    return Finding(Kind.RESOLUTION, words)
