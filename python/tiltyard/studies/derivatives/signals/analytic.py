"""Signals with closed-form derivatives, audited by mpmath's derivatives of the plain formula."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import MAX_ORDER, Array
from tiltyard.studies.derivatives.signals.base import (
    LongArray,
    Signal,
    evenly_spread,
    fractions,
    long_double,
    register,
    times_factorials,
)

#: Decimal digits in which the audit differentiates the plain formula.
AUDIT_DIGITS = 50
#: Largest number of times at which the audit differentiates the plain formula.
AUDIT_TIMES = 11


@dataclass(frozen=True, kw_only=True)
class AnalyticSignal(Signal):
    """A function of time given twice: plainly, and with its derivatives in closed form.

    Parameters
    ----------
    formula : callable
        ``formula(mp, t, **parameters)``, the plain function in terms of an mpmath context.
    closed_form : callable
        ``closed_form(t, **parameters)``, the rows of derivatives of order 0 to 7, in long double.
    """

    kind: ClassVar[str] = "analytic"

    formula: Callable[..., Any]
    closed_form: Callable[..., LongArray]

    def derivatives(self, t: Array) -> LongArray:
        """Exact derivatives of order 0 to 7 at the times `t`, in long double; see `Signal`."""
        parameters = {name: long_double(value) for name, value in self.parameters.items()}
        return self.closed_form(t.astype(np.longdouble), **parameters)

    def reference(self, t: Array) -> tuple[NDArray[np.intp], LongArray]:
        """Derivatives of the plain formula by mpmath in 50 digits, at up to 11 of the times."""
        probed = evenly_spread(len(t), AUDIT_TIMES)
        return probed, self.differentiate(t[probed])

    def differentiate(self, t: Array) -> LongArray:
        """Derivatives of order 0 to 7 of the plain formula by mpmath, rounded to long double."""
        return differentiate(self.formula, t, self.parameters)


def differentiate(
    formula: Callable[..., Any], t: Array, parameters: Mapping[str, Fraction]
) -> LongArray:
    """Derivatives of order 0 to 7 of ``formula(mp, t, **parameters)`` by mpmath in 50 digits.

    Parameters
    ----------
    formula : callable
        Function in terms of an mpmath context, analytic in a neighbourhood of every time.
    t : (m,) array
        Times [time].
    parameters : mapping from str to Fraction
        Keyword arguments of `formula`.

    Returns
    -------
    (8, m) array
        The derivatives, rounded to long double [signal / time**k].
    """
    from mpmath import MPContext

    mp = MPContext()
    mp.dps = AUDIT_DIGITS
    values = {name: mp.mpf(p.numerator) / p.denominator for name, p in parameters.items()}

    def function(time: Any) -> Any:
        return formula(mp, time, **values)

    columns = [mp.taylor(function, mp.mpf(float(time)), MAX_ORDER) for time in t]
    rounded = [[np.longdouble(mp.nstr(value, 25)) for value in row] for row in columns]
    return times_factorials(np.array(rounded).T)


def analytic(
    *,
    expression: str,
    formula: Callable[..., Any],
    interval: tuple[float, float],
    parameters: Mapping[str, Fraction | int] | None = None,
    cites: Sequence[str] = (),
) -> Callable[[Callable[..., LongArray]], AnalyticSignal]:
    """Register a closed form ``(t, **parameters) -> (8, n)`` as the signal named as the function.

    The function's docstring is the signal's explanation; see `AnalyticSignal` for the other facts.
    """

    def decorate(closed_form: Callable[..., LongArray]) -> AnalyticSignal:
        signal = AnalyticSignal(
            name=closed_form.__name__,
            expression=expression,
            explanation=inspect.getdoc(closed_form) or "",
            interval=interval,
            parameters=fractions(parameters or {}),
            cites=tuple(cites),
            formula=formula,
            closed_form=closed_form,
        )
        register(signal)
        return signal

    return decorate
