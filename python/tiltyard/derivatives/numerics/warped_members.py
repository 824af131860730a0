"""Members of a warped process: stationary ones, nested smooth clocks, and a periodic clock."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from tiltyard.derivatives.estimator import Array
from tiltyard.derivatives.numerics.warped_clock import PeriodicClock, SmoothClock
from tiltyard.derivatives.numerics.warped_likelihood import Fit
from tiltyard.derivatives.numerics.warped_member import BOUNDS_RATIO, TREND, Member
from tiltyard.derivatives.numerics.warped_posterior import means
from tiltyard.derivatives.numerics.warped_scoring import Optimum, at_lowest, minimise, release
from tiltyard.derivatives.numerics.warped_stationary import stationary_members

LADDER = ((3.0, 8), (8.0, 20), (20.0, 45))  # spectral width and most parameters of smooth clocks
SCALE = 0.7  # prior deviation of their log rate: where it starts, and its prior's centre
SCALE_STRENGTH = 2.0  # of that prior, in parameters
SCALES = (0.05, 2.0)
FLOOR = -18.0  # log noise ratio of the first optimisation where the noise is lower
BELOW_FLOOR = 2.0
FALLS = (0.0, 4.0, 8.0, 13.0, 18.0, 23.0)
STAGES = ((18, 0.3), (6, 0.2), (7, 0.05))  # iterations and tolerance [nats]
ACTIVITY_POWERS = (0.35, 0.7)
LONGER = (0.0, 0.5)  # a warped process is smoother than the stationary one: steps in log l

FEWEST_FOR_PERIOD = 40
PERIODS = np.geomspace(0.08, 0.62, 160)
HARMONICS = 12
SCANNED = 3  # minima of the scan that are tried
PERIOD_PENALTY = 3.8  # log of the number of independent periods that the scan may choose from
HOPELESS = 10.0  # nats above the stationary member at which the periodic one is given up
PERIODIC_FALLS = (0.0, 2.0, 4.0, 8.0, 13.0, 18.0, 23.0)
RELEASES = 3


class Members(NamedTuple):
    """Optima by name, and their negative log evidences."""

    optima: dict[str, Optimum]
    evidence: Array


def learn(x: Array, y: Array, noise_variance: float | None) -> Members:
    """Fit all members.

    Parameters
    ----------
    x, y : (n,) arrays
        Unit times in [-1/2, 1/2], and samples of mean 0 and variance 1.
    noise_variance : float or None
        Of the samples, where it is known.
    """
    optima = stationary_members(x, y, noise_variance)
    stationary = optima["matern"]
    optima |= smooth_members(stationary, y)
    if len(x) >= FEWEST_FOR_PERIOD:
        periodic = periodic_member(stationary, y)
        if periodic is not None:
            optima["periodic"] = periodic
    # A convention makes members with and without a line comparable: one of deviation 1, slope 1.
    line = math.log(TREND[0] * TREND[1])
    evidence = [o.evidence() - (line if o.member.trend else 0.0) for o in optima.values()]
    return Members(optima, np.array(evidence))


def log_activity(stationary: Optimum) -> Array:
    """Log of how fast the signal varies at each sample, centred: what a good clock follows.

    Root of the sum of ``(|k-th derivative| / spread)**(2/k)``, k = 1 to 3, of a stationary fit.
    """
    D = means(stationary, 4)
    spread = float(D[0].std()) + 1e-300
    rate = np.sqrt(sum((np.abs(D[k]) / spread) ** (2.0 / k) for k in (1, 2, 3)))
    log = np.log(rate + 0.05 * rate.mean() + 1e-300)
    return np.asarray(log - log.mean())


def regressed(basis: Array, target: Array, ridge: float) -> Array:
    """Coefficients of `target` (n,) on `basis` (n, K), shrunk."""
    gram = basis.T @ basis + ridge * np.eye(basis.shape[1])
    return np.asarray(np.linalg.solve(gram, basis.T @ target))


def smooth_members(stationary: Optimum, y: Array) -> dict[str, Optimum]:
    """Members with smooth clocks, each starting from the coarser one and from the activity."""
    n = len(y)
    activity = log_activity(stationary)
    found: dict[str, Optimum] = {}
    coarser: Optimum | None = None
    evidence: list[float] = []
    for width, most in LADDER:
        if len(evidence) > 1 and evidence[-1] > evidence[-2] + 3.0:
            break  # finer clocks do not pay
        clock = SmoothClock(stationary.member.x, max(4, min(most, n // 3)), width, SCALE)
        coarser = smooth_member(clock, stationary, activity, coarser, y)
        found[f"warped_{width:.0f}"] = coarser
        evidence.append(coarser.evidence())
    return found


def smooth_member(
    clock: SmoothClock, stationary: Optimum, activity: Array, coarser: Optimum | None, y: Array
) -> Optimum:
    """Optimum of a member with `clock`, whose prior scale is learned too (MacKay 1992)."""
    settled = stationary.theta
    noise_variance = stationary.member.noise_variance
    floored = noise_variance is None and settled[2] < FLOOR - BELOW_FLOOR
    member = replace(stationary.member, clock=clock, lowest_ratio=BOUNDS_RATIO[0])
    first = replace(member, lowest_ratio=FLOOR) if floored else member
    lowest = first.lowest_ratio
    starts = []
    if coarser is not None:
        log_rate = smooth_clock(coarser).log_rate_basis() @ coarser.theta[3:]
        starts.append((coarser.theta[:3], regressed(clock.log_rate_basis(), log_rate, 1e-3)))
    for power in ACTIVITY_POWERS:
        u = power * regressed(clock.log_rate_basis(), activity, 1.0)
        starts += [(settled + np.array([by, 0.0, 0.0]), u) for by in LONGER]
    low, high = first.bounds()
    candidates = []
    for head, u in starts:
        theta = np.concatenate([head, np.clip(u, -4.0, 4.0)])
        theta[2] = max(theta[2], lowest)
        candidates.append((first, np.clip(theta, low, high)))
    fit = at_lowest(candidates, y)
    for stage, (iterations, tolerance) in enumerate(STAGES):
        optimum = minimise(fit, iterations, tolerance)
        if stage < len(STAGES) - 1:
            theta, rescaled = rescale(optimum, member)
            falls = FALLS if floored and stage == 0 else (0.0,)
            fit = release(Fit(rescaled.on_grid(theta), theta, y), falls)
    ratio = (SCALE / smooth_clock(optimum).scale) ** 2
    penalty = 0.5 * SCALE_STRENGTH * (ratio - 1.0 - math.log(ratio))
    return optimum._replace(penalty=penalty)


def smooth_clock(optimum: Optimum) -> SmoothClock:
    """The clock of `optimum`, which must be a smooth one."""
    clock = optimum.member.clock
    if not isinstance(clock, SmoothClock):
        raise TypeError(f"a smooth clock is needed, not {clock}")
    return clock


def rescale(optimum: Optimum, member: Member) -> tuple[Array, Member]:
    """Theta and `member` with the clock's prior scale reestimated, and the same log rate."""
    clock = smooth_clock(optimum)
    theta = optimum.theta.copy()
    u = theta[3:]
    explained = clock.scale**2 * float(u @ u) + SCALE_STRENGTH * SCALE**2
    scale = math.sqrt(explained / (optimum.determined() + SCALE_STRENGTH))
    scale = min(max(scale, SCALES[0]), SCALES[1])
    theta[3:] *= clock.scale / scale
    return theta, replace(member, clock=clock.scaled(scale))


def scan_periods(x: Array, y: Array) -> list[tuple[float, float]]:
    """Mean squared residual and period of the best fits of harmonics and a line, best first."""
    highest = int(min(HARMONICS, max(3, len(x) / 5)))
    residuals = []
    for period in PERIODS:
        phase = 2.0 * math.pi / period * np.multiply.outer(x, np.arange(1, highest + 1))
        A = np.hstack([np.ones((len(x), 1)), x[:, None], np.cos(phase), np.sin(phase)])
        c = regressed(A, y, 1e-9 * len(x))
        residuals.append(float(np.mean(np.square(y - A @ c))))
    padded = [math.inf, *residuals, math.inf]
    minima = [i for i, r in enumerate(residuals) if r <= padded[i] and r <= padded[i + 2]]
    return sorted((residuals[i], float(PERIODS[i])) for i in minima)


def periodic_member(stationary: Optimum, y: Array) -> Optimum | None:
    """Optimum of a member with a periodic clock; None where it is hopeless."""
    x = stationary.member.x
    settled = stationary.theta
    floored = stationary.member.noise_variance is None and settled[2] < FLOOR - BELOW_FLOOR
    activity = log_activity(stationary)
    candidates = []
    for residual, period in scan_periods(x, y)[:SCANNED]:
        clock = PeriodicClock(x, period)
        member = replace(stationary.member, clock=clock, periods=1.0 / period)
        if floored:
            member = replace(member, lowest_ratio=FLOOR)
        u = regressed(clock.log_rate_basis(), activity, 1.0)
        ratio = max(settled[2], member.lowest_ratio, math.log(residual + 1e-300) - 2.0)
        low, high = member.bounds()
        for power in (0.0, *ACTIVITY_POWERS):
            for longer in (0.0, 0.5, 1.0):
                head = [settled[0] - math.log(period) + longer, settled[1], ratio]
                theta = np.concatenate([head, power * u])
                candidates.append((member, np.clip(theta, low, high)))
    if not candidates:
        return None
    optimum = minimise(at_lowest(candidates, y), 25, 0.2)
    behind = optimum.fit.J - _at_ratio(stationary, optimum.theta[2], y)
    if behind > HOPELESS:
        return None
    falls = PERIODIC_FALLS if floored else (0.0,)
    for repeat in range(RELEASES if floored else 1):
        before = optimum.fit.J
        free = replace(optimum.member, lowest_ratio=BOUNDS_RATIO[0])
        start = Fit(free.on_grid(optimum.theta), optimum.theta, y)
        optimum = minimise(release(start, falls), 20, 0.05)
        if repeat and before - optimum.fit.J < 3.0:
            break
    return optimum._replace(penalty=PERIOD_PENALTY)


def _at_ratio(stationary: Optimum, log_ratio: float, y: Array) -> float:
    """J of the stationary member with another noise ratio."""
    theta = stationary.theta.copy()
    theta[2] = log_ratio
    return Fit(stationary.member, theta, y).J
