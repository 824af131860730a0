"""Signals of analytic pieces that do not join smoothly: at a break some derivative jumps.

The derivatives are those of the piece, as if it went on: at a break itself they are the
right-hand ones. The delta function, and its derivatives, that a jump adds to higher orders have no
values at sample times; the exact derivatives and all errors leave them out.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import MAX_ORDER, Array
from tiltyard.studies.derivatives.signals.analytic import AUDIT_TIMES, differentiate
from tiltyard.studies.derivatives.signals.base import (
    LongArray,
    Signal,
    evenly_spread,
    fractions,
    long_double,
    register,
)


@dataclass(frozen=True, kw_only=True)
class PiecewiseSignal(Signal):
    """A function of time whose formula changes at known times, given twice like an analytic one.

    Parameters
    ----------
    formula : callable
        ``formula(mp, t, piece, **parameters)``, the plain function that holds in the piece of
        this index, in terms of an mpmath context; analytic beyond the ends of the piece too.
    closed_form : callable
        ``closed_form(t, piece, **parameters)``, its derivatives of order 0 to 7, in long double.
    breaks : tuple of Fraction
        Increasing times at which a new piece begins [time].
    jump_order : int
        Lowest order whose derivative jumps there: 0 for a step, 1 for a kink, 2 for a step in
        the second derivative.
    """

    kind: ClassVar[str] = "piecewise"

    formula: Callable[..., Any]
    closed_form: Callable[..., LongArray]
    breaks: tuple[Fraction, ...]
    jump_order: int

    def pieces(self, t: Array) -> NDArray[np.intp]:
        """Index of the piece to which each of the times `t` belongs; a break begins one."""
        breaks = np.array([long_double(value) for value in self.breaks])
        return np.searchsorted(breaks, t.astype(np.longdouble), side="right")

    def derivatives(self, t: Array) -> LongArray:
        """Exact derivatives of order 0 to 7, at breaks from the right; see `Signal`."""
        parameters = {name: long_double(value) for name, value in self.parameters.items()}
        return self._by_piece(
            t, lambda times, piece: self.closed_form(times, piece, **parameters), np.longdouble
        )

    def reference(self, t: Array) -> tuple[NDArray[np.intp], LongArray]:
        """Derivatives of the pieces' plain formulas by mpmath in 50 digits, at some of the times.

        These are up to 11 times of the record, and the times on both sides of every break.
        """
        last_before = np.flatnonzero(np.diff(self.pieces(t)))
        spread_out = evenly_spread(len(t), AUDIT_TIMES)
        probed = np.unique(np.concatenate([spread_out, last_before, last_before + 1]))
        return probed, self.differentiate(t[probed])

    def differentiate(self, t: Array) -> LongArray:
        """Derivatives of order 0 to 7 of the pieces' plain formulas by mpmath in 50 digits."""

        def of_piece(times: Array, piece: int) -> LongArray:
            return differentiate(partial(self.formula, piece=piece), times, self.parameters)

        return self._by_piece(t, of_piece, np.float64)

    def _by_piece(
        self, t: Array, function: Callable[[Any, int], LongArray], number: type
    ) -> LongArray:
        """Rows ``(8, n)`` of ``function(times, piece)``, called once for each piece's times."""
        pieces = self.pieces(t)
        rows = np.empty((MAX_ORDER + 1, len(t)), dtype=np.longdouble)
        for piece in np.unique(pieces):
            own = pieces == piece
            rows[:, own] = function(t[own].astype(number), int(piece))
        return rows


def piecewise(
    *,
    expression: str,
    formula: Callable[..., Any],
    breaks: Callable[..., Sequence[Fraction]],
    jump_order: int,
    interval: tuple[float, float],
    parameters: Mapping[str, Fraction | int],
    cites: Sequence[str] = (),
) -> Callable[[Callable[..., LongArray]], PiecewiseSignal]:
    """Register a closed form ``(t, piece, **parameters) -> (8, n)``; the signal has its name.

    ``breaks(**parameters)`` gives the times of the breaks. The function's docstring is the
    signal's explanation; see `PiecewiseSignal` for the other facts.
    """

    def decorate(closed_form: Callable[..., LongArray]) -> PiecewiseSignal:
        values = fractions(parameters)
        signal = PiecewiseSignal(
            name=closed_form.__name__,
            expression=expression,
            explanation=inspect.getdoc(closed_form) or "",
            interval=interval,
            parameters=values,
            cites=tuple(cites),
            formula=formula,
            closed_form=closed_form,
            breaks=tuple(breaks(**values)),
            jump_order=jump_order,
        )
        register(signal)
        return signal

    return decorate
