"""Whittaker's smoother (Whittaker 1923; Eilers 2003), differentiated by its own differences.

The smoothed samples z minimise

    sum (y_i - z_i)^2 + lambda * sum (D^d z)_i^2,    D = forward difference,

on evenly spaced times. The equivalent stochastic model is ``D^d z = white noise``, a Gauss-Markov
chain whose states are ``z_i, (D z)_i, ..., (D^(d-1) z)_i``, which `information_smoother` solves in
O(n) by orthogonal transformations: all differences have full relative accuracy, where differencing
z would lose ``(2 / (w h))^k`` in relative precision at order k and frequency w.

Derivatives follow from those differences by the central difference series
``h D = 2 asinh(delta / 2)``, truncated to the polynomial through 2 * HALF_WIDTH + 1 smoothed
samples. Beyond the ends z continues by the penalty alone (``D^d z = 0``): HALF_WIDTH more points on
either side, without samples, are smoothed with the others.

d = 6 for the same reasons as in `smoothing_spline`. Lambda is chosen by robust generalised
cross-validation (Lukas 2006), as the plain score often interpolates: the smoother's response falls
off more slowly near the Nyquist frequency than a spline's, and too little smoothing causes large
errors of high derivatives.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import EVEN_TOLERANCE, Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.criterion_search import smallest
from tiltyard.studies.derivatives.numerics.kalman.information_smoother import (
    Chain,
    Smoothed,
    backward,
    forward,
)
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples

ORDER = 6
ROBUSTNESS = 0.3  # gamma of the robust score; 1 is plain GCV
HALF_WIDTH = 10
# Range and step of the logarithm of the cut-off frequency [per step]: see `smoothing_spline`. The
# highest is that of order 6; at order d it has the same lambda.
LOWEST_HALF_WAVES = 0.5
HIGHEST = 6.0
SEARCH_STEP = 0.15


def difference_chain(points: int, d: int, observed: NDArray[np.bool_] | None = None) -> Chain:
    """Chain of the states ``z, D z, ..., D^(d-1) z`` at `points` times."""
    forth = np.eye(d) + np.eye(d, k=1)
    back = np.round(np.linalg.inv(forth))  # entries +1 and -1
    noise = np.zeros((d, 1))
    noise[d - 1] = 1.0  # enters the highest difference last: back @ noise reaches all
    every = np.ones(points, dtype=bool) if observed is None else observed
    steps = points - 1
    return Chain(np.broadcast_to(back, (steps, d, d)), np.broadcast_to(noise, (steps, d, 1)), every)


def noise_ratio(log_cut_off: Array, d: int) -> Array:
    """Noise ratio q = 1 / lambda for the logarithm of the cut-off frequency [per step]."""
    return np.asarray(np.exp(2 * d * np.asarray(log_cut_off)))


def central_series(order: int, terms: int) -> Array:
    """Coefficients c of ``(2 asinh(delta/2))^k = delta^k sum_j c_j delta^(2j)``, even k.

    For odd k the series is divided by the mean operator ``mu = sqrt(1 + delta^2/4)``, so that
    ``h^k D^k = mu delta^k sum_j c_j delta^(2j)`` uses differences at the points themselves
    (Hildebrand 1974).
    """
    j = np.arange(terms)
    inverse_mean = np.cumprod(np.concatenate([[1.0], -(2 * j[1:] - 1) / (8.0 * j[1:])]))
    arcsine = inverse_mean / (2 * j + 1)  # asinh' = 1 / mu, integrated term by term
    series = inverse_mean if order % 2 else np.concatenate([[1.0], np.zeros(terms - 1)])
    for _ in range(order):
        series = np.convolve(series, arcsine)[:terms]
    return np.asarray(series)


def derivatives_at_points(smoothed: Smoothed, q: float, highest: int) -> Array:
    """Derivatives of order 0 to `highest` at all but HALF_WIDTH points at either end.

    Parameters
    ----------
    smoothed : Smoothed
        Posterior of a difference chain of N points, for one q.
    q : float
        Noise ratio, > 0.
    highest : int
        Highest order, at most ``2 * HALF_WIDTH``, the degree of the interpolating polynomial.

    Returns
    -------
    (highest + 1, N - 2 * HALF_WIDTH) array
        Row k in [signal / step**k].
    """
    differences = _differences(smoothed, q)
    count = smoothed.states.shape[1] - 2 * HALF_WIDTH
    central = np.empty((len(differences), count))  # delta^j, or mu delta^j where j is odd
    for j, forward_difference in enumerate(differences):
        start = HALF_WIDTH - j // 2
        central[j] = forward_difference[start : start + count]
        if j % 2:
            central[j] = 0.5 * (central[j] + forward_difference[start - 1 : start - 1 + count])
    result = np.empty((highest + 1, count))
    for k in range(highest + 1):
        used = central[k::2]
        result[k] = central_series(k, len(used)) @ used
    return result


def _differences(smoothed: Smoothed, q: float) -> list[Array]:
    """Forward differences of order 0 to 2 * HALF_WIDTH of the smoothed points, unrounded."""
    d = smoothed.states.shape[2]
    differences = [smoothed.states[0, : smoothed.states.shape[1] - k, k] for k in range(d)]
    differences.append(math.sqrt(q) * smoothed.noises[0, :, 0])
    while len(differences) <= 2 * HALF_WIDTH:
        differences.append(np.diff(differences[-1]))
    return differences


def residuals(z: Array, smoothed: Smoothed, q: Array) -> Array:
    """Residuals for noise ratios `q` (G,): (G, n).

    For little smoothing they are the small difference of two numbers of order 1. Where the
    penalty's derivative balances that of the squares they are also ``D^d' D^d z / q`` with
    ``D^d z = sqrt(q) w``, which is the more accurate form for q > 1.
    """
    d, n = smoothed.states.shape[2], smoothed.states.shape[1]
    noises = np.pad(smoothed.noises[:, : n - d, 0], ((0, 0), (d, d)))
    balanced = np.diff(noises, d, axis=1) / np.sqrt(q)[:, None]
    sign = (-1) ** d
    return np.where(q[:, None] > 1.0, sign * balanced, z - smoothed.states[:, :, 0])


def robust_cross_validation(z: Array, floor: float, stretch: Array, q: Array) -> Array:
    """Logarithm of the robust GCV score at noise ratios `q`.

    It is ``GCV * (gamma + (1 - gamma) tr(S^2) / n)`` with the smoother S (Lukas 2006), of which
    the second factor grows with the noise that S lets pass. The traces follow from the singular
    values `stretch` (n - d,) of the difference matrix; `floor` is added to the sum of squares.
    """
    n, d = len(z), len(z) - len(stretch)
    chain = difference_chain(n, d)
    smoothed = backward(chain, forward(chain, z[:, None], q), q, uncertainty=False)
    squares = (residuals(z, smoothed, q) ** 2).sum(axis=1) + floor
    rough = stretch**2 / (stretch**2 + q[:, None])  # eigenvalues of I - S; d more are zero
    passed = d + ((1.0 - rough) ** 2).sum(axis=1)
    robust = np.log(ROBUSTNESS + (1.0 - ROBUSTNESS) * passed / n)
    return np.asarray(np.log(squares) - 2.0 * np.log(rough.sum(axis=1)) + robust)


def choose(z: Array, floor: float, d: int) -> float:
    """Noise ratio of the smallest robust GCV score for samples `z` (n,) and penalty order `d`."""
    n = len(z)
    differences = np.diff(np.eye(n), d, axis=0)
    stretch = np.asarray(np.linalg.svd(differences, compute_uv=False), dtype=float)
    parameter = smallest(
        lambda value: robust_cross_validation(z, floor, stretch, noise_ratio(value, d)),
        math.log(LOWEST_HALF_WAVES * math.pi / n),
        math.log(HIGHEST) * ORDER / d,
        SEARCH_STEP,
    )
    return float(noise_ratio(np.array(parameter), d))


def smooth_beyond_ends(z: Array, q: float, d: int) -> Smoothed:
    """Smooth samples `z` (n,) on n + 2 * HALF_WIDTH points, of which the outer have no sample."""
    padded = np.pad(z, HALF_WIDTH)
    observed = np.pad(np.ones(len(z), dtype=bool), HALF_WIDTH)
    chain, ratio = difference_chain(len(padded), d, observed), np.array([q])
    return backward(chain, forward(chain, padded[:, None], ratio), ratio)


def fit(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], d: int, q: float | None = None
) -> Estimate:
    """Differentiate the smoother of penalty order `d` with noise ratio ``q = 1 / lambda``.

    Without `q`, robust generalised cross-validation chooses it.

    Raises
    ------
    ValueError
        If the sample times are not evenly spaced.
    """
    n, step = len(t), float((t[-1] - t[0]) / (len(t) - 1))
    steps = np.diff(t)
    if np.abs(steps - step).max() > EVEN_TOLERANCE * step:
        raise ValueError(
            f"whittaker needs evenly spaced times, got steps from {steps.min():.6g} to "
            f"{steps.max():.6g}; resample, or use smoothing_spline_gcv"
        )
    samples = unit_samples(y)
    values = np.zeros((len(orders), len(t_eval)))
    if samples.spread == 0.0:
        values[[k == 0 for k in orders]] = samples.mean
        return Estimate(values)
    q = choose(samples.z, samples.floor, d) if q is None else q
    smoothed = smooth_beyond_ends(samples.z, q, d)
    freedom = float(smoothed.variances[0, HALF_WIDTH : HALF_WIDTH + n, 0].sum())
    at_points = derivatives_at_points(smoothed, q, 2 * HALF_WIDTH)
    place = (t_eval - t[0]) / step
    nearest = np.clip(np.rint(place).astype(int), 0, n - 1)
    for row, k in enumerate(orders):
        # Taylor's series of the interpolating polynomial around the nearest sample: exact.
        for j in range(2 * HALF_WIDTH, k - 1, -1):
            values[row] = values[row] * (place - nearest) / (j - k + 1) + at_points[j, nearest]
        values[row] *= samples.spread / step**k
    values[[k == 0 for k in orders]] += samples.mean
    return Estimate(
        values, settings={"order": d, "smoothing": 1.0 / q, "degrees_of_freedom": freedom}
    )


CITES = (
    "whittaker1923graduation",
    "eilers2003perfect",
    "lukas2006robust",
    "bierman1977factorization",
)


@estimator(
    "whittaker",
    oracle="oracle_whittaker",
    family="regularisation",
    max_order=7,
    exact_degree=ORDER - 1,
    min_samples=16,
    uneven=False,
    cites=CITES,
)
def whittaker(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Derivatives of Whittaker's smoother, of order 6, with automatic lambda.

    Between the sample times the estimate is the derivative of the polynomial through the 21
    smoothed samples around the nearest sample.

    Raises
    ------
    ValueError
        If the sample times are not evenly spaced.
    """
    return fit(t, y, t_eval, orders, ORDER)


@estimator(
    "whittaker_2",
    family="regularisation",
    max_order=3,
    exact_degree=1,
    min_samples=16,
    uneven=False,
    cites=CITES,
)
def whittaker_2(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Derivatives of Whittaker's smoother of order 2 (Hodrick-Prescott), with automatic lambda.

    All else is as in `whittaker`. The response of a smoother of order d falls off with the
    frequency to the power -2 d; so in derivatives above order 2 d - 1 = 3 the remaining noise
    depends on the sample step and no longer on lambda.
    """
    return fit(t, y, t_eval, orders, 2)


@estimator(
    "whittaker_3",
    family="regularisation",
    max_order=5,
    exact_degree=2,
    min_samples=16,
    uneven=False,
    cites=CITES,
)
def whittaker_3(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Derivatives of Whittaker's smoother of order 3, with automatic lambda; see `whittaker_2`."""
    return fit(t, y, t_eval, orders, 3)


@estimator(
    "whittaker_4",
    family="regularisation",
    max_order=7,
    exact_degree=3,
    min_samples=16,
    uneven=False,
    cites=CITES,
)
def whittaker_4(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Derivatives of Whittaker's smoother of order 4, with automatic lambda; see `whittaker_2`."""
    return fit(t, y, t_eval, orders, 4)
