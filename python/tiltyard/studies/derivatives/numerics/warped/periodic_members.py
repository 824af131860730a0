"""Members whose clock repeats once or twice in each period."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.clock import PeriodicClock
from tiltyard.studies.derivatives.numerics.warped.clock_spectrum import spectrum_penalty
from tiltyard.studies.derivatives.numerics.warped.features import Grid, waves
from tiltyard.studies.derivatives.numerics.warped.likelihood import Fit
from tiltyard.studies.derivatives.numerics.warped.member import BOUNDS_RATIO, Member
from tiltyard.studies.derivatives.numerics.warped.scoring import Optimum, at_lowest, minimise
from tiltyard.studies.derivatives.numerics.warped.starts import (
    ACTIVITY_POWERS,
    continued,
    first_bound,
    is_floored,
    regressed,
)

PERIODS = np.geomspace(0.08, 0.62, 160)
SCANNED_AT_ONCE = 16  # periods
HARMONICS = 12
SCANNED = 3  # minima of the scan that are tried
TURNS = {"periodic": 1, "periodic_symmetric": 2}  # of the clock per period of the process
STAGES = ((25, 0.2), (10, 0.2), (20, 0.05))  # iterations and tolerance [nats]
HOPELESS = 10.0  # nats above the stationary member at which a periodic one is left out
BEATEN = 50.0  # nats above the better periodic member at which one is left out
PERIOD_PENALTY = 3.8  # log of the number of independent periods that the scan may choose from
FALLS = (0.0, 2.0, 4.0, 8.0, 13.0, 18.0, 23.0)  # of log r that are tried without its bound
RELEASES = 2  # optimisations, at most, after the bound of log r is removed


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
    floored, floor = is_floored(stationary), first_bound(stationary)
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
        start = minimise(at_lowest(candidates, y), *STAGES[0])
        optimum = minimise(continued(start, first.x, y, floor, (0.0,)), *STAGES[1])
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


def _released(optimum: Optimum, floored: bool) -> Optimum:
    """Optimum without the bound `FLOOR` of the noise ratio."""
    for repeat in range(RELEASES if floored else 1):
        before = optimum.fit.J
        falls = FALLS if floored else (0.0,)
        x, y = optimum.member.x, optimum.fit.y
        start = continued(optimum, x, y, BOUNDS_RATIO[0], falls)
        optimum = minimise(start, *STAGES[2])
        if repeat and before - optimum.fit.J < 3.0:
            break
    return optimum._replace(penalty=PERIOD_PENALTY + spectrum_penalty(optimum))


def _at_ratio(stationary: Optimum, log_ratio: float, y: Array) -> float:
    """J of the stationary member with another noise ratio."""
    theta = stationary.theta.copy()
    theta[2] = log_ratio
    return Fit(stationary.member, theta, y).J
