"""Members of a warped process: stationary ones, nested smooth clocks, and a periodic clock."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.clock import (
    LearnedClock,
    PeriodicClock,
    SmoothClock,
)
from tiltyard.studies.derivatives.numerics.warped.features import Grid, waves
from tiltyard.studies.derivatives.numerics.warped.likelihood import Fit
from tiltyard.studies.derivatives.numerics.warped.member import BOUND_U, BOUNDS_RATIO, TREND, Member
from tiltyard.studies.derivatives.numerics.warped.pooling import credible
from tiltyard.studies.derivatives.numerics.warped.posterior import means
from tiltyard.studies.derivatives.numerics.warped.scoring import (
    Optimum,
    at_lowest,
    minimise,
    release,
)
from tiltyard.studies.derivatives.numerics.warped.stationary import stationary_members

LADDER = ((3.0, 9), (8.0, 24), (20.0, 48))  # spectral width and most parameters of smooth clocks
FLOOR = -18.0  # lower bound of log r in the first optimisation, if the noise is lower still
BELOW_FLOOR = 2.0  # by which the stationary member's log r must be below FLOOR for that
FALLS = (0.0, 4.0, 8.0, 13.0, 18.0, 23.0)  # of log r that are tried when the bound is removed
STAGES = ((18, 0.3), (6, 0.2), (7, 0.05))  # iterations and tolerance [nats]
ACTIVITY_POWERS = (0.35, 0.7)  # powers of the activity that are tried as a clock's rate
LONGER = (0.0, 0.5)  # a warped process is smoother than the stationary one: steps in log l

NEWTON_STEPS = 12  # of the spectrum's two parameters

FEWEST_FOR_PERIOD = 40
PERIODS = np.geomspace(0.08, 0.62, 160)
SCANNED_AT_ONCE = 16  # periods
HARMONICS = 12
TURNS = {"periodic": 1, "periodic_symmetric": 2}  # of the clock per period of the process
PERIODIC_STAGES = ((25, 0.2), (10, 0.2), (20, 0.05))  # iterations and tolerance [nats]
BEATEN = 50.0  # nats above the better periodic member at which one is left out
SCANNED = 3  # minima of the scan that are tried
PERIOD_PENALTY = 3.8  # log of the number of independent periods that the scan may choose from
HOPELESS = 10.0  # nats above the stationary member at which a periodic one is left out
PERIODIC_FALLS = (0.0, 2.0, 4.0, 8.0, 13.0, 18.0, 23.0)  # FALLS of a periodic member
RELEASES = 2  # optimisations, at most, after the bound of log r is removed


class Members(NamedTuple):
    """Optima by name, and their negative log evidences."""

    optima: dict[str, Optimum]
    evidence: Array

    def credible(self) -> Members:
        """The members whose weight is not negligible."""
        keep = credible(self.evidence)
        optima = {n: o for (n, o), kept in zip(self.optima.items(), keep, strict=True) if kept}
        return Members(optima, self.evidence[keep])


def learn(x: Array, y: Array, noise_variance: float | None) -> Members:
    """Fit all members.

    Parameters
    ----------
    x, y : (n,) arrays
        Unit times in [-1/2, 1/2], and samples of mean 0 and variance 1.
    noise_variance : float or None
        Noise variance of the samples; None if it is unknown.
    """
    optima = stationary_members(x, y, noise_variance)
    stationary = optima["matern"]
    activity = log_activity(stationary)
    optima |= smooth_members(stationary, activity, y)
    if len(x) >= FEWEST_FOR_PERIOD:
        optima |= periodic_members(stationary, activity, y)
    # To compare members with and without a line, its prior counts as one of deviations 1 and 1.
    line = math.log(TREND[0] * TREND[1])
    evidence = [o.evidence() - (line if o.member.trend else 0.0) for o in optima.values()]
    return Members(optima, np.array(evidence))


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


def smooth_members(stationary: Optimum, activity: Array, y: Array) -> dict[str, Optimum]:
    """Members with smooth clocks, each starting from the coarser one and from the activity."""
    n = len(y)
    found: dict[str, Optimum] = {}
    coarser: Optimum | None = None
    evidence: list[float] = []
    for width, most in LADDER:
        if len(evidence) > 1 and evidence[-1] > evidence[-2] + 3.0:
            break  # the finer clock has less evidence
        clock = SmoothClock(stationary.member.x, max(4, min(most, n // 3)), width)
        coarser = smooth_member(clock, stationary, activity, coarser, y)
        found[f"warped_{width:.0f}"] = coarser
        evidence.append(coarser.evidence())
    return found


def smooth_member(
    clock: SmoothClock, stationary: Optimum, activity: Array, coarser: Optimum | None, y: Array
) -> Optimum:
    """Optimum of a member with `clock`; its prior's spectrum is learned too (MacKay 1992)."""
    settled = stationary.theta
    noise_variance = stationary.member.noise_variance
    floored = noise_variance is None and settled[2] < FLOOR - BELOW_FLOOR
    first = replace(
        stationary.member, clock=clock, lowest_ratio=FLOOR if floored else BOUNDS_RATIO[0]
    )
    lowest = first.lowest_ratio
    steady = np.concatenate([settled, np.zeros(clock.size)])
    starts = [(settled, np.zeros(clock.size))]
    if coarser is not None:
        log_rate = learned_clock(coarser).log_rate_basis() @ coarser.theta[3:]
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
    optimum = minimise(at_lowest(candidates, y), *STAGES[0])
    fits = [_continued(optimum, BOUNDS_RATIO[0], FALLS if floored else (0.0,))]
    if floored:  # a very smooth signal has a low noise ratio at any noise, and needs no bound
        free = replace(first, lowest_ratio=BOUNDS_RATIO[0])
        fits += [fit for fit in [at_lowest([(free, steady)], y)] if fit.J < fits[0].J]
    optima = [minimise(fit, *STAGES[1]) for fit in fits]
    optimum = min(optima, key=lambda optimum: optimum.fit.J)
    optimum = minimise(_continued(optimum, BOUNDS_RATIO[0], (0.0,)), *STAGES[2])
    return optimum._replace(penalty=spectrum_penalty(optimum))


def learned_clock(optimum: Optimum) -> LearnedClock:
    """The clock of `optimum`, which must not be a steady one."""
    clock = optimum.member.clock
    if not isinstance(clock, SmoothClock | PeriodicClock):
        raise TypeError(f"a SmoothClock or PeriodicClock is needed, got {type(clock).__name__}")
    return clock


def respread(optimum: Optimum) -> tuple[Array, LearnedClock]:
    """Theta and clock with a new estimate of the log rate's spectrum, for the same log rate.

    One step of the EM algorithm (Dempster, Laird & Rubin 1977): given the posterior second moments
    m_k of the terms ``d_k u_k``, h minimises ``|h|**2 / 2 + sum_k (m_k / d_k**2 / 2 + log d_k)``.
    """
    clock = learned_clock(optimum)
    start = 3 + clock.first
    theta = optimum.theta.copy()
    terms = clock.d * theta[start:]
    variance = np.diag(np.linalg.inv(optimum.fisher))[start:]
    moments = np.square(terms) + np.square(clock.d) * variance
    h = clock.h
    for _ in range(NEWTON_STEPS):
        d, slopes = clock.spread(h)
        excess = moments / np.square(d)
        gradient = h + slopes @ (1.0 - excess)
        curvature = np.eye(2) + (slopes * 2.0 * excess) @ slopes.T
        h = h - np.clip(np.linalg.solve(curvature, gradient), -0.5, 0.5)
    theta[start:] = np.clip(terms / clock.spread(h).d, -BOUND_U, BOUND_U)
    return theta, clock.respread(h)


def spectrum_penalty(optimum: Optimum) -> float:
    """Negative log evidence that the spectrum's parameters h add by Laplace's approximation."""
    clock = learned_clock(optimum)
    variance = np.diag(np.linalg.inv(optimum.fisher))[3 + clock.first :]
    slopes = clock.spread(clock.h).slopes
    curvature = np.eye(2) + (slopes * 2.0 * np.clip(1.0 - variance, 0.0, 1.0)) @ slopes.T
    return 0.5 * float(clock.h @ clock.h) + 0.5 * math.log(np.linalg.det(curvature))


def scan_periods(x: Array, y: Array) -> list[tuple[float, float]]:
    """Mean squared residual and period of the best fits of harmonics and a line, best first."""
    highest = int(min(HARMONICS, max(3, len(x) / 5)))
    ridge = 1e-9 * len(x) * np.eye(2 * highest + 2)
    line = np.stack([x, np.ones(len(x))])
    residuals: list[float] = []
    for periods in np.split(PERIODS, len(PERIODS) // SCANNED_AT_ONCE):
        turns = np.multiply.outer(1.0 / periods, x)
        E = waves(turns.ravel(), Grid(1.0, highest))[:, 1:].T.reshape(highest, *turns.shape)
        rows = np.concatenate([np.broadcast_to(line[:, None], (2, *turns.shape)), E.real, E.imag])
        A = rows.transpose(1, 0, 2)  # periods, functions, samples
        c = np.linalg.solve(A @ A.transpose(0, 2, 1) + ridge, (A @ y)[..., None])[..., 0]
        misses = y - (c[:, None] @ A)[:, 0]
        residuals += np.mean(np.square(misses), axis=1).tolist()
    padded = [math.inf, *residuals, math.inf]
    minima = [i for i, r in enumerate(residuals) if r <= padded[i] and r <= padded[i + 2]]
    return sorted((residuals[i], float(PERIODS[i])) for i in minima)


def periodic_members(stationary: Optimum, activity: Array, y: Array) -> dict[str, Optimum]:
    """Optima of members with a periodic clock of one or two turns a period.

    A member is left out if its J is `HOPELESS` above the stationary member's at the same noise
    ratio, or `BEATEN` above the better periodic member's.
    """
    settled = stationary.theta
    floored = stationary.member.noise_variance is None and settled[2] < FLOOR - BELOW_FLOOR
    floor = FLOOR if floored else BOUNDS_RATIO[0]
    first = replace(stationary.member, lowest_ratio=floor)
    periods = scan_periods(first.x, y)[:SCANNED]
    found = {}
    for name, turns in TURNS.items():
        candidates = []
        for residual, period in periods:
            clock = PeriodicClock(first.x, period / turns)
            member = replace(first, clock=clock, periods=1.0 / period, turns=turns)
            u = regressed(clock.log_rate_basis(), activity, 1.0)
            head = [settled[0] - math.log(clock.period), settled[1], settled[2]]
            head[2] = max(head[2], floor, math.log(residual + 1e-300) - 2.0)
            candidates += _periodic_starts(member, np.array(head), u)
        if not candidates:
            continue
        start = minimise(at_lowest(candidates, y), *PERIODIC_STAGES[0])
        optimum = minimise(_continued(start, floor, (0.0,)), *PERIODIC_STAGES[1])
        behind = optimum.fit.J - _at_ratio(stationary, optimum.theta[2], y)
        if behind < HOPELESS:
            found[name] = optimum
    lowest = min((optimum.fit.J for optimum in found.values()), default=0.0)
    return {
        name: _released(optimum, floored)
        for name, optimum in found.items()
        if optimum.fit.J - lowest < BEATEN
    }


def _periodic_starts(member: Member, head: Array, u: Array) -> list[tuple[Member, Array]]:
    """Starts with powers 0 to 0.7 of the activity as the clock's rate, and three length scales."""
    low, high = member.bounds()
    starts = []
    for power in (0.0, *ACTIVITY_POWERS):
        for longer in (0.0, 0.5, 1.0):
            theta = np.concatenate([head + np.array([longer, 0.0, 0.0]), power * u])
            starts.append((member, np.clip(theta, low, high)))
    return starts


def _continued(optimum: Optimum, lowest_ratio: float, falls: tuple[float, ...]) -> Fit:
    """Fit from which to continue after `optimum`, with a new estimate of the clock's spectrum."""
    theta, clock = respread(optimum)
    member = replace(optimum.member, clock=clock, lowest_ratio=lowest_ratio)
    return release(Fit(member.on_grid(theta), theta, optimum.fit.y), falls)


def _released(optimum: Optimum, floored: bool) -> Optimum:
    """Optimum without the bound `FLOOR` of the noise ratio."""
    for repeat in range(RELEASES if floored else 1):
        before = optimum.fit.J
        start = _continued(optimum, BOUNDS_RATIO[0], PERIODIC_FALLS if floored else (0.0,))
        optimum = minimise(start, *PERIODIC_STAGES[2])
        if repeat and before - optimum.fit.J < 3.0:
            break
    return optimum._replace(penalty=PERIOD_PENALTY + spectrum_penalty(optimum))


def _at_ratio(stationary: Optimum, log_ratio: float, y: Array) -> float:
    """J of the stationary member with another noise ratio."""
    theta = stationary.theta.copy()
    theta[2] = log_ratio
    return Fit(stationary.member, theta, y).J
