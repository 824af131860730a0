"""A rational function as a member of the pool of models, along with Gaussian processes.

It is a polynomial plus partial fractions whose poles are chosen from the samples
(`rational_selection`). Its variance is that of linearised least squares, and its negative log
evidence half of Schwarz's criterion (1978). Unit time runs over [-1/2, 1/2], and samples have mean
0 and variance 1, as for the processes of `numerics.warped`.
"""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.rational.rational_fit import (
    RationalFit,
    columns,
    fit_residues,
    standard_deviations,
)
from tiltyard.studies.derivatives.numerics.rational.rational_selection import best_fit, bic
from tiltyard.studies.derivatives.numerics.warped.posterior import Prediction, surprise_of

ROUNDING = 4.0 * np.finfo(float).eps  # of samples of unit size
LEAST_FREE = 1e-9  # least value of one minus a sample's leverage


class RationalMember:
    """Rational function fitted to samples `y` at unit times `x`; those at `few` place the poles.

    Attributes
    ----------
    noise_variance : float
        Noise variance of the samples: the given one, or estimated if None is given.
    evidence : float
        Negative log evidence of the samples of indices `few`.
    """

    def __init__(self, x: Array, y: Array, few: Array, noise_variance: float | None) -> None:
        self.scale = float(np.abs(y).max())
        self.x, self.y = 2.0 * x, y
        decided = best_fit(self.x[few], y[few] / self.scale, ROUNDING)
        fit = fit_residues(self.x, y / self.scale, decided.degree, decided.poles)
        if fit is None:
            raise np.linalg.LinAlgError(
                f"{len(decided.poles)} poles placed by {len(few)} samples are linearly dependent "
                f"on all {len(x)}"
            )
        self.fit = decided if len(few) == len(x) else fit
        free = self._size(self.fit) / max(len(x) - self.fit.parameters, 1)
        self.noise_variance = free if noise_variance is None else noise_variance
        self.evidence = self._evidence(decided, noise_variance)

    def _size(self, fit: RationalFit) -> float:
        """Sum of squared residuals of `fit` in the units of `y`, at least that of rounding."""
        return self.scale**2 * max(fit.squares, len(fit.residual) * ROUNDING**2)

    def _evidence(self, fit: RationalFit, noise_variance: float | None) -> float:
        n = len(fit.residual)
        criterion = bic(fit, ROUNDING) + n * math.log(2.0 * math.pi * self.scale**2)
        if noise_variance is None:
            return 0.5 * (criterion + n)
        mean_square = self._size(fit) / n
        known = mean_square / noise_variance + math.log(noise_variance / mean_square)
        return 0.5 * (criterion + n * known)

    def surprise(self) -> float:
        """Negative log density of each sample given the others, added up."""
        here = self.predict(self.x / 2.0, (0,))
        free = np.maximum(1.0 - here.fixed[0] / self.noise_variance, LEAST_FREE)
        return surprise_of((self.y - here.mean[0]) / free, self.noise_variance / free)

    def predict(self, x: Array, orders: tuple[int, ...]) -> Prediction:
        """Derivatives of `orders` with respect to unit time at `x` (q,)."""
        points, fit = 2.0 * x, self.fit
        mean = np.array(
            [columns(points, fit.degree, fit.poles, k) @ fit.coefficients for k in orders]
        )
        freedom = max(len(self.x) - fit.parameters, 1)
        unit = standard_deviations(self.x, fit._replace(squares=float(freedom)), points, orders)
        power = 2.0 ** np.asarray(orders, dtype=float)[:, None]
        variance = self.noise_variance * np.square(power * unit)
        return Prediction(self.scale * power * mean, variance, np.zeros_like(mean))
