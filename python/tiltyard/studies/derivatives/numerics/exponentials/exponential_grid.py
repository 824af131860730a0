"""Candidates for the next exponent of a sum of exponentials, and what each would explain."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.exponentials.exponential_descent import (
    Complex,
    bounds,
    exponentials,
)
from tiltyard.studies.derivatives.numerics.exponentials.exponential_fit import ExponentialFit

FREQUENCY_STEP = math.pi / 2.0  # half of what tells two frequencies on the record apart
WIDENING = 3.0  # rate |Re s| from which on the step between frequencies grows with it
SLOWEST_RATE = 0.4  # of the real candidates
REAL_RATES = 14  # of each sign
#: Share of its own squares that a candidate must keep beside the fit; below, it is a part of it.
LEAST_KEPT = 1e-12


def tones(n: int) -> Complex:
    """Complex candidates for `n` samples: growing, steady and decaying at every frequency.

    A tone that grows or decays fast has a broad spectrum, so that its frequencies are farther
    apart.
    """
    steepest, fastest = bounds(n)
    rates = np.geomspace(1.0, steepest, max(int(math.log2(steepest)) + 1, 2))
    found = []
    for rate in (0.0, *rates, *-rates):
        step = FREQUENCY_STEP * max(1.0, abs(rate) / WIDENING)
        found.append(rate + 1j * np.arange(FREQUENCY_STEP, fastest, step))
    return np.concatenate(found)


def real_rates(n: int) -> Complex:
    """Real candidates for `n` samples, of either sign, geometric from slow to steep."""
    rates = np.geomspace(SLOWEST_RATE, bounds(n)[0], REAL_RATES)
    return np.concatenate([rates, -rates]).astype(complex)


class Candidates:
    """Exponents of which one may be added to a fit on given points.

    Parameters
    ----------
    x : (n,) array
        Points of the samples, in [-1, 1].
    exponents : (m,) complex array
        All real, or none.
    """

    def __init__(self, x: Array, exponents: Complex) -> None:
        E = exponentials(x, exponents)
        self._exponents = exponents
        self._real, self._imaginary = E.real.copy(), E.imag.copy()
        self._squares = np.square(self._real).sum(axis=0), np.square(self._imaginary).sum(axis=0)
        self._product = (self._real * self._imaginary).sum(axis=0)

    def explained(self, fit: ExponentialFit) -> Array:
        """Squares of the residual that each candidate explains beside the fit, coefficients free.

        The normal equations of the part of its two columns that is orthogonal to the fit, solved
        column by column (Chen, Billings & Luo 1989).
        """
        a, b = fit.Q.T @ self._real, fit.Q.T @ self._imaginary
        along_a, along_b = fit.residual @ self._real, fit.residual @ self._imaginary
        aa = self._squares[0] - np.square(a).sum(axis=0)
        ab = self._product - (a * b).sum(axis=0)
        bb = self._squares[1] - np.square(b).sum(axis=0)
        share = _ratio(ab, aa, aa > LEAST_KEPT * self._squares[0])
        rest = bb - share * ab
        won = _ratio(along_a**2, aa, aa > LEAST_KEPT * self._squares[0])
        apart = rest > LEAST_KEPT * self._squares[1]
        return won + _ratio((along_b - share * along_a) ** 2, rest, apart)

    def best(self, fit: ExponentialFit) -> complex:
        """The candidate that explains most."""
        return complex(self._exponents[np.argmax(self.explained(fit))])


def _ratio(numerator: Array, denominator: Array, valid: Array) -> Array:
    """Quotients where `valid`, and 0 elsewhere."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=valid)
