"""Adapters' helpers for packages that give values at the sample times only."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO

import numpy as np
from scipy.interpolate import CubicSpline

from tiltyard.studies.derivatives.contract import EVEN_TOLERANCE, Array


@contextmanager
def silence() -> Iterator[None]:
    """Suppress a package's warnings, prints and floating-point errors."""
    with warnings.catch_warnings(), redirect_stdout(StringIO()), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def mean_step(t: Array) -> float:
    """The step of evenly spaced times [time]."""
    return float((t[-1] - t[0]) / (len(t) - 1))


def step_or_times(t: Array) -> float | Array:
    """The step where `t` is evenly spaced, otherwise `t` itself."""
    step = mean_step(t)
    return step if np.ptp(np.diff(t)) <= EVEN_TOLERANCE * step else t


def at_times(t: Array, t_eval: Array, orders: tuple[int, ...], rows: Sequence[Array]) -> Array:
    """Select and interpolate a package's estimates at `t` for the wanted orders and times.

    Parameters
    ----------
    t : (n,) array
        Sample times [time], n >= 4.
    t_eval : (m,) array
        Wanted times inside ``[t[0], t[-1]]``. If they are not the sample times, `rows` are
        interpolated by cubic splines.
    orders : tuple of int
        Wanted orders.
    rows : sequence of (n,) arrays
        Estimates of orders 0, 1, ... at `t`.

    Returns
    -------
    (len(orders), m) array
        Estimates of `orders` at `t_eval`.

    Raises
    ------
    ValueError
        If the package's values are not finite, and other times than its own are wanted.
    """
    wanted = np.array([np.asarray(rows[order], dtype=float) for order in orders])
    if np.array_equal(t, t_eval):
        return wanted
    return np.asarray(CubicSpline(t, wanted, axis=1)(t_eval))
