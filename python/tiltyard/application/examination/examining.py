"""What the samples alone show before anything is fitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tiltyard.application.examination.dropouts import dropouts_of
from tiltyard.application.examination.findings import Finding, Kind
from tiltyard.application.examination.gaps import gap_finding
from tiltyard.application.examination.grids import step_of
from tiltyard.application.examination.held import frozen_of, held_of
from tiltyard.application.examination.limits import Limit, limits_of
from tiltyard.application.examination.resolution import (
    checked_resolution,
    floor_of,
    inflation_of,
    resolution_finding,
    resolution_of,
    samples_per_step,
)
from tiltyard.application.examination.roughness import departures, scatter
from tiltyard.application.examination.wrapping import unwrap
from tiltyard.studies.derivatives.contract import Array

#: Order of the differences that show the noise among neighbours.
ORDER = 4

#: Looks at times, samples and their step for samples that do not count.
Search = Callable[[Array, Array, float | None], tuple[np.ndarray, Finding | None]]


@dataclass(frozen=True, eq=False)
class Examined:
    """A record as its samples count.

    Attributes
    ----------
    t, y : (m,) arrays
        Times and values of the samples that count, unwrapped; m <= n.
    counts : (n,) array of bool
        Which of the n samples given these are.
    reasons : (n,) array of str
        Why a sample does not count: `Kind.DROPOUT`, `Kind.HELD` or `Kind.LIMIT`; else empty.
    noise_floor : float
        Standard deviation below which the noise cannot be [signal]: step / √12; 0 if no step is
        known.
    resolution : float or None
        The step [signal].
    samples_per_step : float
        How many neighbours share a value on average, 1 or more; 1 if no step is known. Their
        rounding errors are alike.
    censored : tuple of Limit
        Samples that do not count, but are known to be at a limit or beyond.
    findings : tuple of Finding
        In the sequence in which they are to be read.
    """

    t: Array
    y: Array
    counts: np.ndarray
    reasons: np.ndarray
    noise_floor: float
    resolution: float | None
    samples_per_step: float
    censored: tuple[Limit, ...]
    findings: tuple[Finding, ...]

    @property
    def inflation(self) -> float:
        """Factor on the noise floor in a mean over neighbours, 1 or more."""
        return inflation_of(self.samples_per_step)


def examine(t: Array, y: Array, *, resolution: float | None = None) -> Examined:
    """Look for wraps, dropouts, held samples, limits, the resolution and gaps.

    Each step sees what those before have left: a dropout is no limit, a held value no step.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time] and finite samples [signal], n >= 1.
    resolution : float, optional
        Step of the instrument's values [signal], if it is known; else it is looked for.

    Returns
    -------
    Examined

    Raises
    ------
    ValueError
        If the times do not increase, shapes differ, a value is not finite, or the resolution is
        not positive.
    """
    t, y = np.asarray(t, dtype=np.float64), np.asarray(y, dtype=np.float64)
    _check(t, y)
    given = checked_resolution(resolution)
    left = _Left(t, y.copy(), step_of(y))
    left.leave_out(Kind.HELD, held_of)
    # Dropouts hide wraps; but a whole-numbered angle near 0 has zeros that are none.
    wrapped = left.unwrap()
    left.leave_out_dropouts()
    if not wrapped:
        left.unwrap()
    left.leave_out(Kind.HELD, frozen_of)
    left.leave_out_limits()
    return left.concluded(given)


class _Left:
    """The samples that count so far, and what was found."""

    def __init__(self, t: Array, y: Array, step: float | None) -> None:
        self.t, self.y, self.step = t, y, step
        self.rows = np.arange(len(t))
        self.reasons = np.full(len(t), "", dtype=f"U{max(map(len, Kind))}")
        self.findings: list[Finding] = []
        self.limits: list[Limit] = []

    @property
    def now(self) -> tuple[Array, Array, float | None]:
        """Times and samples that count so far, and the step of all values."""
        return self.t[self.rows], self.y[self.rows], self.step

    def drop(self, gone: np.ndarray, reason: Kind) -> None:
        """Leave out some of those that count so far."""
        self.reasons[self.rows[gone]] = reason
        self.rows = self.rows[~gone]

    def leave_out(self, reason: Kind, look: Search) -> None:
        gone, finding = look(*self.now)
        self.drop(gone, reason)
        self.findings += [] if finding is None else [finding]

    def leave_out_dropouts(self) -> None:
        gone, findings = dropouts_of(*self.now)
        self.drop(gone, Kind.DROPOUT)
        self.findings += findings

    def leave_out_limits(self) -> None:
        gone = np.zeros(len(self.rows), dtype=bool)
        for limit in limits_of(*self.now):
            gone |= limit.at
            at = np.zeros(len(self.t), dtype=bool)
            at[self.rows[limit.at]] = True
            self.limits.append(Limit(limit.value, limit.above, at))
        self.drop(gone, Kind.LIMIT)
        self.findings += [limit.finding(self.t) for limit in self.limits]

    def unwrap(self) -> bool:
        """Unwrap what counts so far; whether it was wrapped."""
        found = unwrap(*self.now)
        if found is None:
            return False
        self.findings.append(found.finding(self.t[self.rows]))
        self.y[self.rows] = found.y
        return True

    def concluded(self, resolution: float | None) -> Examined:
        """What counts now, with its resolution and gaps."""
        t, y, _ = self.now
        step = resolution or resolution_of(t, y)
        last = [gap_finding(self.t)]
        if step is not None:
            noise = scatter(departures(t, y, ORDER))
            last.insert(0, resolution_finding(y, step, noise, given=resolution is not None))
        return Examined(
            t=t,
            y=y,
            counts=self.reasons == "",
            reasons=self.reasons,
            noise_floor=floor_of(step),
            resolution=step,
            samples_per_step=1.0 if step is None else samples_per_step(y),
            censored=tuple(self.limits),
            findings=(*self.findings, *(found for found in last if found is not None)),
        )


def _check(t: Array, y: Array) -> None:
    if t.ndim != 1 or t.shape != y.shape or not t.size:
        raise ValueError(f"times of shape {t.shape} and samples of shape {y.shape}: give two lists")
    if not (np.isfinite(t).all() and np.isfinite(y).all()):
        raise ValueError("times and samples must be finite; leave out what is missing")
    if np.any(np.diff(t) <= 0):
        row = int(np.flatnonzero(np.diff(t) <= 0)[0])
        raise ValueError(f"times must increase; {t[row + 1]:g} follows on {t[row]:g}")
