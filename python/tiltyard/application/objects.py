"""The winner as an object, as scikit-learn and PySINDy take them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from tiltyard.application.differentiation import differentiate
from tiltyard.application.estimation import AUTO
from tiltyard.application.result import Derivatives
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

    def __init__(self, order: int = 1, estimator: str = AUTO, noise: float | None = None) -> None:
        self.order = order
        self.estimator = estimator
        self.noise = noise

    def fit(self, t: ArrayLike, y: ArrayLike) -> Differentiation:
        """Estimate and judge the derivative of `y` at the sample times `t`, (n,) or (n, 1)."""
        self._t, self._y = _column(t), np.asarray(y, dtype=np.float64)
        self.derivatives_: Derivatives = differentiate(
            self._t, self._y, self.order, estimator=self.estimator, noise=self.noise
        )
        return self

    def predict(self, t: ArrayLike) -> Array:
        """Derivative (m,) at the times `t`, (m,) or (m, 1), within the record, in any sequence."""
        check_is_fitted(self, "derivatives_")
        times, place = np.unique(_column(t), return_inverse=True)
        found = differentiate(
            *(self._t, self._y, self.order, times, self.derivatives_.estimator),
            noise=self.noise,
            draws=0,
        )
        return np.asarray(found.estimate[0][place])

    def __call__(self, x: ArrayLike, t: float | ArrayLike = 1) -> Array:
        """Derivatives of the columns of `x`, at the times `t` or at steps of `t`."""
        return self._differentiate(x, t)

    def _differentiate(self, x: Any, t: float | ArrayLike = 1) -> Array:
        """See `__call__`; the name is PySINDy's."""
        samples = np.asarray(x, dtype=np.float64)
        times = np.asarray(t, dtype=np.float64)
        if times.ndim == 0:
            times = times * np.arange(len(samples))
        columns = samples.reshape(len(samples), -1).T
        found = [
            differentiate(
                *(times, column, (0, self.order)),
                estimator=self.estimator,
                noise=self.noise,
                draws=0,
            )
            for column in columns
        ]
        self.smoothed_x_ = _stacked([one.curve for one in found], samples.shape)
        return _stacked([one.estimate[-1] for one in found], samples.shape)


def _stacked(columns: list[Array], shape: tuple[int, ...]) -> Array:
    return np.stack(columns, axis=1).reshape(shape)


def _column(t: ArrayLike) -> Array:
    times = np.asarray(t, dtype=np.float64)
    if times.ndim == 2 and times.shape[1] == 1:
        times = times[:, 0]
    if times.ndim != 1:
        raise ValueError(f"times of shape {times.shape}: give (n,) or (n, 1)")
    return times
