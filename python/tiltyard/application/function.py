"""`tiltyard.differentiate`: the winner as a function, of whatever holds times and samples."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack, overload

from tiltyard.application.arguments import (
    Asked,
    Orders,
    checked_draws,
    checked_noise,
    checked_orders,
    wanted_times,
)
from tiltyard.application.columns import labels_of
from tiltyard.application.derived.deriving import checked_derived, derive
from tiltyard.application.estimation import AUTO
from tiltyard.application.examination.resolution import checked_resolution
from tiltyard.application.inputs import series_of
from tiltyard.application.noise.given import given_noise
from tiltyard.application.noise.models import NoiseModel, checked_noise_model
from tiltyard.application.processes import checked_jobs, each
from tiltyard.application.result import Derivatives
from tiltyard.application.series import Series
from tiltyard.application.simulation import Progress
from tiltyard.engine.machine.threads import on_one_thread
from tiltyard.studies.derivatives.contract import Array

if TYPE_CHECKING:
    import pandas as pd


@overload
def differentiate(
    t: pd.DataFrame,
    y: None = ...,
    orders: Orders = ...,
    t_eval: Any = ...,
    estimator: str = ...,
    **asked: Unpack[Asked],
) -> dict[Any, Derivatives]: ...
@overload
def differentiate(
    t: Any,
    y: list[str],
    orders: Orders = ...,
    t_eval: Any = ...,
    estimator: str = ...,
    **asked: Unpack[Asked],
) -> dict[str, Derivatives]: ...
@overload
def differentiate(
    t: Any,
    y: None = ...,
    orders: Orders = ...,
    t_eval: Any = ...,
    estimator: str = ...,
    **asked: Unpack[Asked],
) -> Any: ...
@overload
def differentiate(
    t: Any,
    y: Any,
    orders: Orders = ...,
    t_eval: Any = ...,
    estimator: str = ...,
    **asked: Unpack[Asked],
) -> Derivatives: ...
@on_one_thread()
def differentiate(
    t: Any,
    y: Any = None,
    orders: Orders = (0, 1),
    t_eval: Any = None,
    estimator: str = AUTO,
    *,
    time: Any = None,
    unit: str | None = None,
    sort: bool = False,
    average: bool = False,
    points: int = 0,
    noise: Any = None,
    weights: Any = None,
    noise_model: str = NoiseModel.AUTO,
    replicates: bool = False,
    resolution: float | None = None,
    leave_out_outliers: bool = True,
    pieces: bool = True,
    find: str | Iterable[str] | None = None,
    relative: bool = False,
    log_time: str | None = None,
    draws: int | None = None,
    seed: int = 0,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Any:
    """Estimate derivatives of noisy samples, and judge every order.

    Times and samples are two lists, or one thing that has both:

    ==============================  ===============================================
    ``differentiate(t, y)``         two lists, arrays or series of the same length
    ``differentiate(series)``       a series of pandas, with its times in the index
    ``differentiate(array)``        an array of xarray with a coordinate
    ``differentiate(table, "x")``   a column of a table; with the times in the
                                    index or, ``time="t"``, in another column
    ``differentiate(table)``        all its columns; ``["x", "y"]`` takes some
    ==============================  ===============================================

    Parameters
    ----------
    t : (n,) array-like, series, array or table
        Increasing times, n >= 8: numbers, dates or durations. Dates and durations count in
        seconds, or in `unit`.
    y : (n,) array-like of numbers, or name or list of names of columns
        Samples [signal]. One that is NaN, masked or null is missing.
    orders : int or iterable of int
        Orders of the derivatives, 0 (the smooth curve) to 7.
    t_eval : (m,) array-like, optional
        Increasing times within the record, dates where the times are dates; if absent, those of
        all rows, missing samples included.
    estimator : str
        Name of a Python estimator of the catalogue; ``auto`` takes the one that won the study.
    time : str, optional
        Column of a table that has the times.
    unit : str, optional
        Unit of time between dates, and of durations: s, min, h, day or year (365.25 days); s if
        absent. Derivatives are per that unit.
    sort, average : bool
        Whether to sort the samples by time, and to average samples of the same time.
    points : int
        Even times at which to estimate, instead of the samples'; 0: none.
    noise : float or (n,) array-like, or name or list of names of columns, optional
        Standard deviation of the noise [signal], of all samples or of each, if it is known; 0 for
        all if the samples are exact, which interpolates them. It is estimated if absent. Of a
        table, a column may have it, or one for each signal. Few estimators take it.
    weights : (n,) array-like, or name or list of names of columns, optional
        How the noise compares between samples: its variance is one unknown number over these.
    noise_model : str
        ``auto`` looks whether the noise is correlated, and takes it as equal in all samples;
        ``equal``: it is white besides; ``correlated``; ``proportional`` to the signal;
        ``poisson``: samples are counts, whose variance is their mean.
    replicates : bool
        Whether the columns of `y`, an array (n, k), or of a table repeat one measurement: their
        mean is one signal, and their scatter tells the noise.
    resolution : float, optional
        Step of the instrument's values [signal], if it is known; it is looked for if absent.
    leave_out_outliers : bool
        Whether to leave out outliers, which are named in the notes.
    pieces : bool
        Whether to judge a record in pieces where it has a jump, a kink or an onset.
    find : str or iterable of str, optional
        Places to find with their 95 % intervals: ``maxima``, ``minima``, ``zeros``, of all orders
        or of one, as in ``maxima:1``, and ``lag``, the lag time. They are in ``features``.
    relative : bool
        Whether derivatives are of ln y: order 1 is then the relative rate y'/y. Samples, or at
        least their curve with its band, must be above zero.
    log_time : str, optional
        ``ln`` or ``log10``: derivatives are by that logarithm of time, which must be above zero.
    draws : int, optional
        Simulations for the judgement; each costs as much as the estimate. If absent, none, or five
        where the estimator has no standard deviations of its own. Exact samples need none.
    seed : int
        Of the simulated noise.
    jobs : int
        Processes among which the columns of a table are divided; the result is the same.
    progress : callable, optional
        ``progress(done, total)`` is called after each simulation; with several jobs, after each
        column.

    Returns
    -------
    Derivatives
        Of all or several columns of a table, a dictionary: the column's name, and its derivatives.

    Raises
    ------
    UnusableData
        If times or samples cannot be used as they are; the message names the row.
    ValueError
        If another argument is wrong.

    Examples
    --------
    >>> import numpy as np, tiltyard
    >>> t = np.linspace(0, 6, 61)
    >>> y = np.sin(t) + 1e-3 * np.random.default_rng(1).standard_normal(61)
    >>> found = tiltyard.differentiate(t, y, orders=(1, 2))
    >>> [str(judgement.verdict) for judgement in found.judgements]
    ['trusted', 'trusted']
    """
    level, of_each = given_noise(noise, weights, named=labels_of(t) is not None)
    checked_orders(orders), checked_noise(level), checked_draws(draws)
    checked_resolution(resolution), checked_noise_model(noise_model), checked_jobs(jobs)
    others = {"noise": level, "noise_model": noise_model, "resolution": resolution}
    derived = checked_derived(orders, find, relative, log_time, **others)
    series = series_of(
        *(t, y, time),
        unit=unit,
        sort=sort,
        average=average,
        noise=of_each,
        replicates=replicates,
    )
    several = series if isinstance(series, dict) else {None: series}
    call = partial(
        _differentiated,
        orders=orders,
        estimator=estimator,
        noise=level,
        noise_model=noise_model,
        resolution=resolution,
        leave_out_outliers=leave_out_outliers,
        pieces=pieces,
        derived=derived,
        draws=draws,
        seed=seed,
        progress=progress if jobs == 1 else None,
    )
    items = [(one, wanted_times(t_eval, points, one)) for one in several.values()]
    found: dict[Any, Derivatives] = {}
    for label, result in zip(several, each(call, items, jobs), strict=True):
        found[label] = result
        if jobs > 1 and progress is not None:
            progress(len(found), len(items))
    return found if isinstance(series, dict) else found[None]


def _differentiated(item: tuple[Series, Array], **asked: Any) -> Derivatives:
    """Estimates of a series at the times asked for."""
    series, t_eval = item
    return derive(series, t_eval=t_eval, **asked)
