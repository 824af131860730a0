"""The spectrum of a clock's log rate, learned from the samples too (MacKay 1992)."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.clock import (
    Clock,
    LearnedClock,
    PeriodicClock,
    SmoothClock,
)
from tiltyard.studies.derivatives.numerics.warped.member import BOUND_U
from tiltyard.studies.derivatives.numerics.warped.scoring import Optimum

NEWTON_STEPS = 12  # of the spectrum's two parameters


def learned(clock: Clock) -> LearnedClock:
    """The clock, which must not be a steady one."""
    if not isinstance(clock, SmoothClock | PeriodicClock):
        raise TypeError(f"a SmoothClock or PeriodicClock is needed, got {type(clock).__name__}")
    return clock


def respread(optimum: Optimum) -> tuple[Array, LearnedClock]:
    """Theta and clock with a new estimate of the log rate's spectrum, for the same log rate.

    One step of the EM algorithm (Dempster, Laird & Rubin 1977): given the posterior second moments
    m_k of the terms ``d_k u_k``, h minimises ``|h|**2 / 2 + sum_k (m_k / d_k**2 / 2 + log d_k)``.
    """
    clock = learned(optimum.member.clock)
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
    clock = learned(optimum.member.clock)
    variance = np.diag(np.linalg.inv(optimum.fisher))[3 + clock.first :]
    slopes = clock.spread(clock.h).slopes
    curvature = np.eye(2) + (slopes * 2.0 * np.clip(1.0 - variance, 0.0, 1.0)) @ slopes.T
    return 0.5 * float(clock.h @ clock.h) + 0.5 * math.log(np.linalg.det(curvature))
