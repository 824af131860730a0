"""From where members with a learned clock start, and continue."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.clock_spectrum import respread
from tiltyard.studies.derivatives.numerics.warped.likelihood import Fit
from tiltyard.studies.derivatives.numerics.warped.member import BOUNDS_RATIO
from tiltyard.studies.derivatives.numerics.warped.posterior import means
from tiltyard.studies.derivatives.numerics.warped.scoring import Optimum, release

FLOOR = -18.0  # lower bound of log r in the first optimisation, if the noise is lower still
BELOW_FLOOR = 2.0  # by which the stationary member's log r must be below FLOOR for that
ACTIVITY_POWERS = (0.35, 0.7)  # powers of the activity that are tried as a clock's rate


def is_floored(stationary: Optimum) -> bool:
    """Whether log r has the bound `FLOOR` at first: it is unknown, and lower in `stationary`."""
    known = stationary.member.noise_variance is not None
    return not known and bool(stationary.theta[2] < FLOOR - BELOW_FLOOR)


def first_bound(stationary: Optimum) -> float:
    """Lower bound of log r in the first optimisation."""
    return FLOOR if is_floored(stationary) else BOUNDS_RATIO[0]


def log_activity(stationary: Optimum) -> Array:
    """Logarithm of the signal's rate of change at each sample (n,), centred, to start clocks from.

    The rate is the root of the sum of ``(|k-th derivative| / spread)**(2/k)``, k = 1 to 3, of a
    stationary fit.
    """
    D = means(stationary, 4)
    spread = float(D[0].std()) + 1e-300
    rate = np.sqrt(sum((np.abs(D[k]) / spread) ** (2.0 / k) for k in (1, 2, 3)))
    log = np.log(rate + 0.05 * rate.mean() + 1e-300)
    return np.asarray(log - log.mean())


def regressed(basis: Array, target: Array, ridge: float) -> Array:
    """Coefficients (K,) of the ridge regression of `target` (n,) on `basis` (n, K)."""
    gram = basis.T @ basis + ridge * np.eye(basis.shape[1])
    return np.asarray(np.linalg.solve(gram, basis.T @ target))


def continued(
    optimum: Optimum, x: Array, y: Array, lowest_ratio: float, falls: tuple[float, ...]
) -> Fit:
    """Fit from which to continue after `optimum`, with a new estimate of the clock's spectrum.

    All samples `y` at `x` count, even if the optimum is one for some of them.
    """
    theta, clock = respread(optimum)
    if len(x) > len(optimum.member.x):
        clock = clock.at(x)
    member = replace(optimum.member, x=x, clock=clock, lowest_ratio=lowest_ratio)
    return release(Fit(member.on_grid(theta), theta, y), falls)
