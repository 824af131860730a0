"""The lag: where the tangent at the largest rate meets the initial level."""

from __future__ import annotations

import numpy as np

from tiltyard.application.derived.course import Course
from tiltyard.application.derived.feature import Feature, Known
from tiltyard.studies.derivatives.contract import Array


def lag(level: Course, rate: Course, largest: Feature) -> Feature:
    """The lag of one piece, with its interval by the delta method.

    With f the curve, f0 its value at the start and t the time of the largest rate it is
    ``t - (f(t) - f0) / f'(t)``. Its derivative by t is zero there, so that an error of the place
    does not count to first order. Errors at the start and at t have nothing to do with each other;
    those of the value and the rate at one time do, see `covariance_with_slope`.

    Parameters
    ----------
    level, rate : Course
        Orders 0 and 1.
    largest : Feature
        The maximum of the rate.

    Returns
    -------
    Feature
        Its height is the initial level.
    """
    t = largest.place.value
    here, start = np.array([t]), level.t[:1]
    value, slope, initial = (
        float(course.at(at)[0]) for course, at in ((level, here), (rate, here), (level, start))
    )
    halves = np.array(
        [_half(level, here), _half(rate, here), _half(level, start)]  # of the 95 % bands
    )
    rise = value - initial
    gradient = np.array([-1.0, rise / slope, 1.0]) / slope
    together = float(np.interp(t, level.t, covariance_with_slope(level.t, _halves(level))))
    most = halves[0] * halves[1]
    together = float(np.clip(together, -most, most))
    square = float(np.square(gradient * halves).sum() + 2 * gradient[0] * gradient[1] * together)
    half, place = float(np.sqrt(max(square, 0.0))), t - rise / slope
    low, *_, high = level.quantiles_at(start)[:, 0].tolist()
    return Feature(
        "lag",
        1,
        Known(place, place - half, place + half),
        Known(initial, low, high),
        certain=largest.certain,
        probability=largest.probability,
        recoverable=largest.recoverable,
    )


def covariance_with_slope(t: Array, deviation: Array) -> Array:
    """Covariance (m,) of the errors of a function and of its slope at the same times.

    It is half the slope of the variance, of any error that has a slope: ``d/dt e² = 2 e e'``.
    """
    return np.asarray(0.5 * np.gradient(np.square(deviation), t))


def _halves(course: Course) -> Array:
    return np.asarray(0.5 * (course.quantiles[-1] - course.quantiles[0]))


def _half(course: Course, at: Array) -> float:
    low, *_, high = course.quantiles_at(at)[:, 0].tolist()
    return 0.5 * (high - low)
