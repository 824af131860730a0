"""Derivatives of a series, or of its logarithm, by time or its logarithm, with their places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from numpy.typing import ArrayLike

from tiltyard.application.arguments import Orders, checked_orders, checked_times
from tiltyard.application.derived.finding import features_of
from tiltyard.application.derived.log_time import checked_log_time, off_clock, on_clock
from tiltyard.application.derived.quantity import Quantity
from tiltyard.application.derived.relative import (
    MOST,
    check_positive,
    noise_grows,
    of_logarithm,
    relative_of,
)
from tiltyard.application.derived.wanted import NO_PLACES, Wanted, wanted
from tiltyard.application.differentiation import differentiate_series
from tiltyard.application.estimates import Estimates
from tiltyard.application.estimation import AUTO, find_estimator
from tiltyard.application.noise.models import NoiseModel
from tiltyard.application.options import NOISE, NOISE_MODEL, RELATIVE, RESOLUTION
from tiltyard.application.result import Derivatives
from tiltyard.application.series import Series

Some = TypeVar("Some", bound=Estimates)

#: Simulations for places with an estimator that has no deviations of its own: these are then known
#: to a tenth at each time by itself.
DRAWS = 50


@dataclass(frozen=True)
class Derived:
    """What is asked for beside derivatives by time.

    Attributes
    ----------
    find : Wanted
    relative : bool
        Whether derivatives are of ln y.
    log_time : str
        By which logarithm of time they are; empty: by time.
    """

    find: Wanted = NO_PLACES
    relative: bool = False
    log_time: str = ""

    @property
    def quantity(self) -> Quantity:
        return Quantity(self.relative, self.log_time)


def checked_derived(
    orders: Orders,
    find: str | Iterable[str] | None = None,
    relative: bool = False,
    log_time: str | None = None,
    **others: Any,
) -> Derived:
    """What is asked for, checked; `others` are options that do not go with all of it.

    Raises
    ------
    ValueError
        If it cannot be had.
    """
    if relative:
        for option, name in ((NOISE, "noise"), (RESOLUTION, "resolution")):
            if others.get(name):
                raise ValueError(
                    f"{option.set_to(others[name])} is in units of the signal, and {RELATIVE} "
                    "takes its logarithm: leave one of them out"
                )
        model = others.get("noise_model") or NoiseModel.AUTO
        if model != NoiseModel.AUTO:
            raise ValueError(
                f"{NOISE_MODEL.set_to(model)} says how noise depends on the signal, which "
                f"{RELATIVE} finds by itself: leave one of them out"
            )
    return Derived(wanted(find, checked_orders(orders)), bool(relative), checked_log_time(log_time))


def derive(
    series: Series,
    orders: Orders = (0, 1),
    t_eval: ArrayLike | None = None,
    estimator: str = AUTO,
    *,
    derived: Derived = Derived(),
    **asked: Any,
) -> Derivatives:
    """`differentiate_series`, of and by what `derived` says, with the places that it wants.

    Parameters
    ----------
    series, orders, t_eval, estimator, asked
        As of `differentiate_series`.
    derived : Derived

    Raises
    ------
    UnusableData
        As of `differentiate_series`; if a sample or the curve is not above zero where its logarithm
        is taken, or a time where its logarithm is.
    """
    if derived == Derived():
        return differentiate_series(series, orders, t_eval, estimator, **asked)
    given = checked_orders(orders)
    every = tuple(sorted({*given, *derived.find.orders}))
    times = series.t if t_eval is None else checked_times(t_eval, series)
    if derived.find.kinds and asked.get("draws") is None and estimator != AUTO:
        own = find_estimator(estimator).standard_deviation
        asked["draws"] = None if own else DRAWS
    clock = None
    moved = replace(series, quantity=derived.quantity)
    if derived.log_time:
        moved, times, clock = on_clock(moved, times, derived.log_time)
    if derived.relative:
        found = _relative(moved, every, times, estimator, asked)
    else:
        found = differentiate_series(moved, every, times, estimator, **asked)
    features = features_of(found, derived.find)
    found = replace(_rows(found, given), wanted=derived.find, every_feature=features)
    return found if clock is None else off_clock(found, series, clock)


def _relative(
    series: Series, orders: Sequence[int], times: Any, estimator: str, asked: dict[str, Any]
) -> Derivatives:
    """Derivatives of ln y, from the logarithms of the samples or from their curve."""
    high = max(orders) > MOST
    if high:
        check_positive(series)
    if (series.y > 0).all() and (high or (series.noise is None and noise_grows(series))):
        note = "the curve is that of the logarithms of the samples"
        series = replace(of_logarithm(series), notes=(*series.notes, note))
        return differentiate_series(series, orders, times, estimator, **asked)
    every = tuple(range(max(orders) + 1))
    found = differentiate_series(series, every, times, estimator, **asked)
    note = "the curve is that of the samples"
    if series.noise is None:
        note = f"the noise does not grow with the signal: {note}"
    found = relative_of(found)
    return _rows(replace(found, notes=(*found.notes, note)), orders)


def _rows(found: Some, orders: Sequence[int]) -> Some:
    """The estimates of some of the orders."""
    rows = [found.orders.index(order) for order in orders]
    drawn = found.drawn
    return replace(
        found,
        orders=tuple(orders),
        estimate=found.estimate[rows],
        standard_deviation=found.standard_deviation[rows],
        quantiles=found.quantiles[:, rows],
        judgements=tuple(found.judgements[row] for row in rows),
        drawn=replace(
            drawn,
            estimate=drawn.estimate[rows],
            standard_deviation=drawn.standard_deviation[rows],
            quantiles=drawn.quantiles[:, rows],
        ),
        pieces=tuple(_rows(one, orders) for one in found.pieces),
    )
