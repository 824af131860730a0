"""Members whose clock is smooth: from coarse clocks to fine ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.clock import SmoothClock
from tiltyard.studies.derivatives.numerics.warped.clock_spectrum import learned, spectrum_penalty
from tiltyard.studies.derivatives.numerics.warped.member import BOUNDS_RATIO, Member
from tiltyard.studies.derivatives.numerics.warped.scoring import Optimum, at_lowest, minimise
from tiltyard.studies.derivatives.numerics.warped.starts import (
    ACTIVITY_POWERS,
    continued,
    first_bound,
    is_floored,
    regressed,
)

LADDER = ((3.0, 9), (8.0, 24), (20.0, 48))  # spectral width and most parameters of smooth clocks
FALLS = (0.0, 4.0, 8.0, 13.0, 18.0, 23.0)  # of log r that are tried when the bound is removed
STAGES = ((18, 0.3), (6, 0.2), (7, 0.05))  # iterations and tolerance [nats]
LONGER_LAST = (13, 0.05)  # the last stage, where it is the first that has all samples
LONGER = (0.0, 0.5)  # a warped process is smoother than the stationary one: steps in log l
FIRST = 100  # samples, or a few more, from which a clock is learned at first


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
    """Optimum of a member with `clock`; its prior's spectrum is learned too (MacKay 1992).

    The first stage, and the second unless the noise is very low, learn from some of the samples.
    """
    first = replace(stationary.member, clock=clock, lowest_ratio=first_bound(stationary))
    few = first_samples(len(y))
    some = first.at(clock.x[few]) if len(few) < len(y) else first
    thetas = _starts(first, stationary, activity, coarser)
    optimum = minimise(at_lowest([(some, theta) for theta in thetas], y[few]), *STAGES[0])
    if is_floored(stationary):
        # A very smooth signal has a low noise ratio at any noise, and needs no bound.
        steady = np.concatenate([stationary.theta, np.zeros(clock.size)])
        unbound = at_lowest([(replace(first, lowest_ratio=BOUNDS_RATIO[0]), steady)], y)
        fits = [continued(optimum, clock.x, y, BOUNDS_RATIO[0], FALLS)]
        fits += [unbound] if unbound.J < fits[0].J else []
    else:
        fits = [continued(optimum, some.x, y[few], BOUNDS_RATIO[0], (0.0,))]
    optima = [minimise(fit, *STAGES[1]) for fit in fits]
    optimum = min(optima, key=lambda optimum: optimum.fit.J)
    last = STAGES[2] if len(optimum.fit.y) == len(y) else LONGER_LAST
    optimum = minimise(continued(optimum, clock.x, y, BOUNDS_RATIO[0], (0.0,)), *last)
    return optimum._replace(penalty=spectrum_penalty(optimum))


def _starts(
    first: Member, stationary: Optimum, activity: Array, coarser: Optimum | None
) -> list[Array]:
    """Thetas with a steady clock, the coarser one, and powers of the activity as a rate."""
    settled = stationary.theta
    basis = learned(first.clock).log_rate_basis()
    starts = [(settled, np.zeros(first.clock.size))]
    if coarser is not None:
        log_rate = learned(coarser.member.clock).log_rate_basis() @ coarser.theta[3:]
        starts.append((coarser.theta[:3], regressed(basis, log_rate, 1e-3)))
    for power in ACTIVITY_POWERS:
        u = power * regressed(basis, activity, 1.0)
        starts += [(settled + np.array([by, 0.0, 0.0]), u) for by in LONGER]
    low, high = first.bounds()
    thetas = [np.concatenate([head, np.clip(u, -4.0, 4.0)]) for head, u in starts]
    return [np.clip(theta, low, high) for theta in thetas]


def first_samples(n: int) -> NDArray[np.intp]:
    """Indices of the samples, every k-th of n, from which a clock is learned at first."""
    k = max(n // FIRST, 1)
    return np.arange((n - 1) % k // 2, n, k)
