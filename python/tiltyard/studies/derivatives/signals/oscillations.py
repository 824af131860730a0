"""Oscillations: stationary, modulated, sweeping in frequency, dying out, or a burst."""

from fractions import Fraction

import numpy as np

from tiltyard.studies.derivatives.signals.analytic import analytic
from tiltyard.studies.derivatives.signals.base import LongArray
from tiltyard.studies.derivatives.signals.closed_forms import (
    HALF,
    cosine,
    exponential,
    exponential_of,
    polynomial_in,
    sine,
    square_root,
)

#: The imaginary unit.
J = np.clongdouble(1j)


@analytic(
    expression="sin(t) + sin(a t) / 2 + sin(b t + 1) / 4",
    parameters={"a": Fraction(23, 10), "b": Fraction(51, 10)},
    interval=(0, 10),
    formula=lambda mp, t, a, b: mp.sin(t) + mp.sin(a * t) / 2 + mp.sin(b * t + 1) / 4,
)
def sum_of_sines(t: LongArray, a: np.longdouble, b: np.longdouble) -> LongArray:
    """Three tones without a common period: the fastest one dominates the high orders."""
    rows: LongArray = sine(t, 1) + sine(t, a) / 2 + sine(t, b, phase=1) / 4
    return rows


@analytic(
    expression="(1 + m cos(a t)) cos(b t)",
    parameters={"m": Fraction(1, 2), "a": 1, "b": 8},
    interval=(0, 10),
    formula=lambda mp, t, m, a, b: (1 + m * mp.cos(a * t)) * mp.cos(b * t),
)
def amplitude_modulation(
    t: LongArray, m: np.longdouble, a: np.longdouble, b: np.longdouble
) -> LongArray:
    """A carrier under a slow envelope: a spectral line with two side bands."""
    return cosine(t, b) + m / 2 * (cosine(t, b + a) + cosine(t, b - a))


@analytic(
    expression="cos(a t + b t^2)",
    parameters={"a": 1, "b": 1},
    interval=(0, 5),
    formula=lambda mp, t, a, b: mp.cos(a * t + b * t**2),
    cites=("klauder1960theory",),
)
def chirp(t: LongArray, a: np.longdouble, b: np.longdouble) -> LongArray:
    """A sweep over eleven times its first frequency: no single time scale fits it."""
    return exponential_of(J * polynomial_in(t, [0, a, b])).real


@analytic(
    expression="exp(-a t) cos(b t)",
    parameters={"a": Fraction(1, 4), "b": 4},
    interval=(0, 10),
    formula=lambda mp, t, a, b: mp.exp(-a * t) * mp.cos(b * t),
)
def damped_oscillation(t: LongArray, a: np.longdouble, b: np.longdouble) -> LongArray:
    """An oscillation that loses nine tenths of its amplitude: noise weighs most at the late end."""
    return exponential(t, -a + J * b).real


@analytic(
    expression="exp(a (cos(b t) - 1))",
    parameters={"a": 4, "b": 2},
    interval=(0, 10),
    formula=lambda mp, t, a, b: mp.exp(a * (mp.cos(b * t) - 1)),
    cites=("vonmises1918ganzzahligkeit",),
)
def periodic_pulse(t: LongArray, a: np.longdouble, b: np.longdouble) -> LongArray:
    """A train of pulses, entire and periodic, on an interval that is no multiple of the period."""
    exponent = a * cosine(t, b)
    exponent[0] -= a
    return exponential_of(exponent)


@analytic(
    expression="exp(-((t - c) / w)^2 / 2) cos(a (t - c))",
    parameters={"c": 4, "w": 1, "a": 9},
    interval=(0, 10),
    formula=lambda mp, t, c, w, a: mp.exp(-(((t - c) / w) ** 2) / 2) * mp.cos(a * (t - c)),
    cites=("gabor1946theory",),
)
def gabor_burst(t: LongArray, c: np.longdouble, w: np.longdouble, a: np.longdouble) -> LongArray:
    """A burst of a few turns under a Gaussian envelope, entire, with silence on both sides."""
    envelope = polynomial_in((t - c) / w, [0, 0, -HALF], rate=1 / w)
    return exponential_of(envelope + J * polynomial_in(t - c, [0, a])).real


@analytic(
    expression="sin(a t + m sin(b t))",
    parameters={"a": 6, "m": 2, "b": Fraction(11, 10)},
    interval=(0, 10),
    formula=lambda mp, t, a, m, b: mp.sin(a * t + m * mp.sin(b * t)),
    cites=("carson1922notes",),
)
def frequency_modulation(
    t: LongArray, a: np.longdouble, m: np.longdouble, b: np.longdouble
) -> LongArray:
    """A tone of constant amplitude whose frequency swings by 37 %: many side bands."""
    return exponential_of(J * (polynomial_in(t, [0, a]) + m * sine(t, b))).imag


@analytic(
    expression="cos(a sqrt(t + b))",
    parameters={"a": 12, "b": Fraction(1, 2)},
    interval=(0, 10),
    formula=lambda mp, t, a, b: mp.cos(a * mp.sqrt(t + b)),
)
def slowing_oscillation(t: LongArray, a: np.longdouble, b: np.longdouble) -> LongArray:
    """A wave five times slower at the end than at the start, with a branch point before it."""
    return exponential_of(J * a * square_root(t + b)).real
