"""Derivatives of jets: beside closed forms, and beside differences of high precision."""

import mpmath
import numpy as np
import pytest

from tiltyard.advice.kinds.jets import (
    Jet,
    bell,
    error_function,
    exponential,
    logarithm,
    sine,
    tangent,
)

T = np.linspace(0.3, 2.1, 7)
#: Functions of jets beside the same in mpmath.
FUNCTIONS = {
    "sine": (lambda t: sine(2.0 * t + 0.3 * t * t), lambda t: mpmath.sin(2 * t + 0.3 * t**2)),
    "exponential": (lambda t: exponential(-1.5 * t), lambda t: mpmath.exp(-1.5 * t)),
    "tangent": (lambda t: tangent((t - 1.0) / 0.4), lambda t: mpmath.tanh((t - 1) / 0.4)),
    "error function": (
        lambda t: error_function((t - 1.0) / 0.6),
        lambda t: mpmath.erf((t - 1) / 0.6),
    ),
    "logarithm": (lambda t: logarithm(1.0 + 3.0 * t), lambda t: mpmath.log(1 + 3 * t)),
    "bell": (lambda t: bell((t - 1.0) / 0.5), lambda t: mpmath.sech((t - 1) / 0.5) ** 2),
    "a product": (
        lambda t: (2.0 - t) * sine(t) * exponential(t / 3.0) - 1.0,
        lambda t: (2 - t) * mpmath.sin(t) * mpmath.exp(t / 3) - 1,
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_are_those_of_mpmath(name):
    own, other = FUNCTIONS[name]
    found = own(Jet.of_time(T)).values
    with mpmath.workdps(40):
        for order in range(4):
            exact = [float(mpmath.diff(other, mpmath.mpf(float(t)), order)) for t in T]
            np.testing.assert_allclose(found[order], exact, rtol=1e-10, atol=1e-10)


def test_time_in_other_units_scales_each_order():
    slow, quick = (sine(Jet.of_time(T * unit, unit)).values for unit in (1.0, 1e-3))
    for order, (one, other) in enumerate(zip(slow, quick, strict=True)):
        np.testing.assert_allclose(other, one * 1e3**order, rtol=1e-12)


def test_a_parabola_has_the_derivatives_that_it_should():
    t = Jet.of_time(T)
    found = (1.0 - 2.0 * t + 3.0 * (t * t)).values
    for row, exact in enumerate((1 - 2 * T + 3 * T**2, 6 * T - 2, 6 + 0 * T, 0 * T)):
        np.testing.assert_allclose(found[row], exact, atol=1e-14)
