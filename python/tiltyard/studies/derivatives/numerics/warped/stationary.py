"""Members whose clock is steady: from a scan over length scale and noise to their optimum."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.linalg import svd

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.clock import SteadyClock
from tiltyard.studies.derivatives.numerics.warped.features import (
    amplitudes,
    choose_grid,
    waves,
)
from tiltyard.studies.derivatives.numerics.warped.likelihood import Fit
from tiltyard.studies.derivatives.numerics.warped.member import (
    BOUNDS_RATIO,
    LOG_LENGTH,
    Member,
    with_trend,
)
from tiltyard.studies.derivatives.numerics.warped.scoring import Optimum, at_lowest, minimise

LOWEST_RATIO = -60.0  # a very smooth signal's prior variance far exceeds that of its samples
SCAN_RATIOS = np.arange(-56.0, 2.1, 2.0)
SCAN_KNOWN = np.arange(-8.0, 8.1, 1.0)  # log r less log of the known noise variance
SCAN_LENGTHS = 9
SEPARATE = 0.9  # distance of starts: in log l, plus an eighth of that in log r
WITHIN = 15.0  # nats by which a start may lie above the lowest
REGRIDS = 3
ITERATIONS = 15
TOLERANCE = 0.03  # nats
ROUGHNESSES = (6.0, 12.0, 25.0, 80.0)  # p with which the Matérn member starts
SHIFTS = ((0.0, 0.0), (0.15, -1.0))  # of its log l and log r against the squared-exponential


def scan(member: Member, y: Array) -> list[tuple[float, float, float]]:
    """Objective, log l and log r of a squared-exponential `member` on a grid, lowest first."""
    x, n, known = member.x, len(y), member.noise_variance
    ratios = SCAN_RATIOS if known is None else SCAN_KNOWN + math.log(known)
    ratios = np.clip(ratios, LOWEST_RATIO, BOUNDS_RATIO[1])
    r = np.exp(ratios)
    found = []
    for log_length in np.linspace(max(-4.6, math.log(0.8 / n)), 0.8, SCAN_LENGTHS):
        grid = choose_grid(n, log_length, None, -30.0)
        A = with_trend(member, waves(x, grid), amplitudes(grid.w(), log_length, None), x)
        U, values, _ = svd(A, full_matrices=False, check_finite=False)
        z = U.T @ y
        rest = max(float(np.sum(np.square(y - U @ z))), 1e-30 * float(y @ y))
        total = np.square(values) + r[:, None]
        Q = (np.square(z) / total).sum(axis=1) + rest / r + 1e-250
        log_det = np.log(total).sum(axis=1) + (n - len(values)) * ratios
        if known is None:
            J = 0.5 * (n * np.log(Q / n) + log_det)
        else:
            scale = known / r
            J = 0.5 * (Q / scale - n + n * np.log(scale) + log_det)
        J += 0.5 * ((log_length - LOG_LENGTH[0]) / LOG_LENGTH[1]) ** 2
        found += [
            (float(j), float(log_length), float(ratio)) for j, ratio in zip(J, ratios, strict=True)
        ]
    return sorted(found)


def squared_exponential(member: Member, y: Array, near: Array | None = None) -> Optimum:
    """Optimum of a squared-exponential `member` from the best two or three separate starts.

    The starts come from a scan, and from the theta `near` if it is given.
    """
    found = scan(member, y)
    if near is not None:
        J = Fit(member.on_grid(near), near, y).J - 0.5 * len(y) * (1.0 + math.log(2.0 * math.pi))
        found = sorted([(J, *near.tolist()), *found])
    starts: list[tuple[float, float]] = []
    for J, log_length, log_ratio in found:
        if J - found[0][0] > WITHIN or len(starts) == (3 if len(y) <= 120 else 2):
            break
        if all(abs(log_length - a) + abs(log_ratio - b) / 8.0 > SEPARATE for a, b in starts):
            starts.append((log_length, log_ratio))
    optima = [settle(member, np.array(start), y) for start in starts]
    return min(optima, key=lambda optimum: optimum.fit.J)


def settle(member: Member, theta: Array, y: Array) -> Optimum:
    """Optimum from `theta`, with frequencies rechosen until they and theta agree."""
    low, high = member.bounds()
    theta = np.clip(theta, low, high)
    for _ in range(REGRIDS):
        optimum = minimise(Fit(member.on_grid(theta), theta, y), ITERATIONS, TOLERANCE)
        moved = np.abs(optimum.theta - theta)
        theta = optimum.theta
        if moved[0] < 0.3 and moved[-1] < 1.0:
            break
    return optimum


def stationary_members(x: Array, y: Array, noise_variance: float | None) -> dict[str, Optimum]:
    """Squared-exponential without and with a line, and a Matérn process of learned smoothness."""
    steady = Member(
        x,
        SteadyClock(x),
        matern=False,
        trend=False,
        lowest_ratio=LOWEST_RATIO,
        noise_variance=noise_variance,
    )
    plain = squared_exponential(steady, y)
    smooth = squared_exponential(replace(steady, trend=True), y, plain.theta)
    matern = replace(steady, matern=True, trend=True)
    log_length, log_ratio = smooth.theta
    low, high = matern.bounds()
    starts = [
        (matern, np.clip([log_length + by, math.log(p), log_ratio + more], low, high))
        for p in ROUGHNESSES
        for by, more in SHIFTS
    ]
    start = at_lowest(starts, y)
    return {
        "se_without_trend": plain,
        "se": smooth,
        "matern": settle(matern, start.theta, y),
    }
