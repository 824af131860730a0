"""Derivatives of order 0 to 7 of the building blocks of analytic signals, in long double.

Every function returns an array ``(8, n)`` whose row k is the derivative of order k.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any

import numpy as np
from numpy.polynomial import polynomial as poly
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import MAX_ORDER
from tiltyard.studies.derivatives.signals.base import LongArray, times_factorials

#: A long double number or something that numpy makes one of.
Number = np.longdouble | int

HALF = np.longdouble(0.5)


def cosine(t: LongArray, omega: Number, phase: Number = 0) -> LongArray:
    """``cos(omega t + phase)``: every derivative turns the phase by a quarter."""
    angle = omega * t + phase
    turns = [np.cos(angle), -np.sin(angle), -np.cos(angle), np.sin(angle)]
    return np.stack([turns[k % 4] * omega**k for k in range(MAX_ORDER + 1)])


def sine(t: LongArray, omega: Number, phase: Number = 0) -> LongArray:
    """``sin(omega t + phase)``: the negative slope of the cosine, without dividing by omega."""
    angle = omega * t + phase
    turns = [np.sin(angle), np.cos(angle), -np.sin(angle), -np.cos(angle)]
    return np.stack([turns[k % 4] * omega**k for k in range(MAX_ORDER + 1)])


def exponential(t: LongArray, rate: Any) -> NDArray[Any]:
    """``exp(rate t)`` for a real or complex rate."""
    return np.stack([rate**k * np.exp(rate * t) for k in range(MAX_ORDER + 1)])


def exponential_of(exponent: NDArray[Any]) -> NDArray[Any]:
    """``exp(g)`` from the rows of g: ``f' = g' f``, differentiated by Leibniz' rule.

    With a quadratic g this is the recursion of the Hermite polynomials.
    """
    rows = [np.exp(exponent[0])]
    for k in range(MAX_ORDER):
        terms = [comb(k, j) * exponent[j + 1] * rows[k - j] for j in range(k + 1)]
        rows.append(np.sum(terms, axis=0))
    return np.stack(rows)


def square_root(t: LongArray) -> LongArray:
    """``sqrt(t)`` at times above 0: each derivative lowers the power of t by one."""
    rows = [np.sqrt(t)]
    for k in range(MAX_ORDER):
        rows.append((HALF - k) * rows[k] / t)
    return np.stack(rows)


def simple_pole(t: LongArray, pole: Any) -> NDArray[Any]:
    """``1 / (t - pole)`` for a real or complex pole that none of the times meets."""
    powers = [(-1) ** k / (t - pole) ** (k + 1) for k in range(MAX_ORDER + 1)]
    return times_factorials(np.stack(powers))


def lorentzian(t: LongArray, center: Number, width: Number) -> LongArray:
    """``1 / (1 + ((t - center) / width)^2)``: a pair of conjugate poles at distance `width`."""
    return width * simple_pole(t, center + np.clongdouble(1j) * width).imag


def polynomial_in(x: LongArray, coefficients: Sequence[Number], rate: Number = 1) -> LongArray:
    """Polynomial of ``x = rate t + ...`` with coefficients in ascending powers, by Horner."""
    rows, c = [], np.array(coefficients, dtype=np.longdouble)
    for k in range(MAX_ORDER + 1):
        rows.append(poly.polyval(x, c) * rate**k)
        c = poly.polyder(c)
    return np.stack(rows)


def polynomial_in_tanh(x: LongArray, coefficients: Sequence[Number], rate: Number = 1) -> LongArray:
    """Polynomial of ``T = tanh(x)`` with ``x = rate t + ...``: ``dT/dx = 1 - T^2``."""
    rows, c = [], np.array(coefficients, dtype=np.longdouble)
    for k in range(MAX_ORDER + 1):
        rows.append(poly.polyval(np.tanh(x), c) * rate**k)
        c = poly.polymul(poly.polyder(c), np.array([1, 0, -1], dtype=np.longdouble))
    return np.stack(rows)
