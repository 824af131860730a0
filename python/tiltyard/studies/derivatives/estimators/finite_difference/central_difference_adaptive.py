"""Central finite differences whose stencil is chosen per order from the samples."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.local.finite_differences import (
    differentiate_nearest,
    fornberg_weights,
)
from tiltyard.studies.derivatives.numerics.scaling import unit_time

Ints = NDArray[np.intp]

#: Samples that a stencil may have beyond the fewest that can be centred: inside, and at the ends,
#: where stencils are one-sided and long ones have large errors.
EXTRA, EXTRA_AT_ENDS = (0, 2, 4, 6), (0, 2)
#: Share of the samples at either end for which the stencil is chosen separately.
END = 0.1
STRIDES = 12  # tried for each number of samples, at most
#: Largest number of samples at which stencils are compared.
COMPARED = 128


class Stencil(NamedTuple):
    """Number of samples, and the step between them in samples."""

    width: int
    stride: int


@estimator(
    "central_difference_adaptive",
    oracle="oracle_central_difference",
    family="finite difference",
    exact_degree=2,
    min_samples=20,
    standard_deviation=True,
    cites=("fornberg1988generation", "gasser1986residual", "goldenshluger2011bandwidth"),
)
def central_difference_adaptive(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate the polynomial through samples whose number and distance have the least risk.

    A stencil takes every s-th sample around the nearest one: more samples reduce the truncation
    error, a larger stride s the noise. Among the stencils of an order the one with the least
    estimated risk is taken, once for the samples within a tenth of the record from its ends and
    once for the others. Variance is sigma**2 times the squared weights, with sigma from
    interpolation residuals (Gasser et al. 1986); squared bias is the largest excess of the
    squared distance to any noisier stencil's result over what noise explains, with four standard
    deviations of tolerance (after Goldenshluger & Lepski 2011). Order 0 interpolates the samples
    by parabolas.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time], evenly spaced or not, and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k] and the standard deviations that the noise
        gives them, without the truncation error; settings ``noise``, and per order ``width`` and
        ``stride`` of the stencil inside and at the ends.

    References
    ----------
    Fornberg (1988), Math. Comp. 51, 699-706: weights on arbitrarily spaced grids.
    """
    unit = unit_time(t, t_eval)
    x, n = unit.x, len(t)
    variance = noise_variance(x, y)
    compared = np.unique(np.floor(np.linspace(0, n - 1, min(n, COMPARED)) + 0.5).astype(np.intp))
    at_end, eval_at_end = _at_end(compared, n), _at_end(_nearest(x, unit.x_eval), n)
    values, squares = np.zeros((2, len(orders), len(t_eval)))
    settings: dict[str, Any] = {"noise": float(np.sqrt(variance))}
    chosen: list[list[Stencil]] = [[], []]
    for i, k in enumerate(orders):
        for end in (False, True):
            if k == 0:
                stencil = Stencil(3, 1)
            else:
                points = compared[at_end == end]
                stencil = _least_risk(x, y, points, k, _stencils(k, n, end), variance)
            chosen[end].append(stencil)
            here = eval_at_end == end
            values[i, here], squares[i, here] = _apply(x, y, unit.x_eval[here], k, stencil)
    for name, stencils in zip(("", "end_"), chosen, strict=True):
        settings[name + "width"] = [s.width for s in stencils]
        settings[name + "stride"] = [s.stride for s in stencils]
    deviation = np.sqrt(variance * squares)
    return Estimate(unit.to_time(values, orders), unit.to_time(deviation, orders), settings)


def noise_variance(x: Array, y: Array) -> float:
    """Noise variance from the residuals of interpolating each sample from its neighbours.

    Of the mean squares with 2, 4, ... 12 neighbours the least is the estimate, since the signal can
    only add to each, but at least the rounding of the samples.
    """
    floor = (2 * np.finfo(float).eps * float(np.max(np.abs(y)))) ** 2
    least = np.inf
    for q in range(1, 7):
        neighbours = np.concatenate([np.arange(-q, 0), np.arange(1, q + 1)])
        index = np.arange(q, len(x) - q)
        offsets = x[index[:, None] + neighbours] - x[index, None]
        weights = fornberg_weights(offsets / (offsets[:, -1:] - offsets[:, :1]), 0)
        # The weights sum to one: residuals of differences lose no digits to a common offset.
        residual = np.sum(weights * (y[index[:, None] + neighbours] - y[index, None]), axis=1)
        least = min(least, float(np.mean(residual**2 / (1 + np.sum(weights**2, axis=1)))))
    return max(least, floor)


def _nearest(x: Array, x_eval: Array) -> Ints:
    right = np.clip(np.searchsorted(x, x_eval), 1, len(x) - 1)
    return right - (x_eval - x[right - 1] <= x[right] - x_eval)


def _at_end(index: Ints, n: int) -> NDArray[np.bool_]:
    return np.minimum(index, n - 1 - index) < END * n


def _stencils(order: int, n: int, end: bool) -> list[Stencil]:
    """Fewest samples that can be centred, or a few more, each with strides up to the record."""
    fewest = max(3, order + 1 + order % 2)
    stencils = []
    for width in (fewest + extra for extra in (EXTRA_AT_ENDS if end else EXTRA)):
        longest = (n - 1) // (width - 1)
        if longest:
            grid = longest ** (np.arange(STRIDES) / (STRIDES - 1))
            strides = sorted({int(np.floor(s + 0.5)) for s in grid})
            stencils += [Stencil(width, stride) for stride in strides]
    return stencils


def _weights(
    x: Array, x_eval: Array, order: int, width: int, stride: int | Ints
) -> tuple[Ints, Array]:
    """Samples (m, width) of the stencil at each time, one-sided at the ends, and their weights."""
    last = len(x) - 1 - stride * (width - 1)
    first = np.clip(_nearest(x, x_eval) - stride * (width // 2), 0, last)
    index = first[:, None] + np.multiply.outer(np.broadcast_to(stride, len(x_eval)), range(width))
    length = (x[index[:, -1]] - x[index[:, 0]])[:, None]
    return index, fornberg_weights((x[index] - x_eval[:, None]) / length, order) / length**order


def _apply(x: Array, y: Array, x_eval: Array, order: int, stencil: Stencil) -> tuple[Array, Array]:
    """Derivatives with respect to x, and their sums of squared weights."""
    index, weights = _weights(x, x_eval, order, *stencil)
    squares = np.sum(weights**2, axis=1)
    if order == 0:
        return differentiate_nearest(x, y, x_eval, 0, stencil.width), squares
    # Weights of a derivative sum to zero, so subtracting the first sample only saves digits.
    return np.sum(weights * (y[index] - y[index[:, :1]]), axis=1), squares


def _least_risk(
    x: Array, y: Array, points: Ints, order: int, stencils: list[Stencil], variance: float
) -> Stencil:
    """The stencil with the least sum of variance and squared bias over the samples `points`."""
    count = len(points)
    dense = np.zeros((len(stencils) * count, len(x)))
    flat_results = np.zeros(len(stencils) * count)
    for width in sorted({s.width for s in stencils}):  # all strides at once
        rows = np.flatnonzero(np.repeat([s.width == width for s in stencils], count))
        strides = np.repeat([s.stride for s in stencils if s.width == width], count)
        times = np.tile(x[points], len(rows) // count)
        index, weights = _weights(x, times, order, width, strides)
        dense[rows[:, None], index] = weights
        flat_results[rows] = np.sum(weights * (y[index] - y[index[:, :1]]), axis=1)
    results = flat_results.reshape(-1, count)
    weights_of = dense.reshape(len(stencils), -1)
    products = weights_of @ weights_of.T
    squares = np.diag(products).copy()
    distance = np.sum((results[:, None] - results) ** 2, axis=2)
    explained = variance * (squares[:, None] + squares - 2 * products)
    # Relative standard deviation of a sum of squares that are correlated over a stencil's length.
    length = np.array([min((s.width - 1) * s.stride + 1, count) for s in stencils])
    tolerance = 1 + 4 * np.sqrt(2 * length / count)
    excess = np.where(squares > squares[:, None], distance - explained * tolerance, 0)
    return stencils[int(np.argmin(variance * squares + np.max(np.maximum(excess, 0), axis=1)))]
