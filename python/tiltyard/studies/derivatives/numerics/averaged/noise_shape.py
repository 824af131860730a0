"""Noise that is neither white nor equal: its shape, and the map that makes it white.

The covariance of the noise is known up to one factor: ``d_i d_j exp(-|t_i - t_j| / time)``, that of
an Ornstein-Uhlenbeck process whose deviations vary; at even times it is an autoregression of the
first order (Rasmussen & Williams 2006, section 4.2.1 and appendix B.2). With ``L L'`` the
covariance, ``L^-1`` applied to samples and to functions alike makes the noise white (generalised
least squares, ibid., section 2.7), so that all that is known for white noise serves.

Of many samples, means of neighbours are taken first. Functions have the same means taken of them,
and the covariance of the means is computed, not approximated: detail is lost, and nothing wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cholesky, solve_triangular

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.averaged.groups import Groups


@dataclass(frozen=True, eq=False)
class NoiseShape:
    """Covariance of the noise of n samples up to a factor.

    Attributes
    ----------
    deviations : (n,) array
        Standard deviations relative to each other, all positive.
    time : float
        Lag at which the correlation has fallen to 1/e [time]; 0: the noise is independent.
    """

    deviations: Array
    time: float = 0.0

    def covariance(self, t: Array) -> Array:
        """Dense covariance (n, n) at times `t` (n,)."""
        lags = np.abs(np.subtract.outer(t, t))
        return np.multiply.outer(self.deviations, self.deviations) * _correlation(lags, self.time)

    def drawn(self, t: Array, normal: Array) -> Array:
        """Noise (n,) of this shape at increasing times `t` from n standard normal numbers."""
        if not self.time:
            return np.asarray(self.deviations * normal)
        lags = np.diff(t)
        carried, new = np.exp(-lags / self.time), np.sqrt(-np.expm1(-2.0 * lags / self.time))
        noise = normal.copy()
        for i in range(1, len(t)):
            noise[i] = carried[i - 1] * noise[i - 1] + new[i - 1] * normal[i]
        return np.asarray(self.deviations * noise)


class Whitening:
    """The map of a record's means to numbers whose noise is white and of one variance.

    Parameters
    ----------
    groups : Groups
        Of the samples, with times in the unit of the shape's.
    shape : NoiseShape

    Attributes
    ----------
    log_det : float
        Logarithm of the map's determinant.
    """

    def __init__(self, groups: Groups, shape: NoiseShape) -> None:
        self._bands = _Bands(groups.t, shape) if groups.single else None
        if self._bands is not None:
            self.log_det = self._bands.log_det
        else:
            self._factor = cholesky(_covariance_of_means(groups, shape), lower=True)
            self.log_det = -float(np.log(np.diag(self._factor)).sum())

    def __call__(self, means: Array) -> Array:
        """White numbers (m,) or (m, f) of means (m,) or (m, f)."""
        if self._bands is not None:
            return self._bands(means)
        return np.asarray(solve_triangular(self._factor, means, lower=True))


class _Bands:
    """Of single samples the inverse of L has two bands: what is carried over, and what is new."""

    def __init__(self, t: Array, shape: NoiseShape) -> None:
        lags = np.diff(t)
        new = np.ones(len(lags))
        if shape.time:  # 1 - rho² without cancellation where lags are short
            new = -np.expm1(-2.0 * lags / shape.time)
        self._carried = _correlation(lags, shape.time)
        self._new = np.sqrt(np.append(1.0, new))
        self._deviations = shape.deviations
        self.log_det = -float(np.log(self._deviations * self._new).sum())

    def __call__(self, values: Array) -> Array:
        rows = (-1, *(1,) * (values.ndim - 1))
        scaled = values / self._deviations.reshape(rows)
        white = scaled.copy()
        white[1:] -= self._carried.reshape(rows) * scaled[:-1]
        return np.asarray(white / self._new.reshape(rows))


def _covariance_of_means(groups: Groups, shape: NoiseShape) -> Array:
    """Covariance (groups, groups) of the means of noise of this shape.

    Between two groups, one after the other, it has two factors, for
    ``exp(-(t_j - t_i) / time)`` has.
    """
    own = groups.shares * shape.deviations
    if not shape.time:
        return np.diag(np.add.reduceat(own**2, groups.first))
    t, first, last = groups.t, groups.first, groups.last
    sizes = last + 1 - first
    to_last = np.exp(-(np.repeat(t[last], sizes) - t) / shape.time)
    from_first = np.exp(-(t - np.repeat(t[first], sizes)) / shape.time)
    late, early = (np.add.reduceat(own * one, first) for one in (to_last, from_first))
    lags = np.maximum(np.subtract.outer(t[first], t[last]).T, 0.0)
    later = np.triu(np.outer(late, early) * _correlation(lags, shape.time), 1)
    inside = np.empty(len(groups))
    for group, (a, b) in enumerate(zip(first, last + 1, strict=True)):
        part = _correlation(np.abs(np.subtract.outer(t[a:b], t[a:b])), shape.time)
        inside[group] = own[a:b] @ part @ own[a:b]
    return np.asarray(later + later.T + np.diag(inside))


def _correlation(lags: Array, time: float) -> Array:
    return np.exp(-lags / time) if time else (lags == 0.0).astype(float)
