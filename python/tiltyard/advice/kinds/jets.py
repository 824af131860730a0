"""Functions of time together with their first three derivatives, by the rules of calculus.

A jet carries the values of a function and of its derivatives at the same times. Sums follow from
linearity, products from Leibniz' rule, compositions from Faà di Bruno's formula: the derivatives
are exact to rounding, whatever expression is written down.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from tiltyard.studies.derivatives.contract import Array

#: Number of derivatives, order 0 included.
SIZE = 4
#: Rows of Pascal's triangle.
BINOMIALS = ((1,), (1, 1), (1, 2, 1), (1, 3, 3, 1))


class Jet:
    """A function of time at some times.

    Attributes
    ----------
    values : (4, n) array
        Row k is the k-th derivative [signal / time**k].
    """

    #: NumPy's scalars leave the arithmetic with a jet to the jet.
    __array_ufunc__ = None

    def __init__(self, values: Array) -> None:
        self.values = values

    @classmethod
    def of_time(cls, t: Array, scale: float = 1.0) -> Jet:
        """The time itself, divided by `scale`.

        Parameters
        ----------
        t : (n,) array
        scale : float
            Not 0.
        """
        values = np.zeros((SIZE, len(t)))
        values[0], values[1] = t / scale, 1.0 / scale
        return cls(values)

    def __add__(self, other: Jet | float) -> Jet:
        if isinstance(other, Jet):
            return Jet(self.values + other.values)
        values = self.values.copy()
        values[0] += other
        return Jet(values)

    def __neg__(self) -> Jet:
        return Jet(-self.values)

    def __sub__(self, other: Jet | float) -> Jet:
        return self + (-other)

    def __rsub__(self, other: float) -> Jet:
        return -self + other

    def __mul__(self, other: Jet | float) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.values * other)
        a, b = self.values, other.values
        return Jet(
            np.stack(
                [
                    sum((c * a[i] * b[k - i] for i, c in enumerate(row)), np.zeros_like(a[0]))
                    for k, row in enumerate(BINOMIALS)
                ]
            )
        )

    def __truediv__(self, other: float) -> Jet:
        return self * (1.0 / other)

    __radd__, __rmul__ = __add__, __mul__

    def of(self, outer: Sequence[Array]) -> Jet:
        """The composition f(self), where `outer` has f, f′, f″ and f‴ at the values of self."""
        f, df, d2f, d3f = outer
        _, x, dx, d2x = self.values
        return Jet(
            np.stack([f, df * x, d2f * x**2 + df * dx, d3f * x**3 + 3 * d2f * x * dx + df * d2x])
        )


def sine(x: Jet) -> Jet:
    """Sine of a jet in radians."""
    s, c = np.sin(x.values[0]), np.cos(x.values[0])
    return x.of([s, c, -s, -c])


def exponential(x: Jet) -> Jet:
    """Exponential of a jet."""
    return x.of([np.exp(x.values[0])] * SIZE)


def tangent(x: Jet) -> Jet:
    """Hyperbolic tangent of a jet: a step from -1 to 1."""
    f = np.tanh(x.values[0])
    slope = 1 - f**2
    return x.of([f, slope, -2 * f * slope, (6 * f**2 - 2) * slope])


def error_function(x: Jet) -> Jet:
    """Error function of a jet: a step from -1 to 1 that is over sooner than that of `tangent`."""
    z = x.values[0]
    slope = 2 / np.sqrt(np.pi) * np.exp(-(z**2))
    return x.of([special.erf(z), slope, -2 * z * slope, (4 * z**2 - 2) * slope])


def logarithm(x: Jet) -> Jet:
    """Natural logarithm of a positive jet."""
    z = x.values[0]
    return x.of([np.log(z), 1 / z, -1 / z**2, 2 / z**3])


def bell(x: Jet) -> Jet:
    """Hyperbolic secant squared of a jet: a peak of height 1 and of width 1.76 at half height."""
    f = tangent(x)
    return 1.0 - f * f
