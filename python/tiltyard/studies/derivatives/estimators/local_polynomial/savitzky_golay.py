"""Savitzky-Golay differentiation with window and degree chosen per order and distance from the end.

Every estimate is a derivative of the least-squares polynomial in a window of 2m + 1 samples,
centred where the record allows it, otherwise the outermost full window (Savitzky & Golay 1964,
extended to the ends by Gram polynomials as in Gorry 1990). Window and degree minimise the
estimated risk ``variance + bias**2``, both of which follow from the coefficients C of all windows
in the orthonormal Gram basis:

* the variance of the estimate at an offset is ``sigma**2 sum_{j<=p} b_j**2``, with b the
  derivatives of the basis there;
* its bias is ``sum_{j>p} theta_j b_j`` with the true coefficients theta, which C shows with noise:
  the second moment of C over the windows, less sigma**2, estimates that of theta where it is above
  the noise, and a geometric decay fitted to it continues it below the noise.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Estimate, estimator
from tiltyard.studies.derivatives.numerics.bases.gram_polynomials import gram_derivatives
from tiltyard.studies.derivatives.numerics.local.moving_polynomial import (
    AMPLITUDES,
    RATIOS,
    SIZES,
    Windows,
    decay_likelihood,
    even_step,
    geometric,
    noise_variance,
    position,
    windows_of,
)

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


class Choice(NamedTuple):
    """Selected window (index into the sizes), degree and risk per order and distance."""

    distance: Ints
    window: Ints  # (orders, distances)
    degree: Ints
    risk: Array


@estimator(
    "savitzky_golay_adaptive",
    family="local polynomial",
    exact_degree=7,
    min_samples=20,
    uneven=False,
    standard_deviation=True,
    cites=("savitzky1964smoothing", "gorry1990general"),
    oracle="oracle_savitzky_golay",
)
def savitzky_golay_adaptive(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Estimate derivatives by local polynomials with the window and degree of least risk.

    Window and degree are chosen separately for each order and each distance from the end;
    `savitzky_golay_gcv` has one window for all.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing, evenly spaced sample times [time], and the samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``. Between two samples the estimates of the windows that
        belong to either are mixed in proportion to the distance.
    orders : tuple of int
        Derivative orders, 0 to 7.

    Returns
    -------
    Estimate
        Derivatives (len(orders), m) [signal / time**k]; `standard_deviation` is the root of the
        estimated risk, which includes the estimated bias.

    Raises
    ------
    ValueError
        If the sample times are not evenly spaced.

    References
    ----------
    Savitzky & Golay (1964), Anal. Chem. 36(8), 1627-1639; Gorry (1990), Anal. Chem. 62(6),
    570-573.
    """
    n, k = len(t), np.array(orders, dtype=np.int64)
    step = even_step(t, "savitzky_golay_adaptive")
    centre = float(np.mean(y))
    scale = float(np.max(np.abs(y - centre)))
    if scale == 0:
        values = np.where(k[:, None] == 0, centre, 0.0) * np.ones(len(t_eval))
        return Estimate(values, np.zeros_like(values), {"noise": 0.0})
    z = (y - centre) / scale
    windows = [windows_of(z, half) for half in geometric(1, (n - 1) // 2, SIZES)]
    # Rounding of the samples is the least noise there can be.
    variance = max(noise_variance(windows), (np.finfo(float).eps * (1 + abs(centre) / scale)) ** 2)
    choice = _choose(windows, variance, k, n)
    values, risk = _evaluate(windows, choice, position(t, t_eval), k, n)
    unit = scale / step ** k[:, None].astype(float)
    values *= unit
    values[k == 0] += centre
    inner = choice.window[:, -1]
    settings: dict[str, Any] = {
        "noise": float(np.sqrt(variance) * scale),
        "window": [2 * windows[w].half + 1 for w in inner],
        "degree": [int(p) for p in choice.degree[:, -1]],
        "edge_window": [2 * windows[w].half + 1 for w in choice.window[:, 0]],
        "edge_degree": [int(p) for p in choice.degree[:, 0]],
    }
    return Estimate(values, np.sqrt(risk) * unit, settings)


def _decay(w: Windows, variance: float, last: int) -> Array:
    """Expected square of each true coefficient beyond `last`, (P + 1,), zero up to it.

    A geometric decay is fitted from five degrees before `last` on. The steepest one within one unit
    of the highest log likelihood is taken, since a slightly too slow decay gives high derivatives
    a much too large bias.
    """
    start = max(0, last - 5)
    power = w.power[start:]
    top = max(float(np.max(power[:3])) - variance, 1e-3 * variance)
    likelihood = decay_likelihood(power, w.freedom, variance, top)
    profile = np.max(likelihood, axis=0)
    ratio = int(np.flatnonzero(profile >= np.max(profile) - 1)[0])
    amplitude = top * AMPLITUDES[int(np.argmax(likelihood[:, ratio]))]
    tau = np.zeros(w.degree + 1)
    tau[last + 1 :] = (amplitude * RATIOS[ratio] ** np.arange(len(power)))[last + 1 - start :]
    return tau


def _moments(w: Windows, variance: float, last: int) -> tuple[Array, Array]:
    """Second moments of the true coefficients up to `last`: over all windows, and near the ends.

    Both count every window and its mirror image alike, so that the two ends are treated the
    same; over all windows this makes moments of unlike parity vanish.
    """
    j = np.arange(w.degree + 1)
    count = len(w.coefficients)
    edge = min(count, (w.half + 1) // 2)
    mirror = (-1.0) ** j
    ends = np.concatenate([w.coefficients[:edge], w.coefficients[count - edge :] * mirror])
    everywhere = w.coefficients.T @ w.coefficients / count
    everywhere[(j[:, None] + j) % 2 == 1] = 0
    moments = []
    for moment in (everywhere, ends.T @ ends / len(ends)):
        moment = moment - variance * np.eye(w.degree + 1)
        moment[last + 1 :] = 0
        moment[:, last + 1 :] = 0
        moments.append(moment)
    return moments[0], moments[1]


def _tail_sums(terms: Array) -> Array:
    """Sums of the terms beyond each column."""
    sums = np.zeros_like(terms)
    sums[:, :-1] = np.cumsum(terms[:, :0:-1], axis=1)[:, ::-1]
    return sums


def _quadratic(moment: Array, b: Array) -> Array:
    """``sum_{i,j>p} b_i moment_ij b_j`` for every degree p (columns), not below zero."""
    twice = 2 * np.triu(moment, 1) + np.diag(np.diag(moment))
    return np.maximum(_tail_sums(b * (b @ twice.T)), 0)


def _risks(w: Windows, variance: float, distance: Ints, orders: Ints) -> Array:
    """Estimated risk (orders, distances from the end, degrees) in units of one step."""
    j = np.arange(w.degree + 1)
    # Mallows' Cp with penalty 4 finds the last coefficient that is significant.
    last = int(np.argmin(_tail_sums(w.power[None])[0] + 4 * variance * (j + 1)))
    everywhere, ends = _moments(w, variance, last)
    tau = _decay(w, variance, last)
    # If coefficients are still large at the highest degree, the window does not resolve the signal.
    # The terms left out are then estimated by the last ones: so many that 8 values are averaged.
    reach = int(np.ceil(8 / w.freedom))
    reach = max(2, min(reach + reach % 2, w.degree))
    last_power = np.maximum(np.diag(everywhere), 0) * (j > w.degree - reach) * 2 / reach
    offsets = -np.maximum(w.half - distance, 0)
    # The recurrence is stable where the polynomials oscillate, (offset/m)**2 + (p/size)**2 < 1,
    # and elsewhere keeps eight digits up to 6 sqrt(size).
    size = 2 * w.half + 1
    b = gram_derivatives(size, w.degree, int(max(orders)), offsets.astype(float))
    limit = np.maximum(6 * np.sqrt(size), size * np.sqrt(1 - (offsets / w.half) ** 2))
    risk = np.empty((len(orders), len(distance), w.degree + 1))
    for i, k in enumerate(orders):
        bias = np.where(offsets[:, None] == 0, _quadratic(everywhere, b[k]), 0)
        bias += np.where(offsets[:, None] != 0, _quadratic(ends, b[k]), 0)
        bias += _tail_sums(tau * b[k] ** 2)
        if last > w.degree - reach:
            bias += np.sum(last_power * b[k] ** 2, axis=1)[:, None]
        if k == 0 and w.degree == 2 * w.half:
            bias[:, -1] = 0  # the interpolating polynomial returns the samples
        risk[i] = variance * np.cumsum(b[k] ** 2, axis=1) + bias
        risk[i, :, :k] = np.inf
        risk[i, j > limit[:, None]] = np.inf
    return risk


def _choose(windows: list[Windows], variance: float, orders: Ints, n: int) -> Choice:
    last = (n - 1) // 2
    dense = min(32, last)
    distance = np.array([*range(dense), *geometric(dense, last, SIZES)])
    shape = (len(orders), len(distance))
    best = np.full(shape, np.inf)
    window, degree = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for index, w in enumerate(windows):
        risk = _risks(w, variance, distance, orders)
        p = np.argmin(risk, axis=2)
        least = np.take_along_axis(risk, p[:, :, None], axis=2)[:, :, 0]
        better = least < best
        best[better], window[better], degree[better] = least[better], index, p[better]
    return Choice(distance, window, degree, best)


def _evaluate(
    windows: list[Windows], choice: Choice, position: Array, orders: Ints, n: int
) -> tuple[Array, Array]:
    """Values and risks (orders, len(position)) at `position`, in steps from the first sample."""
    low = np.clip(np.floor(position), 0, n - 1).astype(np.int64)
    share = position - low
    values, risk = np.zeros((2, len(orders), len(position)))
    for sample, weight in ((low, 1 - share), (np.minimum(low + 1, n - 1), share)):
        used = np.flatnonzero(weight > 0)
        sample, weight, x = sample[used], weight[used], position[used]
        to_end = np.minimum(sample, n - 1 - sample)
        place = np.searchsorted(choice.distance, to_end, side="right") - 1
        for i, k in enumerate(orders):
            pairs = np.stack([choice.window[i, place], choice.degree[i, place]])
            for index, p in np.unique(pairs, axis=1).T:
                here = (pairs[0] == index) & (pairs[1] == p)
                w = windows[index]
                centre = np.clip(sample[here], w.half, n - 1 - w.half)
                b = gram_derivatives(2 * w.half + 1, int(p), int(k), x[here] - centre)[k]
                fit = np.sum(w.coefficients[centre - w.half, : p + 1] * b, axis=1)
                values[i, used[here]] += weight[here] * fit
            risk[i, used] += weight * choice.risk[i, place]
    return values, risk
