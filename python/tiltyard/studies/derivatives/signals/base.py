"""The class `Signal`, with facts, exact derivatives and their audit, and the signals' registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import factorial
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import MAX_ORDER, Array

LongArray = NDArray[np.longdouble]

#: Half a unit in the last place of 1: the relative error of rounding to double.
DOUBLE_ROUNDING = np.finfo(np.float64).eps / 2


@dataclass(frozen=True, kw_only=True)
class Signal(ABC):
    """Facts of one signal.

    Parameters
    ----------
    name : str
        Lower case with underscores; the same in the configuration, every id and every table.
    expression : str
        The function or the differential equations, in terms of `parameters`.
    explanation : str
        One sentence: the signal's shape and what makes its derivatives hard to estimate.
    interval : pair of float
        First and last sample time [time].
    parameters : mapping from str to Fraction
        Exact values: 8/3 is not the double nearest to it.
    cites : tuple of str
        Citation keys, see ``docs/references.bib``.
    """

    kind: ClassVar[str]

    name: str
    expression: str
    explanation: str
    interval: tuple[float, float]
    parameters: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))
    cites: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """Expression, values of the parameters and interval, for display."""
        values = ", ".join(f"{name} = {decimal(v)}" for name, v in self.parameters.items())
        start, stop = self.interval
        return f"{self.expression}{values and '; '}{values}; t in [{start:g}, {stop:g}]"

    def times(self, samples: int) -> Array:
        """Evenly spaced times on the interval, both ends included [time].

        Raises
        ------
        ValueError
            If `samples` is less than 2.
        """
        if samples < 2:
            raise ValueError(f"signal {self.name}: {samples} samples; at least 2 are needed")
        return np.linspace(*self.interval, samples)

    @abstractmethod
    def derivatives(self, t: Array) -> LongArray:
        """Exact derivatives of order 0 to 7 at the times `t`, in long double.

        Parameters
        ----------
        t : (n,) array
            Times [time], taken as exactly these doubles.

        Returns
        -------
        (8, n) array
            Row k is the derivative of order k [signal / time**k].
        """

    @abstractmethod
    def reference(self, t: Array) -> tuple[NDArray[np.intp], LongArray]:
        """Derivatives by an independent computation of higher precision, at some of the times.

        Returns
        -------
        (m,) array, (8, m) array
            Indices of these times in `t`, and the derivatives there [signal / time**k].
        """

    def audit(self, t: Array, exact: LongArray | None = None) -> Array:
        """Estimate the largest error of the derivatives, once they are rounded to double.

        Parameters
        ----------
        t : (n,) array
            Times [time].
        exact : (8, n) array, optional
            Result of ``derivatives(t)``; computed if None.

        Returns
        -------
        (8,) array
            The largest difference from `reference` plus the largest rounding error, relative to
            the sample standard deviation of that order's derivative; for a constant derivative
            relative to its magnitude, and 0 for one that vanishes.
        """
        exact = self.derivatives(t) if exact is None else exact
        probed, reference = self.reference(t)
        difference = np.abs(exact[:, probed] - reference).max(axis=1)
        error = difference + DOUBLE_ROUNDING * np.abs(exact).max(axis=1)
        return np.asarray(error / spread(exact), dtype=np.float64)


def spread(values: LongArray) -> LongArray:
    """Sample standard deviation of each row; magnitude of a constant row, 1 of a row of zeros."""
    constant = np.ptp(values, axis=1) == 0
    magnitude = np.abs(values[:, 0])
    fallback = np.where(magnitude > 0, magnitude, 1)
    return np.where(constant, fallback, values.std(axis=1, ddof=1))


def evenly_spread(count: int, most: int) -> NDArray[np.intp]:
    """At most `most` of the indices ``0 .. count - 1``, both ends included."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.intp)


def long_double(value: Fraction) -> np.longdouble:
    """`value` rounded once to long double, without passing through double."""
    return np.longdouble(value.numerator) / np.longdouble(value.denominator)


def decimal(value: Fraction) -> str:
    """`value` as a short decimal number where that is exact, else as a fraction."""
    text = f"{float(value):g}"
    return text if Fraction(text) == value else str(value)


def fractions(values: Mapping[str, Fraction | int]) -> Mapping[str, Fraction]:
    """`values` as fractions, read-only."""
    return MappingProxyType({name: Fraction(value) for name, value in values.items()})


#: Every signal by name.
SIGNALS: dict[str, Signal] = {}


def register(signal: Signal) -> None:
    """Add `signal` to the registry.

    Raises
    ------
    ValueError
        If the name is not lower case with underscores, or is taken.
    """
    name = signal.name
    if not name.isidentifier() or name != name.lower():
        raise ValueError(f"signal name {name!r}: use lower case letters, digits and underscores")
    if name in SIGNALS:
        raise ValueError(f"signal {name!r} is registered twice; names must be unique")
    SIGNALS[name] = signal


def find_signal(name: str) -> Signal:
    """The signal called `name`.

    Raises
    ------
    ValueError
        If there is none; the message lists the known ones.
    """
    if name not in SIGNALS:
        raise ValueError(f"signal {name!r} is unknown; known are {', '.join(sorted(SIGNALS))}")
    return SIGNALS[name]


def times_factorials(coefficients: NDArray[Any]) -> NDArray[Any]:
    """Derivatives ``(8, n)`` from the Taylor coefficients ``(8, n)`` of order 0 to 7."""
    factorials = np.array([factorial(k) for k in range(MAX_ORDER + 1)], dtype=np.longdouble)
    return coefficients * factorials[:, np.newaxis]
