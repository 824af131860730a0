"""How far to trust each order: the error to be expected, from three sources.

The error is the nRMSE of the study: the root mean square error over the sample times without the
two ends, over the standard deviation of the derivative itself; or over its root mean square where
that is more than ten times as large, for what hardly varies may still be known. Neither is known.

- *Posterior.* The estimator's own bands give the error, `typical_error`. The derivative varies as
  the estimate does, and by what the estimate misses besides: `sd(estimate)² + error²`.
- *Simulation*, the parametric bootstrap (Efron & Tibshirani 1993, section 6.5). The fitted curve
  has the noise and the bandwidth of the data; new noise is added to it and it is estimated anew,
  settings and all. How far the estimates stray from the curve is the error.

- *Residuals.* Where they correlate over many samples, the curve has left something out, and its
  derivatives are missing from the estimate; where they correlate over a few, the noise is not
  white and the posterior too narrow, see `tiltyard.application.residuals.Leftover`.

The posterior may be wrong about its model, the simulation does not see what the fitted curve has
lost, and residuals tell nothing of what is smaller than the noise; the largest error counts. The
bands are the posterior's, or else the simulation's, widened to the largest error: a verdict that
expects more than the bands hold would contradict them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.bands import PLACES
from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.metrics import root_mean_square

#: Expected nRMSE below which an order is trusted, and below which it is rough.
TRUSTED, ROUGH = 0.1, 0.3


#: A derivative whose spread is less than this share of its size is measured by its size.
NEARLY_CONSTANT = 0.1


#: Samples from which errors are as their bands mostly are.
MANY = 20


class Verdict(StrEnum):
    """What can be said of one order."""

    TRUSTED = "trusted"
    ROUGH = "rough"
    LOST = "not recoverable"


def verdict_of(error: float) -> Verdict:
    """The verdict on an order with this nRMSE, expected or true; NaN is not recoverable."""
    if error < TRUSTED:
        return Verdict.TRUSTED
    return Verdict.ROUGH if error < ROUGH else Verdict.LOST


class Widening(NamedTuple):
    """How bands are widened: by a factor, or, where there is no width to multiply, to a width.

    Attributes
    ----------
    factor : float
        Of all widths; 1 or more.
    width : float
        Standard deviation that is added to all [signal / time**k]; 0 or more.
    """

    factor: float = 1.0
    width: float = 0.0

    @property
    def widens(self) -> bool:
        """Whether it changes anything."""
        return self != AS_THEY_ARE

    def of_deviations(self, deviations: Array) -> Array:
        """Standard deviations, widened."""
        return self.factor * deviations + self.width

    def of_quantiles(self, quantiles: Array) -> Array:
        """Quantiles (4, m) at `PROBABILITIES`, widened about the middle of the 68 % band."""
        if not self.widens:
            return quantiles
        middle = (quantiles[1] + quantiles[2]) / 2.0
        return np.asarray(
            middle + self.factor * (quantiles - middle) + self.width * PLACES[:, None]
        )


#: Bands are left as they are.
AS_THEY_ARE = Widening()


@dataclass(frozen=True)
class Judgement:
    """The verdict on one order, and where it comes from.

    Attributes
    ----------
    order : int
        Of the derivative.
    from_posterior, from_simulation, from_residuals : float or None
        Expected nRMSE from each source; None where there was none.
    widening : Widening
        What makes the bands as wide as the largest of the errors.
    broken : bool
        Whether the derivative does not exist at a place within the record.
    size : float
        The largest error in units, root mean square over the sample times without the two ends
        [signal / time**k]; NaN where there is none.
    """

    order: int
    from_posterior: float | None
    from_simulation: float | None
    from_residuals: float | None = None
    widening: Widening = AS_THEY_ARE
    broken: bool = False
    size: float = float("nan")

    @property
    def expected_error(self) -> float:
        """The largest of the errors; NaN without a posterior or a simulation."""
        known = [e for e in (self.from_posterior, self.from_simulation) if e is not None]
        if not known or math.isnan(max(known)):
            return float("nan")
        return max(*known, self.from_residuals or 0.0)

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.expected_error)


def expected_error(error: Array, estimate: Array, exact: bool = False) -> float:
    """Expected nRMSE from errors, or standard deviations, beside the estimate.

    Parameters
    ----------
    error : (..., n) array
        Standard deviations, or differences of simulated estimates from their truth
        [signal / time**k].
    estimate : (n,) array
        The estimate [signal / time**k]; n >= 5. The two ends do not count.
    exact : bool
        Whether the samples lie on the curve without any noise.

    Returns
    -------
    float
        Between 0 and about 1. A constant estimate without any error has no scale, and NaN, unless
        the samples are exact: a model may be unable to vary, whatever the samples do.
    """
    largest = max(float(np.abs(error).max()), float(np.abs(estimate).max()))
    if exact and largest == 0:
        return 0.0
    if not 0 < largest < np.inf or (not exact and np.ptp(estimate) == 0 and not np.any(error)):
        return float("nan")
    size = float(np.sqrt(np.mean(np.square(error[..., 1:-1] / largest))))
    return size / float(np.hypot(_scale(estimate[1:-1] / largest), size))


def typical_error(deviation: Array, quantiles: Array | None, samples: int) -> Array:
    """Error (n,) to be expected of one estimate, from its standard deviations and quantiles.

    Where tails are long, rare errors make the standard deviation: a Student t distribution of 4
    degrees of freedom has two thirds of its probability within 0.8 of it. So the half width of the
    68 % band counts, but not less than what that distribution has as its scale: where the band
    leaves out what is one third as probable, the half width says nothing. With few samples the
    deviation counts: on 750 records of 8 to 14 samples four trusted orders were wrong by the half
    width, one by the deviation.

    Parameters
    ----------
    deviation : (n,) array
    quantiles : (4, n) array or None
        At `PROBABILITIES`; None: those of a normal distribution.
    samples : int
        Number of samples that it is estimated from.
    """
    if quantiles is None or samples < MANY:
        return deviation
    half = (quantiles[2] - quantiles[1]) / (PLACES[2] - PLACES[1])
    return np.maximum(half, deviation / math.sqrt(2.0))


def size_of(error: Array) -> float:
    """Root mean square of errors (..., n) without the two ends."""
    return float(root_mean_square(error[..., 1:-1].ravel()))


def true_error(estimate: Array, exact: Array) -> float:
    """The error that `expected_error` expects, where the derivative is known.

    Parameters
    ----------
    estimate, exact : (n,) arrays
        Derivatives [signal / time**k]; n >= 5. The two ends do not count.
    """
    scale = _scale(exact[1:-1])
    error = float(root_mean_square(estimate[1:-1] - exact[1:-1]))
    return error / scale if scale > 0 else float("nan")


def _scale(derivative: Array) -> float:
    """Standard deviation, or root mean square where that is more than ten times as large."""
    varies, whole = float(np.std(derivative, ddof=1)), float(np.sqrt(np.mean(derivative**2)))
    return whole if varies < NEARLY_CONSTANT * whole else varies


def widening_to(band: Array, errors: Sequence[Array]) -> Widening:
    """What makes a band as wide as the largest error, by root mean squares without the two ends.

    Parameters
    ----------
    band : (..., n) array
        Standard deviations, or differences, from which the band is made [signal / time**k].
    errors : sequence of (..., n) arrays
        As of `expected_error`; nothing is widened to one that is not finite.
    """
    own, *sizes = map(size_of, (band, *errors))
    largest = max(sizes, default=0.0)
    if not own < largest < np.inf:
        return AS_THEY_ARE
    return Widening(largest / own) if own > 0 else Widening(width=largest)
