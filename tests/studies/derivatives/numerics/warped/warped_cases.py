"""Thirty uneven samples, clocks and members that the tests of warped processes share."""

import numpy as np

from tiltyard.studies.derivatives.numerics.warped.clock import (
    PAIRS,
    PeriodicClock,
    SmoothClock,
    SteadyClock,
)
from tiltyard.studies.derivatives.numerics.warped.features import Grid
from tiltyard.studies.derivatives.numerics.warped.likelihood import Fit
from tiltyard.studies.derivatives.numerics.warped.member import Member
from tiltyard.studies.derivatives.numerics.warped.scoring import Optimum

X = np.sort(np.concatenate([[-0.5, 0.5], np.random.default_rng(3).uniform(-0.5, 0.5, 28)]))
Y = np.sin(9 * X + 4 * X**2) + 0.1 * np.random.default_rng(4).standard_normal(len(X))
Y = (Y - Y.mean()) / Y.std()
U = np.random.default_rng(5).standard_normal(12)
V = 0.4 * np.random.default_rng(6).standard_normal(2 * PAIRS + 1)
H = np.array([0.3, -0.4])


def smooth(x=X, h=H):
    return SmoothClock(x, 12, 6.0, h)


def periodic(x=X, h=H):
    return PeriodicClock(x, 0.4, h)


def member(clock, highest, matern=True, trend=True, noise_variance=None):
    return Member(
        X,
        clock,
        matern=matern,
        trend=trend,
        periods=2.5 if isinstance(clock, PeriodicClock) else None,
        grid=Grid(1.0 if isinstance(clock, PeriodicClock) else 2.0, highest),
        noise_variance=noise_variance,
    )


# Fewer features than samples and more; processes of both kinds; all clocks.
CASES = [
    (member(smooth(), 8), np.r_[-2.0, 2.3, -3.0, U]),
    (member(smooth(), 30), np.r_[-2.0, 2.3, -3.0, U]),
    (member(periodic(), 30), np.r_[-1.5, 2.3, -3.0, V]),
    (member(SteadyClock(X), 30, matern=False, trend=False), np.array([-2.0, -3.0])),
    (member(smooth(), 30, noise_variance=0.02), np.r_[-2.0, 2.3, -3.0, U]),
    (member(smooth(), 8, noise_variance=0.02), np.r_[-2.0, 2.3, -3.0, U]),
]


def covariance(model, theta):
    """Of the samples, in signal variances."""
    here = Fit(model, theta, Y)
    return here.A @ here.A.T + here.r * np.eye(len(X))


def optimum(model, theta):
    here = Fit(model, theta, Y)
    return Optimum(here, here.derivatives()[1])
