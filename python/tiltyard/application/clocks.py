"""Records whose steps grow or shrink: how far an estimate depends on the clock it is smooth in.

Who samples at growing steps takes the signal for smooth in the logarithm of time. At the crowded
end an estimate that is smooth in time follows other derivatives than one that is smooth in its
logarithm, and neither's band knows of the other. Where the samples tell what the derivative is,
both agree; their difference is an error that is added to the band.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tiltyard.application.estimation import Fit
from tiltyard.studies.derivatives.contract import Array

#: The steps vary by this factor or more, as a power of their number says they do to within a share.
FACTOR, REGULAR = 20.0, 0.9
#: Fewest samples of which that is asked.
FEWEST = 14


@dataclass(frozen=True)
class LogClock:
    """The logarithm of the time since an origin, or until one, in which steps are all but even.

    Attributes
    ----------
    origin : float
        Before the first time, or behind the last [time].
    unit : float
        From the origin to the nearest sample; negative if that is the last one [time].
    ratio : float
        Of a step to the one nearer to the origin.
    """

    origin: float
    unit: float
    ratio: float

    @property
    def note(self) -> str:
        """What is to be said of it."""
        return (
            f"steps {'grow' if self.unit > 0 else 'shrink'} by {100 * (self.ratio - 1):.2g} % from "
            "one to the next: bands hold for a curve that is smooth in time and for one that is "
            "smooth in its logarithm"
        )

    def at(self, t: Array) -> Array:
        """Readings, increasing with the time."""
        return np.asarray(np.sign(self.unit) * np.log((t - self.origin) / self.unit))

    def derivatives(self, t: Array, by_clock: Array) -> Array:
        """Derivatives by time (orders, n) from those by the clock's reading, order 0 first.

        With s the logarithm of u, d/du = exp(-s) d/ds; so u^k d^k/du^k has the coefficients of
        s (s - 1) ... (s - k + 1), the Stirling numbers of the first kind.
        """
        u, sign = (t - self.origin) / self.unit, np.sign(self.unit)
        by_log = by_clock * sign ** np.arange(len(by_clock))[:, None]
        found, coefficients = [by_log[0]], np.array([1.0])
        for k in range(1, len(by_log)):
            coefficients = np.convolve(coefficients, [1.0, -(k - 1.0)])
            falling = coefficients[::-1] @ by_log[: k + 1]
            found.append(falling / (u * self.unit) ** k)
        return np.array(found)


def log_clock(t: Array) -> LogClock | None:
    """The clock of times whose steps grow or shrink as a power of their number; None for others.

    Parameters
    ----------
    t : (n,) array
        Increasing times.
    """
    if len(t) < FEWEST:
        return None
    steps, place = np.log(np.diff(t)), np.arange(len(t) - 1.0)
    slope, start = np.polyfit(place, steps, 1)
    explained = np.var(slope * place + start) / np.var(steps) if np.ptp(steps) > 0 else 0.0
    if abs(slope) * place[-1] < np.log(FACTOR) or explained < REGULAR:
        return None
    smallest = float(np.exp(start + (slope * place[-1] if slope < 0 else 0.0)))
    unit = smallest / np.expm1(abs(slope))
    ratio = float(np.exp(abs(slope)))
    if slope > 0:
        return LogClock(float(t[0]) - unit, unit, ratio)
    return LogClock(float(t[-1]) + unit, -unit, ratio)


#: Fits the samples at other readings of their times: these, evaluation times and orders.
Refit = Callable[[Array, Array, tuple[int, ...]], Fit]


def with_clock_error(
    clock: LogClock, refit: Refit, t: Array, times: Array, orders: Sequence[int], fit: Fit
) -> Fit:
    """The fit with deviations and bands that hold for an estimate by the logarithmic clock as well.

    Parameters
    ----------
    clock : LogClock
    refit : callable
        The estimator with the same samples.
    t : (n,) array
        Their times.
    times : (m,) array
        Evaluation times of the fit.
    orders : sequence of int
        Orders of its rows.
    fit : Fit
        By time.
    """
    own, quantiles = fit.asked_deviations, fit.asked_quantiles
    if own is None:
        return fit
    other = refit(clock.at(t), clock.at(times), tuple(range(max(orders) + 1)))
    both = np.hypot(own, clock.derivatives(times, other.asked)[list(orders)] - fit.asked)
    if quantiles is not None:
        wider = np.divide(both, own, out=np.ones_like(both), where=own > 0)
        quantiles = fit.asked + (quantiles - fit.asked) * wider
    return replace(fit, asked_deviations=both, asked_quantiles=quantiles)
