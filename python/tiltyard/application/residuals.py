"""What the residuals tell: the noise, and where its model does not hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tiltyard.application.estimation import Fit
from tiltyard.application.series import Series
from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.noise_estimation import noise_from_second_differences

#: Ratio of the noise that a user gives to the most that the samples show, from which it is said.
TOO_MUCH = 1.5
#: Standard errors by which neighbouring residuals must correlate before it is said.
CORRELATED = 4.0

#: Phase a step, in radians, up to which two steps see a smooth process as a parabola.
RESOLVED = 0.5


def noise_of(series: Series, fit: Fit) -> float:
    """Standard deviation of the noise [signal].

    With the estimator's standard deviations s of the curve it is
    ``sqrt(mean((y - curve)² + s²))``: for least squares the sum of s² is that of the noise in as
    many samples as the fit has parameters, for a Gaussian process it is the update of
    expectation-maximisation. Without them, differences of the samples give it.
    """
    if fit.deviations is None:
        return noise_from_second_differences(series.t, series.y)
    squares = (series.y - fit.values[0]) ** 2 + fit.deviations[0] ** 2
    return float(np.sqrt(np.mean(squares)))


def given_notes(series: Series, noise: float) -> list[str]:
    """What speaks against the noise that was given, in plain words.

    Second differences of the samples hold the noise and what the signal bends: they bound the
    noise from above only.
    """
    most = noise_from_second_differences(series.t, series.y)
    if noise <= TOO_MUCH * most:
        return []
    return [
        f"the noise that you gave is {noise:.3g}, but the samples scatter about their neighbours "
        f"by no more than {most:.2g}: the curve may be too smooth, and the bands too wide"
    ]


@dataclass(frozen=True)
class Leftover:
    """What correlated residuals have that white noise has not.

    Where they vary slowly, it is structure that the curve has left out, described as a stationary
    smooth process. Where they change within a few samples no signal can be told from noise: then
    it is noise that is not white.

    Attributes
    ----------
    size : float
        Standard deviation of the structure [signal].
    rate : float
        Ratio of its derivative's standard deviation to its own [1 / time].
    correlation : float
        Of neighbouring residuals.
    coloured : bool
        Whether it counts as noise.
    """

    size: float
    rate: float
    correlation: float
    coloured: bool

    def spread(self, order: int) -> float:
        """Standard deviation of the structure's derivative, were it a single oscillation."""
        return float(self.size * self.rate**order)

    @property
    def widening(self) -> float:
        """Factor by which coloured noise widens slow errors: that of an autoregression."""
        return math.sqrt((1 + self.correlation) / (1 - self.correlation))

    @property
    def note(self) -> str:
        """What it means, in plain words."""
        start = f"neighbouring residuals correlate ({self.correlation:.2f}): "
        if self.coloured:
            return (
                f"{start}the noise is not white, and errors are larger than in white noise by a "
                f"factor of some {self.widening:.1f}; bands and verdicts take that into account"
            )
        return (
            f"{start}the curve misses something of size {self.size:.2g} that takes about "
            f"{2 * math.pi / self.rate:.2g} in time, or the noise does; bands and verdicts are at "
            "least as wide; see what other estimators make of it (--compare some)"
        )


def leftover(t: Array, residuals: Array, rounding: float = 0.0) -> Leftover | None:
    """What is in the residuals, if neighbours correlate more than white noise would.

    Half the mean square difference of residuals that are one and two steps apart, the variogram,
    is that of white noise plus ``(size rate lag)² / 2``, for small lags; the two values tell both
    parts. The mean step stands for the steps.

    Parameters
    ----------
    t, residuals : (n,) arrays
        Increasing times [time] and samples less the curve [signal]; n >= 8.
    rounding : float
        Size up to which residuals are rounding errors [signal].

    Returns
    -------
    Leftover or None
        None if the correlation is less than four standard errors.
    """
    largest = float(np.abs(residuals).max())
    if not largest > rounding:
        return None
    centred = (residuals - residuals.mean()) / largest
    n = len(centred)
    variance = float(centred @ centred) / n
    correlation = float(centred[:-1] @ centred[1:]) / n / variance
    if correlation <= CORRELATED / math.sqrt(n):
        return None
    one, two = (float(np.mean((centred[lag:] - centred[:-lag]) ** 2)) / 2 for lag in (1, 2))
    white = max((4 * one - two) / 3, 0.0)
    square = max(variance - white, correlation * variance)
    step = float(t[-1] - t[0]) / (n - 1)
    # A record shows nothing slower than itself, and samples nothing faster than their steps.
    slowest, fastest = 2 * math.pi / (n * step), math.pi / step
    rate = math.sqrt(max(two - one, 0.0) / (1.5 * square)) / step
    size = largest * math.sqrt(square)
    return Leftover(
        size, min(max(rate, slowest), fastest), correlation, coloured=rate * step > RESOLVED
    )
