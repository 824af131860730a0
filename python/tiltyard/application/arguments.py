"""Arguments of `tiltyard.differentiate`, checked before any work starts."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable
from typing import Any, SupportsIndex, TypedDict

import numpy as np
from numpy.typing import ArrayLike

from tiltyard.application.columns import column_of
from tiltyard.application.options import NOISE, POINTS
from tiltyard.application.series import Series
from tiltyard.application.times import Times, evaluation_times
from tiltyard.studies.derivatives.contract import MAX_ORDER, Array

#: One order or several.
Orders = SupportsIndex | Iterable[SupportsIndex]


class Asked(TypedDict, total=False):
    """What `tiltyard.differentiate` may be asked for by name."""

    time: Any
    unit: str | None
    sort: bool
    average: bool
    points: int
    noise: Any
    weights: Any
    noise_model: str
    replicates: bool
    resolution: float | None
    leave_out_outliers: bool
    pieces: bool
    find: str | Iterable[str] | None
    relative: bool
    log_time: str | None
    draws: int | None
    seed: int
    jobs: int
    progress: Callable[[int, int], None] | None


#: What one says of kinds of times.
_KINDS = {"f": "numbers", "M": "dates", "m": "durations"}


def checked_orders(orders: Orders) -> tuple[int, ...]:
    """The orders as increasing distinct ints.

    Raises
    ------
    ValueError
        If there is none, or one is no whole number from 0 to 7.
    """
    one = isinstance(orders, (numbers.Number, str)) or not isinstance(orders, Iterable)
    if isinstance(orders, np.ndarray) and orders.ndim == 0:
        one, orders = True, orders.item()
    values: list[Any] = [orders] if one else list(orders)  # type: ignore[arg-type]
    for order in values:
        if not _is_whole(order) or not 0 <= order <= MAX_ORDER:
            shown = order.item() if isinstance(order, np.generic) else order
            raise ValueError(f"order {shown!r}: use whole numbers from 0 to {MAX_ORDER}")
    if not values:
        raise ValueError(f"no orders: give at least one, from 0 to {MAX_ORDER}")
    return tuple(sorted({int(order) for order in values}))


def _is_whole(value: Any) -> bool:
    """Whether a value is a whole number, no truth value; 2.0 is one."""
    return _is_number(value) and bool(np.isfinite(value)) and value == int(value)


def _is_number(value: Any) -> bool:
    """Whether a value is a real number, no truth value."""
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def checked_noise(noise: float | None) -> float | None:
    """The noise that the user knows.

    Raises
    ------
    ValueError
        If it is no number, negative or not finite.
    """
    if noise is None:
        return None
    if not _is_number(noise) or not 0.0 <= noise < np.inf:
        raise ValueError(f"{NOISE.set_to(noise)}: give a standard deviation, 0 or more, or none")
    return float(noise)


def checked_draws(draws: int | None) -> int | None:
    """The number of simulations, or None: as many as the estimator needs.

    Raises
    ------
    ValueError
        If it is no whole number, 0 or more.
    """
    if draws is None:
        return None
    if not _is_whole(draws) or draws < 0:
        raise ValueError(f"draws {draws!r}: give a whole number of simulations, 0 or more")
    return int(draws)


def checked_times(t_eval: ArrayLike, series: Series) -> Array:
    """The evaluation times as an array.

    Raises
    ------
    ValueError
        If they do not increase, or lie outside the record: nothing is extrapolated.
    """
    times = np.atleast_1d(np.asarray(t_eval, dtype=np.float64))
    if times.ndim != 1 or not times.size or not np.all(np.diff(times) > 0):
        raise ValueError("evaluation times must increase, and there must be one at least")
    start, stop = series.t[0], series.t[-1]
    if not (start <= times[0] and times[-1] <= stop):
        raise ValueError(
            f"evaluation times {series.told(times[0])} to {series.told(times[-1])} reach beyond "
            f"the record, {series.told(start)} to {series.told(stop)}; nothing is extrapolated"
        )
    return times


def numbers_of(t_eval: Any, times: Times) -> Array:
    """Evaluation times as numbers, counted as the times of the samples are.

    Raises
    ------
    ValueError
        If they are dates and the samples' times are numbers, or the like; if one is missing, or
        some have a zone and the samples' times have none.
    """
    kind = "f" if times.stamps is None else times.stamps.dtype.kind
    column = column_of(t_eval, "the evaluation times")
    if column.kind != kind:
        raise ValueError(
            f"the evaluation times are {_KINDS[column.kind]}, the times of the samples are "
            f"{_KINDS[kind]}: give {_KINDS[kind]}"
        )
    values = np.atleast_1d(column.values)
    if (missing := np.flatnonzero(np.isnat(values) if kind != "f" else np.isnan(values))).size:
        raise ValueError(f"evaluation time {missing[0] + 1} is missing")
    if kind == "f":
        return np.asarray(values, dtype=np.float64)
    if column.utc != times.utc:
        one, other = ("have", "no zone") if column.utc else ("lack", "one")
        raise ValueError(
            f"the evaluation times {one} a zone, the times of the samples have {other}: give both "
            "with it or both without"
        )
    return times.numbers(values)


def wanted_times(t_eval: Any, points: int, series: Series) -> Array:
    """Times of the estimates: those asked for, even ones, or those of all rows in the record.

    Raises
    ------
    ValueError
        If both are asked for, or as of `numbers_of`; if `points` is no whole number from 2.
    """
    assert series.times is not None
    if not _is_whole(points) or points < 0 or points == 1:
        raise ValueError(
            f"{POINTS.set_to(points)}: give a whole number from 2, or 0 for the samples'"
        )
    if t_eval is None:
        return evaluation_times(series.t, series.times.values, int(points))
    if points:
        raise ValueError(f"{POINTS.set_to(points)} and evaluation times: give one of them")
    return checked_times(numbers_of(t_eval, series.times), series)
