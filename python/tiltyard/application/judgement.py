"""How far to trust each order: the error to be expected, from three sources.

The error is the nRMSE of the study: the root mean square error over the sample times without the
two ends, over the standard deviation of the derivative itself. Neither is known.

- *Posterior.* The estimator's own standard deviations give the error. The derivative varies as
  the estimate does, and by what the estimate misses besides: `sd(estimate)² + error²`.
- *Simulation*, the parametric bootstrap (Efron & Tibshirani 1993, section 6.5). The fitted curve
  has the noise and the bandwidth of the data; new noise is added to it and it is estimated anew,
  settings and all. How far the estimates stray from the curve is the error.

- *Residuals.* Where they correlate over many samples, the curve has left something out, and its
  derivatives are missing from the estimate; where they correlate over a few, the noise is not
  white and the posterior too narrow, see `tiltyard.application.residuals.Leftover`.

The posterior may be wrong about its model, the simulation does not see what the fitted curve has
lost, and residuals tell nothing of what is smaller than the noise; the largest error counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tiltyard.studies.derivatives.contract import Array

#: Expected nRMSE below which an order is trusted, and below which it is rough.
TRUSTED, ROUGH = 0.1, 0.3


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


@dataclass(frozen=True)
class Judgement:
    """The verdict on one order, and where it comes from.

    Attributes
    ----------
    order : int
        Of the derivative.
    from_posterior, from_simulation, from_residuals : float or None
        Expected nRMSE from each source; None where there was none.
    """

    order: int
    from_posterior: float | None
    from_simulation: float | None
    from_residuals: float | None = None

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
    largest = max(float(np.abs(error).max()), float(np.ptp(estimate)))
    if exact and largest == 0:
        return 0.0
    if not 0 < largest < np.inf:
        return float("nan")
    size = float(np.sqrt(np.mean(np.square(error[..., 1:-1] / largest))))
    varies = float(np.std(estimate[1:-1] / largest, ddof=1))
    return size / float(np.hypot(varies, size))
