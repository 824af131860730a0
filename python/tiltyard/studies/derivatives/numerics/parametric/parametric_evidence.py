"""Laplace's evidence of a parametric fit, on the scale of that of a Gaussian process.

At given places the K functions and the noise make the n samples a process as well:

    y ~ N(0, s2 (n/K P + r I)),   P the projection on the functions,

whose signal has the mean variance s2 and whose noise has the variance s2 r. This is the g-prior of
Zellner (1986) with g = n / (K r). The noise ratio r is as likely as the samples make it, and g is
large where they are clean; with unit information, g = n, the signal would have the size of the
noise. The priors of s2 and of log r are those of a process on a clock
(`numerics.warped.member`), so that the evidences can be compared.

A place pays for the part of its prior that the samples exclude: with information h in a coordinate
whose prior density is 1, Laplace's volume is ``sqrt(2 pi / h)``, and ``1 / sqrt(1 + h / 2 pi)``
equals that where h is large, and 1, the whole prior, where the samples say nothing: a normal prior
of this density at its centre, which is where the fit is, has the variance 1 / 2 pi.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.parametric.parametric_fit import ParametricFit
from tiltyard.studies.derivatives.numerics.warped.member import BOUNDS_RATIO, FLAT, NOISY

PRIOR_VARIANCE = 1.0 / (2.0 * math.pi)  # of a place, in the coordinate whose density is 1
DEGREES = 11  # equally probable degrees of the polynomial, 0 to 10
AROUND = 6.0  # distance of log r from its guess at which the search ends


class PlacedProcess:
    """The process of a fit's n samples `y` at its places, with log r to be found.

    `noise_variance` is that of the noise, or None if it is unknown; then s2 is maximised out.
    """

    def __init__(self, fit: ParametricFit, y: Array, noise_variance: float | None) -> None:
        self.n, self.K = int(fit.Q.shape[0]), int(fit.Q.shape[1])
        self.explained = float(np.square(fit.Q.T @ y).sum())
        self.squares, self.known = fit.squares, noise_variance

    def form(self, r: float) -> float:
        """``y' (n/K P + r I)^-1 y``."""
        return self.explained / (self.n / self.K + r) + self.squares / r

    def scale(self, r: float) -> float:
        """Signal variance s2."""
        return self.form(r) / self.n if self.known is None else self.known / r

    def objective(self, log_r: float) -> float:
        """Negative log of the likelihood times the prior of log r."""
        r = math.exp(log_r)
        s2 = self.scale(r)
        log_det = self.K * math.log(self.n / self.K + r) + (self.n - self.K) * log_r
        density = self.n * math.log(2.0 * math.pi * s2) + self.form(r) / s2 + log_det
        return 0.5 * (density + (max(0.0, log_r - NOISY[0]) / NOISY[1]) ** 2)

    def curvature(self, log_r: float) -> float:
        """Fisher information of log r, plus the curvature of its prior.

        The information is half the sum of the squared derivatives of the log eigenvalues, of which
        a free scale takes what is common to all.
        """
        r = math.exp(log_r)
        q = r / (self.n / self.K + r)
        prior = FLAT if log_r <= NOISY[0] else FLAT + NOISY[1] ** -2.0
        if self.known is not None:
            return 0.5 * self.K * (1.0 - q) ** 2 + prior
        return 0.5 * self.K * (self.n - self.K) / self.n * (1.0 - q) ** 2 + prior

    def most_likely(self) -> float:
        """The log r of least objective."""
        noise = self.squares / max(self.n - self.K, 1) if self.known is None else self.known
        guess = math.log(noise * self.n / max(self.explained, np.finfo(float).tiny))
        highest = BOUNDS_RATIO[1]
        bounds = (min(guess - AROUND, 0.0), min(guess + AROUND, highest))
        return float(minimize_scalar(self.objective, bounds=bounds, method="bounded").x)


def negative_log_evidence(fit: ParametricFit, y: Array, noise_variance: float | None) -> float:
    """Negative log evidence of a fit to samples `y` (n,) of mean 0 and variance 1.

    Parameters
    ----------
    fit : ParametricFit
        Fit to these samples.
    y : (n,) array
        The samples.
    noise_variance : float or None
        Their noise's variance, if it is known.

    References
    ----------
    Zellner (1986), in Bayesian Inference and Decision Techniques: the g-prior; Kass & Raftery
    (1995), JASA 90, section 4.1: Laplace's approximation.
    """
    process = PlacedProcess(fit, y, noise_variance)
    log_r = process.most_likely()
    r = math.exp(log_r)
    ratio = 0.5 * math.log(process.curvature(log_r))
    places = places_paid(fit, r * process.scale(r))
    return process.objective(log_r) + ratio + places + structure_paid(fit.alike)


def places_paid(fit: ParametricFit, noise_variance: float) -> float:
    """Nats that the places pay: half the log of prior over posterior volume."""
    if not len(fit.density):
        return 0.0
    J = fit.by_place(fit.x, 0) / fit.density
    own = J - fit.Q @ (fit.Q.T @ J)  # what no change of the coefficients makes up for
    information = np.square(np.linalg.svd(own, compute_uv=False)) / noise_variance
    return 0.5 * float(np.log1p(information * PRIOR_VARIANCE).sum())


def structure_paid(alike: tuple[int, ...]) -> float:
    """Nats that the choice of degree and of the numbers of terms pays.

    A number c of terms of a kind has the probability ``2**-(c + 1)``, and c! modes are equal.
    """
    terms = sum((c + 1) * math.log(2.0) - float(gammaln(c + 1)) for c in alike)
    return math.log(DEGREES) + terms
