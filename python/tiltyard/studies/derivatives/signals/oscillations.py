"""Oscillations: stationary, modulated in amplitude, sweeping in frequency, dying out."""

from fractions import Fraction

import numpy as np

from tiltyard.studies.derivatives.signals.analytic import analytic
from tiltyard.studies.derivatives.signals.base import LongArray
from tiltyard.studies.derivatives.signals.closed_forms import (
    cosine,
    exponential,
    exponential_of,
    polynomial_in,
    sine,
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
