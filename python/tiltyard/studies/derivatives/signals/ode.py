"""Signals that solve ordinary differential equations, by heyoka's adaptive Taylor integrator.

At every sample time the integrator's own Taylor coefficients, times k!, are the derivatives. The
integration runs in long double; the audit repeats it in quadruple precision, with a higher order
and other steps.

References
----------
Biscani & Izzo (2021), Mon. Not. R. Astron. Soc. 504(2), 2614-2628.
"""

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

#: Bits of the significand of the quadruple precision in which the audit integrates.
QUADRUPLE = 113
#: Most times at which the audit integrates, so that it costs less than half a second.
AUDIT_TIMES = 101


@dataclass(frozen=True, kw_only=True)
class OdeSignal(Signal):
    """First component of the solution of ``d state / dt = slope(*state, **parameters)``.

    Parameters
    ----------
    slope : callable
        Right-hand side in plain arithmetic; its positional parameters name the state. Its numbers
        must be small integers that are not divided by each other: heyoka rounds 1/3 to double,
        while parameters keep their full precision.
    initial : tuple of Fraction
        State at the start of the interval.
    """

    kind: ClassVar[str] = "ode"

    slope: Callable[..., Sequence[Any]]
    initial: tuple[Fraction, ...]

    def derivatives(self, t: Array) -> LongArray:
        """Exact derivatives of order 0 to 7 at the times `t`, in long double; see `Signal`."""
        coefficients = self._taylor_coefficients(t, long_double, fp_type=np.longdouble)
        return times_factorials(coefficients.astype(np.longdouble))

    def reference(self, t: Array) -> tuple[NDArray[np.intp], LongArray]:
        """Derivatives by an integration in quadruple precision, at up to 101 of the times."""
        import heyoka as hy

        def quadruple(value: Fraction) -> Any:
            return hy.real(value.numerator, QUADRUPLE) / hy.real(value.denominator, QUADRUPLE)

        probed = evenly_spread(len(t), AUDIT_TIMES)
        coefficients = self._taylor_coefficients(
            t[probed], quadruple, fp_type=hy.real, prec=QUADRUPLE
        )
        rounded = np.vectorize(_round_real, otypes=[np.longdouble])(coefficients)
        return probed, times_factorials(rounded)

    def _taylor_coefficients(
        self, t: Array, number: Callable[[Fraction], Any], **precision: Any
    ) -> NDArray[Any]:
        """Taylor coefficients of order 0 to 7 at the times `t`, which need not be sorted."""
        integrator = self.integrator(number, **precision)
        coefficients: list[Any] = [None] * len(t)
        for i in np.argsort(t, kind="stable"):
            outcome = integrator.propagate_until(number(Fraction(float(t[i]))))[0]
            if outcome.name != "time_limit":
                raise ArithmeticError(
                    f"signal {self.name}: the integration towards t = {t[i]} ended with "
                    f"{outcome.name}; does a solution exist until then?"
                )
            integrator.step(max_delta_t=number(Fraction(0)), write_tc=True)
            coefficients[i] = integrator.tc[0, : MAX_ORDER + 1].copy()
        return np.stack(coefficients, axis=1)

    @property
    def state_names(self) -> list[str]:
        """Names of the state's variables; the first is the signal."""
        parameters = inspect.signature(self.slope).parameters.values()
        return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]

    def integrator(self, number: Callable[[Fraction], Any], **precision: Any) -> Any:
        """Integrator of heyoka at the start of the interval, with numbers of type `number`."""
        import heyoka as hy  # here, because the import takes most of a second

        state = [hy.make_vars(name) for name in self.state_names]
        symbols = {name: hy.par[i] for i, name in enumerate(self.parameters)}
        return hy.taylor_adaptive(
            list(zip(state, self.slope(*state, **symbols), strict=True)),
            np.array([number(value) for value in self.initial]),
            time=number(Fraction(self.interval[0])),
            pars=np.array([number(value) for value in self.parameters.values()]),
            **precision,
        )


def _round_real(value: Any) -> np.longdouble:
    return np.longdouble(str(value))


def ode(
    *,
    expression: str,
    parameters: Mapping[str, Fraction | int],
    initial: Sequence[Fraction | int],
    interval: tuple[float, float],
    cites: Sequence[str],
) -> Callable[[Callable[..., Sequence[Any]]], OdeSignal]:
    """Register a right-hand side; the signal has its name and is the state's first variable.

    The function takes the state's variables, then the parameters by keyword only, and returns
    the variables' slopes in plain arithmetic. Its docstring is the signal's explanation; see
    `OdeSignal` for the other facts.
    """

    def decorate(slope: Callable[..., Sequence[Any]]) -> OdeSignal:
        signal = OdeSignal(
            name=slope.__name__,
            expression=expression,
            explanation=inspect.getdoc(slope) or "",
            interval=interval,
            parameters=fractions(parameters),
            cites=tuple(cites),
            slope=slope,
            initial=tuple(Fraction(value) for value in initial),
        )
        register(signal)
        return signal

    return decorate
