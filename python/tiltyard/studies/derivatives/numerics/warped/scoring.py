"""Fisher scoring with Levenberg and Marquardt's damping, and the Laplace evidence of its result."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.likelihood import Fit
from tiltyard.studies.derivatives.numerics.warped.member import Member

STEP_GLOBAL = 1.5  # longest step of the parameters that are logarithms
STEP_CLOCK = 2.0  # longest step of the clock's parameters, whose prior deviation is 1
SMALLEST_CURVATURE = 1e-2  # a direction without information must not raise the evidence
DAMPING = 1e-2  # of the first step
FEWEST_FREEDOMS = 0.4  # least degrees of freedom of the noise, over the number of samples


class Optimum(NamedTuple):
    """A member at its most likely parameters.

    Attributes
    ----------
    fit : Fit
        Likelihood at these parameters.
    fisher : (p, p) array
        Fisher matrix plus the Hessian of the negative log prior.
    penalty : float
        Addition to the negative log evidence for choices outside theta: period, clock's spectrum.
    """

    fit: Fit
    fisher: Array
    penalty: float = 0.0

    @property
    def member(self) -> Member:
        return self.fit.member

    @property
    def theta(self) -> Array:
        return self.fit.theta

    def evidence(self) -> float:
        """Negative log evidence by Laplace's approximation (MacKay 1992), up to a constant."""
        curvature = np.maximum(np.linalg.eigvalsh(self.fisher), SMALLEST_CURVATURE)
        return self.fit.J + 0.5 * float(np.log(curvature).sum()) + self.penalty

    def determined(self) -> float:
        """Number of the clock's parameters that the samples determine (MacKay's gamma)."""
        free = self.member.clock.size
        if free == 0:
            return 0.0
        covariance = np.linalg.inv(self.fisher)
        return max(free - float(np.trace(covariance[-free:, -free:])), 0.0)

    def signal_variance(self) -> float:
        """Signal variance s2; where the noise is unknown, corrected for fitted parameters."""
        fit = self.fit
        if self.member.noise_variance is not None:
            return fit.scale
        n = len(fit.y)
        freedom = n - self.member.globals - self.determined()
        return fit.Q / max(freedom, FEWEST_FREEDOMS * n)


def minimise(start: Fit, iterations: int, tolerance: float) -> Optimum:
    """Lower J from `start` until the predicted decrease falls below `tolerance` [nats].

    The Fisher matrix is positive definite, so every damped step descends (Osborne 1992); damping
    follows the ratio of achieved and predicted decrease. The grid stays as it is.
    """
    member = start.member
    low, high = member.bounds()
    fit = start
    theta = np.clip(fit.theta, low, high)
    if not np.array_equal(theta, fit.theta):
        fit = Fit(member, theta, fit.y)
    gradient, F = fit.derivatives()
    damping = DAMPING
    for _ in range(iterations):
        step = _step(member, theta, gradient, F, damping, low, high)
        predicted = -float(gradient @ step + 0.5 * step @ F @ step)
        if predicted <= 0.0 or damping > 1e6 or (predicted < tolerance and damping < 0.5):
            break
        there = Fit(member, theta + step, fit.y)
        achieved = fit.J - there.J
        ratio = achieved / predicted
        if ratio <= 1e-3:
            damping *= 5.0
            continue
        settled = achieved < tolerance / 3.0 and damping < 0.5
        fit, theta = there, there.theta
        gradient, F = fit.derivatives()
        if settled:
            break
        if ratio < 2.0:
            damping *= max(0.2, 1.0 - (2.0 * ratio - 1.0) ** 3)
        damping = max(damping, 1e-5)
    return Optimum(fit, F)


def _step(
    member: Member, theta: Array, gradient: Array, F: Array, damping: float, low: Array, high: Array
) -> Array:
    """Damped step of limited length; parameters at a bound that J pushes outwards stay there."""
    held = ((theta <= low) & (gradient > 0.0)) | ((theta >= high) & (gradient < 0.0))
    free = np.flatnonzero(~held)
    step = np.zeros_like(theta)
    if len(free):
        H = F[np.ix_(free, free)]
        # Rounding may have made F indefinite at the lowest noise: more damping then helps.
        H[np.diag_indices(len(free))] += damping * np.maximum(H.diagonal(), SMALLEST_CURVATURE)
        step[free] = -np.linalg.solve(H, gradient[free])
    longest = np.full(len(theta), STEP_CLOCK)
    longest[: member.globals] = STEP_GLOBAL
    step /= max(1.0, float(np.max(np.abs(step) / longest)))
    return np.asarray(np.clip(theta + step, low, high) - theta)


def at_lowest(candidates: list[tuple[Member, Array]], y: Array) -> Fit:
    """The fit of lowest J among the candidates (member, theta), each with frequencies for theta."""
    fits = [Fit(member.on_grid(theta), theta, y) for member, theta in candidates]
    return min(fits, key=lambda fit: fit.J)


def release(start: Fit, falls: tuple[float, ...]) -> Fit:
    """The fit of lowest J with log r lowered by one of `falls`, in increasing order from 0.

    The frequencies of `start` must be those for its theta.

    A lower bound of the noise makes J smooth; without it, J has a narrow valley at low noise.
    """
    best: Fit | None = None
    i = start.member.globals - 1
    for fall in falls:
        theta = start.theta.copy()
        theta[i] -= fall
        if theta[i] < start.member.lowest_ratio:
            break
        fit = Fit(start.member.on_grid(theta), theta, start.y) if fall else start
        if best is None or fit.J < best.J:
            best = fit
        elif fit.J > best.J + 50.0:
            break
    return start if best is None or best.J > start.J else best
