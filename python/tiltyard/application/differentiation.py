"""`tiltyard.differentiate`: derivatives of measured samples, with bands and a verdict on each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from tiltyard.application.breaks.finding import interventions, pieces_of
from tiltyard.application.estimation import AUTO, evidence_of, find_estimator
from tiltyard.application.pieces import Place, Request, estimate_piece, joined
from tiltyard.application.outliers import outlier_notes
from tiltyard.application.result import Derivatives
from tiltyard.application.series import FEWEST, Series, UnusableData
from tiltyard.application.simulation import Progress
from tiltyard.studies.derivatives.contract import MAX_ORDER, Array

#: Most samples in one go; the cost of the better estimators grows with the second power or more.
MOST = 5_000


def differentiate(
    t: ArrayLike,
    y: ArrayLike,
    orders: int | Iterable[int] = (0, 1),
    t_eval: ArrayLike | None = None,
    estimator: str = AUTO,
    *,
    noise: float | None = None,
    leave_out: bool = True,
    pieces: bool = True,
    draws: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Derivatives:
    """Estimate derivatives of noisy samples, and judge every order.

    Parameters
    ----------
    t, y : (n,) array-like
        Increasing times [time] and samples [signal], 8 <= n <= 5000. A sample that is NaN is
        missing.
    orders : int or iterable of int
        Orders of the derivatives, 0 (the smooth curve) to 7.
    t_eval : (m,) array-like, optional
        Increasing times within the record; the sample times if absent.
    estimator : str
        Name of a Python estimator of the catalogue; ``auto`` takes the one that won the study.
    noise : float, optional
        Standard deviation of the noise [signal], if it is known; 0 if the samples are exact, which
        interpolates them. It is estimated if absent. Only the winner takes it.
    leave_out : bool
        Whether to leave out outliers, which are named in the notes.
    pieces : bool
        Whether to judge a record in pieces where it has a jump, a kink or an onset.
    draws : int, optional
        Simulations for the judgement; each costs as much as the estimate. If absent, none, or five
        where the estimator has no standard deviations of its own. Exact samples need none.
    seed : int
        Of the simulated noise.
    progress : callable, optional
        ``progress(done, total)`` is called after each simulation.

    Returns
    -------
    Derivatives

    Raises
    ------
    UnusableData
        If times or samples cannot be used as they are; the message names the row.
    ValueError
        If an order, the evaluation times or the estimator's name are wrong.

    Examples
    --------
    >>> import numpy as np, tiltyard
    >>> t = np.linspace(0, 6, 61)
    >>> y = np.sin(t) + 1e-3 * np.random.default_rng(1).standard_normal(61)
    >>> found = tiltyard.differentiate(t, y, orders=(1, 2))
    >>> [str(judgement.verdict) for judgement in found.judgements]
    ['trusted', 'trusted']
    """
    return differentiate_series(
        Series.from_samples(t, y),
        orders,
        t_eval,
        estimator,
        noise=noise,
        leave_out=leave_out,
        pieces=pieces,
        draws=draws,
        seed=seed,
        progress=progress,
    )


def differentiate_series(
    series: Series,
    orders: int | Iterable[int] = (0, 1),
    t_eval: ArrayLike | None = None,
    estimator: str = AUTO,
    *,
    noise: float | None = None,
    leave_out: bool = True,
    pieces: bool = True,
    draws: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Derivatives:
    """`differentiate` for a `Series`, which has been checked."""
    if estimator != AUTO:
        find_estimator(estimator)
    request = Request(
        estimator,
        checked_orders(orders),
        checked_noise(noise),
        0.0,
        draws,
        np.random.default_rng(seed),
        progress,
    )
    if len(series.t) > MOST:
        raise UnusableData(
            f"{series.name}: {len(series.t)} samples are more than {MOST}: take a part of the "
            "record, or the mean of neighbours"
        )
    asked = series.t if t_eval is None else checked_times(t_eval, series)
    found = interventions(series.t, series.y, evidence_of)
    notes = outlier_notes(series, found.outlying, left_out=leave_out)
    out = found.outlying if leave_out else np.zeros(len(series.t), dtype=bool)
    edges = pieces_of(found, len(series.t)) if pieces else [(0, len(series.t))]
    kept = replace(series, t=series.t[~out], y=series.y[~out], notes=(*series.notes, *notes))
    parts, short = [], []
    for start, stop in edges:
        own = start + np.flatnonzero(~out[start:stop])
        if len(own) < FEWEST:
            short.append((series.t[start], series.t[stop - 1], len(own)))
            continue
        every = series.t[own[0] : own[-1] + 1]
        inside = asked[(asked >= every[0]) & (asked <= every[-1])]
        part = replace(series, t=series.t[own], y=series.y[own], notes=())
        parts.append(estimate_piece(request, part, every, inside))
    places = [
        Place(one.kind, float(series.t[one.before]), float(series.t[one.after]))
        for one in found.breaks
    ]
    return joined(kept, places, parts, asked)


def checked_orders(orders: int | Iterable[int]) -> tuple[int, ...]:
    """The orders as increasing distinct ints.

    Raises
    ------
    ValueError
        If there is none, or one is no whole number from 0 to 7.
    """
    values = [orders] if isinstance(orders, int) else list(orders)
    for order in values:
        if order != int(order) or not 0 <= order <= MAX_ORDER:
            raise ValueError(f"order {order}: use whole numbers from 0 to {MAX_ORDER}")
    if not values:
        raise ValueError("no orders: give at least one, from 0 to 7")
    return tuple(sorted({int(order) for order in values}))


def checked_noise(noise: float | None) -> float | None:
    """The noise that the user knows.

    Raises
    ------
    ValueError
        If it is negative or not finite.
    """
    if noise is not None and not 0.0 <= noise < np.inf:
        raise ValueError(f"noise {noise}: give a standard deviation, 0 or more, or none")
    return noise


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
            f"evaluation times {times[0]:g} to {times[-1]:g} reach beyond the record, {start:g} "
            f"to {stop:g}; nothing is extrapolated"
        )
    return times
