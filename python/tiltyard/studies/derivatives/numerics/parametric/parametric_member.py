"""A parametric fit as a member of a pool, along with Gaussian processes.

Unit time runs over [-1/2, 1/2], and samples have mean 0 and variance 1, as for the processes of
`numerics.warped`. Coefficients and places vary together: errors are those of least squares
linearised at the fit, in an orthonormal basis of its tangent space at the samples. A place that the
samples do not show varies as its prior does, and not without bound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.linearised import TangentSpace
from tiltyard.studies.derivatives.numerics.parametric.parametric_evidence import (
    PRIOR_VARIANCE,
    negative_log_evidence,
)
from tiltyard.studies.derivatives.numerics.parametric.parametric_fit import ParametricFit
from tiltyard.studies.derivatives.numerics.warped.left_out import LeftOut
from tiltyard.studies.derivatives.numerics.warped.posterior import Prediction

LEAST_FREE = 1e-9  # least value of one minus a sample's leverage
MOST_LEVERAGE = 0.8  # a sample of more is nearly interpolated, and its miss without it means little


class ParametricMember:
    """A member fitted to all samples, its terms decided by a few of them.

    Parameters
    ----------
    decided, fit : ParametricFit
        Fit to the few samples, and to all.
    few : (m,) array
        The few samples.
    noise_variance : float or None
        Noise variance of the samples, if it is known.

    Attributes
    ----------
    noise_variance : float
        The given one, or else that of the residuals of all samples.
    evidence : float
        Negative log evidence of the few samples.
    leverages : (n,) array
        Diagonal of the linearised fit's hat matrix: shares of each sample in its own fit.
    """

    def __init__(
        self,
        decided: ParametricFit,
        fit: ParametricFit,
        few: Array,
        noise_variance: float | None,
    ) -> None:
        self.fit = fit
        self.evidence = negative_log_evidence(decided, few, noise_variance)
        freedom = max(len(fit.x) - fit.parameters, 1)
        self.noise_variance = fit.squares / freedom if noise_variance is None else noise_variance
        self.space = TangentSpace(fit.gradient, fit.x, self._known())
        self.leverages = self.space.leverages

    def _known(self) -> Array:
        """What the places' prior says of each parameter, and nothing of the coefficients."""
        width = math.sqrt(self.noise_variance / PRIOR_VARIANCE)
        return np.concatenate([np.zeros(len(self.fit.coefficients)), width * self.fit.density])

    def left_out(self) -> LeftOut:
        """Samples left out, by the linearised fit: ``e / (1 - h)`` with the leverages h."""
        free = np.maximum(1.0 - self.leverages, LEAST_FREE)
        return LeftOut(self.fit.residual / free, self.noise_variance / free)

    def behind(self, others: Sequence[LeftOut]) -> float:
        """Nats by which it predicts samples left out worse than the best of the `others`.

        Both are compared on the samples that it does not nearly interpolate. Where a leverage h is
        almost 1, ``e / (1 - h)`` divides rounding by rounding, and the linearised fit says nothing
        about the sample left out.
        """
        chosen = self.leverages < MOST_LEVERAGE
        best = min(other.surprise(chosen) for other in others)
        return self.left_out().surprise(chosen) - best

    def predict(self, x: Array, orders: tuple[int, ...]) -> Prediction:
        """Derivatives of `orders` with respect to unit time at `x` (q,)."""
        mean, variance = np.empty((2, len(orders), len(x)))
        for row, order in enumerate(orders):
            power = 2.0**order  # points of the fit are 2 x
            mean[row] = power * self.fit.derivative(2.0 * x, order)
            errors = power * self.space.deviations(2.0 * x, order)
            variance[row] = self.noise_variance * np.square(errors)
        return Prediction(mean, variance, np.zeros_like(mean))
