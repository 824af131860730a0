"""The winner as an object, as scikit-learn and PySINDy take them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from tiltyard.application.arguments import numbers_of
from tiltyard.application.columns import column_of, labels_of
from tiltyard.application.differentiation import differentiate_series
from tiltyard.application.estimation import AUTO
from tiltyard.application.function import differentiate
from tiltyard.application.inputs import times_of
from tiltyard.application.result import Derivatives
from tiltyard.application.series import Series
from tiltyard.application.times import evaluation_times
from tiltyard.engine.machine.threads import on_one_thread
from tiltyard.studies.derivatives.contract import Array


class Differentiation(BaseEstimator):  # type: ignore[misc]
    """An estimator of one derivative, with the interface of scikit-learn's and of PySINDy's.

    As a function, ``Differentiation()(x, t)``, and as ``SINDy(differentiation_method=...)`` it has
    PySINDy's protocol (`BaseDifferentiation`, de Silva et al. 2020): the columns of `x` are
    differentiated, and ``smoothed_x_`` keeps the smooth curves. ``fit(t, y)`` and ``predict(t)``
    are scikit-learn's. PySINDy need not be installed.

    Parameters
    ----------
    order : int
        Of the derivative, 0 to 7.
    estimator : str
        As of `tiltyard.differentiate`.
    noise : float, optional
        Standard deviation of the noise, of all columns, if it is known.
    unit : str, optional
        Unit of time between dates, and of durations, as of `tiltyard.differentiate`.
    leave_out_outliers : bool
        Whether to leave out outliers.

    Attributes
    ----------
    smoothed_x_ : array of the shape of `x`
        Smooth curves, after a call.
    derivatives_ : Derivatives
        Estimate at the sample times, with bands and judgement, after `fit`.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.linspace(0, 6, 61)
    >>> x = np.column_stack([np.sin(t), np.cos(t)])
    >>> slopes = Differentiation()(x, t)
    >>> bool(np.abs(slopes[:, 0] - np.cos(t)).max() < 1e-3)
    True
    """

    def __init__(
        self,
        order: int = 1,
        estimator: str = AUTO,
        noise: float | None = None,
        unit: str | None = None,
        leave_out_outliers: bool = True,
    ) -> None:
        self.order = order
        self.estimator = estimator
        self.noise = noise
        self.unit = unit
        self.leave_out_outliers = leave_out_outliers

    @on_one_thread()
    def fit(self, t: Any, y: Any) -> Differentiation:
        """Estimate and judge the derivative of `y` at the sample times `t`, (n,) or (n, 1)."""
        self.derivatives_: Derivatives = differentiate(
            *(_column(t), y, self.order),
            estimator=self.estimator,
            unit=self.unit,
            noise=self.noise,
            leave_out_outliers=self.leave_out_outliers,
        )
        return self

    @on_one_thread()
    def predict(self, t: Any) -> Array:
        """Derivative (m,) at the times `t`, (m,) or (m, 1), within the record, in any sequence."""
        check_is_fitted(self, "derivatives_")
        # Without what was left out.
        series = self.derivatives_.series
        assert series.times is not None
        times, place = np.unique(numbers_of(_column(t), series.times), return_inverse=True)
        found = differentiate_series(
            *(series, self.order, times, self.derivatives_.estimator),
            noise=self.noise,
            draws=0,
        )
        return np.asarray(found.estimate[0][place])

    def __call__(self, x: Any, t: Any = 1) -> Array:
        """Derivatives of the columns of `x`, at the times `t` or at steps of `t`.

        They are NaN before the first sample of a column and after the last.
        """
        return self._differentiate(x, t)

    @on_one_thread()
    def _differentiate(self, x: Any, t: Any = 1) -> Array:
        """See `__call__`; the name is PySINDy's."""
        columns, shape = _columns(x)
        times = t
        if np.ndim(t) == 0:
            step = times_of(column_of([t], "the step"), "the step", self.unit)
            times = replace(step, values=step.values[0] * np.arange(shape[0]), stamps=None)
        else:
            times = times_of(column_of(_column(t), "the times"), "the times", self.unit)
        every = np.unique(times.values)
        place = np.searchsorted(every, times.values)
        curves, slopes = [], []
        for number, column in enumerate(columns):
            name = f"column {number}" if len(shape) > 1 else "signal"
            samples = column_of(column, f"{name}: the samples", allowed="f").values
            series = Series.from_samples(times, samples, name)
            found = differentiate_series(
                *(series, (0, self.order), evaluation_times(series.t, every), self.estimator),
                noise=self.noise,
                leave_out_outliers=self.leave_out_outliers,
                draws=0,
            )
            rows = np.full((2, len(every)), np.nan)
            rows[:, np.isin(every, found.t_eval)] = found.estimate[[0, -1]]
            curves.append(rows[0, place])
            slopes.append(rows[1, place])
        self.smoothed_x_ = _stacked(curves, shape)
        return _stacked(slopes, shape)


def _columns(x: Any) -> tuple[list[Any], tuple[int, ...]]:
    """The columns of `x`, and its shape."""
    labels = labels_of(x)
    if labels is not None:
        return [x[label] for label in labels], (len(x), len(labels))
    shape = np.shape(x)
    if len(shape) == 1:
        return [x], shape
    samples = x if np.ma.isMaskedArray(x) else np.asarray(x)
    return list(samples.reshape(shape[0], -1).T), shape


def _stacked(columns: list[Array], shape: tuple[int, ...]) -> Array:
    return np.stack(columns, axis=1).reshape(shape)


def _column(t: Any) -> Any:
    """Times (n,), of a column (n, 1) too."""
    labels, shape = labels_of(t), np.shape(t)
    if len(shape) == 2 and shape[1] == 1:
        return t[labels[0]] if labels else np.asarray(t)[:, 0]
    if len(shape) != 1:
        raise ValueError(f"times of shape {shape}: give (n,) or (n, 1)")
    return t
