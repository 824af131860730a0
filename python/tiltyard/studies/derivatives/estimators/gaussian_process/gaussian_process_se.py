"""Gaussian process with squared-exponential covariance, settings by restricted likelihood.

The covariance matrix of smooth data is singular to working precision at low noise, so it is never
formed. With features A (`spectral_features`) the model of the centred samples is

    y = A c + e,   c ~ N(0, s2 I),   e ~ N(0, s2 r I),

and one QR factorisation of [A; sqrt(r) I], which is backward stable however small the noise ratio
r is, gives likelihood, its two first and three second derivatives, and the posterior.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg import qr, solve_triangular, svd
from scipy.linalg.lapack import dpotri

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.gaussian_processes.spectral_features import (
    Frequencies,
    amplitudes,
    features,
    frequencies,
)
from tiltyard.studies.derivatives.numerics.scaling import unit_time

# Points are in [-1, 1]. Parameters are theta = (log length scale, log noise ratio).
LONGEST = math.log(6.0)  # three durations: longer ones are polynomials of low degree
SHORTEST = math.log(0.004)  # bounds the number of features, and so the time, for n > 500
RATIO_BOUNDS = (-55.0, 9.0)  # noise between 1e-12 and 90 times the signal's spread
SCAN_SAMPLES = 201  # the coarse scan sees at most this many samples
SCAN_STEP = 0.3  # of the scan in log length scale; basins are some 0.5 wide or wider
SCAN_RATIOS = np.arange(-46.0, 7.0, 2.0)  # below exp(-46) an SVD cannot see the noise
MARGINS = np.array([0.2, 1.5])  # by which theta may move before the frequencies are rechosen
STEP_LIMITS = np.array([1.0, 4.0])
STARTS = 3  # local minima of the scan that are followed at most
DEPTH = 1.0  # how far above the deepest a followed minimum may lie [nats a sample]
BACKWARD_ERROR = 1e-10  # of the covariance, relative to the noise variance over n
ITERATIONS = 60
SETTLED = 1e-2  # gain of a Newton step below which rounding may decide [nats]


class Fit(NamedTuple):
    """Likelihood and posterior at one theta.

    Attributes
    ----------
    theta : (2,) array
        Log length scale and log noise ratio.
    objective : float
        Negative logarithm of the restricted likelihood, up to a constant of the data.
    gradient, hessian : (2,) and (2, 2) arrays
        Derivatives of `objective` with respect to theta.
    grid, a : frequencies and amplitudes of the features
    centre : (m,) array
        Mean of each feature over the samples.
    c : (m,) array
        Posterior mean of the coefficients.
    factor : (m, m) array
        Upper triangular R with ``R'R = A'A + r I``; the posterior covariance of the coefficients
        is ``noise_variance * inv(R'R)``.
    signal_variance, noise_variance : float
        s2 and r s2.
    """

    theta: Array
    objective: float
    gradient: Array
    hessian: Array
    grid: Frequencies
    a: Array
    centre: Array
    c: Array
    factor: Array
    signal_variance: float
    noise_variance: float


def fit(x: Array, y: Array, theta: Array, grid: Frequencies) -> Fit:
    """Evaluate likelihood, its derivatives and the posterior at `theta`.

    `x` (n,) lies in [-1, 1] and `y` (n,) has mean zero. Removing means from samples and features
    is the projection that makes the likelihood the restricted one of an unknown constant mean
    (Patterson & Thompson 1971); the signal variance has been maximised out.
    """
    n = len(x)
    r = math.exp(theta[1])
    a, squares = amplitudes(grid, math.exp(theta[0]))
    A = features(x, grid, a)
    centre = A.mean(axis=0)
    A -= centre
    m = A.shape[1]
    stacked = np.zeros((n + m, m + 1), order="F")
    stacked[:n, :m], stacked[:n, m] = A, y
    stacked[n + np.arange(m), np.arange(m)] = math.sqrt(r)
    R = qr(stacked, mode="r", overwrite_a=True, check_finite=False)[0][: m + 1]
    factor = R[:m, :m]
    c = solve_triangular(factor, R[:m, m], check_finite=False)
    Q = R[m, m] ** 2 / r  # y' K^-1 y, where K = A A' + r I on centred vectors
    log_det = (n - 1 - m) * theta[1] + 2.0 * np.log(np.abs(np.diag(factor))).sum()
    residual = y - A @ c
    gradient, hessian = _derivatives(n, r, squares, factor, c, Q, float(residual @ residual) / r)
    s2 = Q / (n - 1)
    objective = 0.5 * ((n - 1) * math.log(s2) + log_det)
    return Fit(theta, objective, gradient, hessian, grid, a, centre, c, factor, s2, s2 * r)


def _derivatives(
    n: int, r: float, squares: Array, factor: Array, c: Array, Q: float, q_r: float
) -> tuple[Array, Array]:
    """Gradient and Hessian of the objective (Rasmussen & Williams 2006, eq. 5.9, profiled).

    Written with ``B = r inv(R'R)`` and ``S = A' K^-1 A = I - B``, in which no large numbers
    cancel: both lie between 0 and I. Names: q for quadratic forms ``y' K^-1 K_i K^-1 y``, t for
    traces of ``K^-1 K_i``; l is the log length scale, r the log noise ratio.
    """
    m = len(c)
    upper = np.triu(r * dpotri(factor)[0])  # r inv(R'R)
    B = upper + np.triu(upper, 1).T
    S = np.eye(m) - B
    both = np.concatenate([squares, squares[1:]])
    d = 0.5 * (1.0 - both)  # d log a / d l, so that K_l = 2 A diag(d) A'
    dd = 4.0 * d * d - 2.0 * both  # K_ll = A diag(dd) A'
    s, squared, dc = np.diag(S), S * S, d * c
    q_l, q_lr = 2.0 * (dc @ c), 2.0 * (dc @ (B @ c))
    q_l_l, q_r_r = 4.0 * (dc @ (S @ dc)), q_r - c @ (B @ c)
    t_l, t_r = 2.0 * (d @ s), n - 1 - m + np.trace(B)
    t_l_l, t_l_r = 4.0 * (d @ (squared @ d)), 2.0 * (d @ s) - 2.0 * (d @ squared.sum(axis=1))
    t_r_r = n - 1 - 2.0 * s.sum() + squared.sum()
    k = (n - 1) / Q
    gradient = 0.5 * np.array([t_l - k * q_l, t_r - k * q_r])
    h_ll = k * (2.0 * q_l_l - (dd * c) @ c - q_l**2 / Q) + dd @ s - t_l_l
    h_lr = k * (2.0 * q_lr - q_l * q_r / Q) - t_l_r
    h_rr = k * (2.0 * q_r_r - q_r - q_r**2 / Q) + t_r - t_r_r
    return gradient, 0.5 * np.array([[h_ll, h_lr], [h_lr, h_rr]])


def scan(x: Array, y: Array, log_lengths: Array) -> Array:
    """Objective for `log_lengths` (rows) and `SCAN_RATIOS` (columns), with one SVD a row."""
    n = len(x)
    y = y - y.mean()
    objective = np.empty((len(log_lengths), len(SCAN_RATIOS)))
    ratio = np.exp(SCAN_RATIOS)[:, None]
    for row, log_length in enumerate(log_lengths):
        length = math.exp(log_length)
        # 1e-3: the scan need not be exact, and fewer features make it faster.
        grid = frequencies(length, length, 1e-3 * math.exp(SCAN_RATIOS[0]) / n)
        A = features(x, grid, amplitudes(grid, length)[0])
        A -= A.mean(axis=0)
        U, values, _ = svd(A, full_matrices=False, check_finite=False)
        z = U.T @ y
        rest = float(np.sum((y - U @ z) ** 2))
        rank = min(len(values), n - 1)  # the removed mean takes one
        shrunk = values[:rank] ** 2 + ratio
        Q = (z[:rank] ** 2 / shrunk).sum(axis=1) + rest / ratio[:, 0]
        log_det = np.log(shrunk).sum(axis=1) + (n - 1 - rank) * SCAN_RATIOS
        objective[row] = 0.5 * ((n - 1) * np.log(Q / (n - 1)) + log_det)
    return objective


def local_minima(objective: Array) -> list[tuple[int, int]]:
    """Indices of entries below their neighbours in row and column, lowest first."""
    padded = np.pad(objective, 1, constant_values=np.inf)
    middle = padded[1:-1, 1:-1]
    neighbours = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    found = np.argwhere(np.all([middle <= neighbour for neighbour in neighbours], axis=0))
    return sorted(((int(i), int(j)) for i, j in found), key=lambda ij: float(objective[ij]))


def shortest_length(n: int) -> float:
    """Logarithm of the shortest length scale for n samples: their mean spacing."""
    return max(math.log(2.0 / (n - 1)), SHORTEST)


def starts(x: Array, y: Array) -> list[Array]:
    """Starting values of theta: the deepest minima of coarse scans.

    More than SCAN_SAMPLES samples are scanned twice: an even selection of them shows the length
    scales that it resolves, a block from the middle shows whether there are shorter ones.
    """
    n = len(x)
    count = min(n, SCAN_SAMPLES)
    lowest = shortest_length(n)
    resolved = max(shortest_length(count), lowest)
    even = (2 * np.arange(count) * (n - 1) + count - 1) // (2 * (count - 1))
    found = _deepest(x[even], y[even], np.arange(resolved, LONGEST, SCAN_STEP), math.inf)
    if resolved - lowest > 1e-9:
        block = (n - count) // 2 + np.arange(count)
        log_lengths = np.arange(lowest, LONGEST, SCAN_STEP)
        found += _deepest(x[block], y[block], log_lengths, resolved + SCAN_STEP)
    return found


def _deepest(x: Array, y: Array, log_lengths: Array, highest: float) -> list[Array]:
    """The deepest minima of a scan, at most `STARTS`, with a log length scale below `highest`.

    A minimum more than `DEPTH` a sample above the deepest is left out.
    """
    objective = scan(x, y, log_lengths)
    # A grid point may lie this much above the bottom of its valley: at low noise 0.15 in log
    # length scale may cost 0.8 nats a sample.
    within = float(np.min(objective)) + DEPTH * len(x)
    return [
        np.array([log_lengths[i], SCAN_RATIOS[j]])
        for i, j in local_minima(objective)[:STARTS]
        if log_lengths[i] < highest and objective[i, j] <= within
    ]


def covering(n: int, theta: Array) -> Frequencies:
    """Frequencies that are enough for every parameter within `MARGINS` of `theta`."""
    low, high = theta - MARGINS, theta + MARGINS
    tolerance = min(BACKWARD_ERROR * math.exp(low[1]) / n, 1e-3)
    return frequencies(math.exp(low[0]), math.exp(high[0]), tolerance)


def newton_step(theta: Array, gradient: Array, hessian: Array, bounds: Array) -> Array:
    """Newton step inside `bounds` (2, 2), with the magnitudes of the Hessian's eigenvalues.

    A parameter at a bound that the gradient pushes outwards stays there.
    """
    free = ~(((theta <= bounds[0]) & (gradient > 0.0)) | ((theta >= bounds[1]) & (gradient < 0.0)))
    step = np.zeros(2)
    if free.all():
        values, vectors = np.linalg.eigh(hessian)
        # Curvature below 1e-3 would mean a standard error of 30 in a logarithm: no information.
        step = -vectors @ (vectors.T @ gradient / np.maximum(np.abs(values), 1e-3))
    else:
        for i in np.flatnonzero(free):
            step[i] = -gradient[i] / max(abs(hessian[i, i]), 1e-3)
    step *= min(1.0, *(STEP_LIMITS / np.maximum(np.abs(step), 1e-300)))
    return np.asarray(np.clip(theta + step, bounds[0], bounds[1]) - theta)


def minimise(x: Array, y: Array, theta: Array) -> Fit | None:
    """Follow the objective from `theta` to its local minimum; None if it does not settle.

    Newton's method with step halving. Near the minimum the objective's rounding error may exceed
    its changes, so there full steps are taken for as long as their gain shrinks.
    """
    n = len(x)
    bounds = np.array([[shortest_length(n), RATIO_BOUNDS[0]], [LONGEST, RATIO_BOUNDS[1]]])
    centre = np.clip(theta, bounds[0], bounds[1])  # MARGINS around it are covered by the grid
    here = fit(x, y, centre, covering(n, centre))
    previous = math.inf
    for _ in range(ITERATIONS):
        step = newton_step(here.theta, here.gradient, here.hessian, bounds)
        gain = -float(here.gradient @ step)  # twice the predicted decrease
        settled = gain < SETTLED and gain > 0.5 * previous
        if settled or float(np.max(np.abs(step))) < 1e-9:
            return here
        previous = gain
        there = _accepted(x, y, here, step, gain, centre)
        if there is None:
            break
        here = there
        if np.any(np.abs(here.theta - centre) > MARGINS):
            centre = here.theta
    return here if gain < SETTLED else None


def _accepted(x: Array, y: Array, here: Fit, step: Array, gain: float, centre: Array) -> Fit | None:
    """The fit after `step`, or after the first halved step that lowers the objective."""
    for _ in range(12):
        theta = here.theta + step
        inside = np.all(np.abs(theta - centre) <= MARGINS)
        there = fit(x, y, theta, here.grid if inside else covering(len(x), theta))
        if gain < SETTLED or there.objective < here.objective:
            return there
        step = 0.5 * step
    return None


def best_fit(x: Array, y: Array) -> Fit:
    """The deepest local minimum reached from the starts of the scan.

    Raises
    ------
    RuntimeError
        If no start converges.
    """
    fits = [found for theta in starts(x, y) if (found := minimise(x, y, theta)) is not None]
    if not fits:
        raise RuntimeError(
            f"gaussian_process_se: the likelihood of n = {len(x)} samples has no minimum that "
            "Newton's method reaches; check that the samples are finite"
        )
    return min(fits, key=lambda found: found.objective)


def posterior(model: Fit, x: Array, n: int, orders: tuple[int, ...]) -> tuple[Array, Array]:
    """Mean and standard deviation of the derivatives at `x`, each ``(len(orders), len(x))``.

    Order 0 is measured from the samples' mean, whose own uncertainty it includes.
    """
    mean = np.empty((len(orders), len(x)))
    variance = np.empty_like(mean)
    for row, order in enumerate(orders):
        J = features(x, model.grid, model.a, order)
        if order == 0:
            J -= model.centre
        mean[row] = J @ model.c
        Z = solve_triangular(model.factor, J.T, trans="T", check_finite=False)
        variance[row] = (Z * Z).sum(axis=0) + (1.0 / n if order == 0 else 0.0)
    return mean, np.sqrt(model.noise_variance * variance)


@estimator(
    "gaussian_process_se",
    oracle="oracle_gaussian_process_se",
    family="gaussian process",
    exact_degree=0,
    min_samples=8,
    standard_deviation=True,
    cites=("rasmussen2006gaussian", "patterson1971recovery"),
    prior_names=("gp_rbf", "gp_rbf_iso", "gp_rbf_mean"),
)
def gaussian_process_se(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the posterior mean of a squared-exponential Gaussian process.

    Signal ~ constant + GP with covariance ``s2 exp(-(t - t')**2 / (2 l**2))``, independent
    Gaussian noise. Length scale and noise ratio maximise the restricted likelihood, in which the
    constant mean is integrated and the signal variance maximised out: a coarse scan finds the
    minima, Newton's method with exact second derivatives polishes them.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time], evenly spaced or not, and samples [signal]; n >= 8.
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]`` [time].
    orders : tuple of int
        Orders of the derivatives, 0 to 7.

    Returns
    -------
    Estimate
        Posterior mean and standard deviation, at fixed settings, of the noise-free signal's
        derivatives; `settings` has ``length_scale`` [time], between the mean spacing (or 1/500
        of the duration) and three durations, and ``signal_sd`` and ``noise_sd`` [signal].

    Raises
    ------
    RuntimeError
        If the likelihood's optimisation does not converge from any start.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, sections 2.2, 2.7, 5.4
    and 9.4.
    """
    time = unit_time(t, t_eval)
    mean = float(np.mean(y))
    centred = y - mean
    offset = float(np.mean(centred))
    mean, centred = mean + offset, centred - offset
    size = float(np.max(np.abs(centred)))
    if size <= 8.0 * np.finfo(float).eps * abs(mean):  # constant: what is left is rounding
        values = np.zeros((len(orders), len(t_eval)))
        values[np.asarray(orders) == 0] = mean
        return Estimate(values, np.zeros_like(values), {"signal_sd": 0.0, "noise_sd": 0.0})
    scale = math.ldexp(1.0, math.frexp(size)[1])  # dividing by a power of two does not round
    model = best_fit(time.x, centred / scale)
    values, deviation = posterior(model, time.x_eval, len(t), orders)
    values = time.to_time(values * scale, orders)
    values[np.asarray(orders) == 0] += mean
    settings = {
        "length_scale": math.exp(model.theta[0]) * time.half_width,
        "signal_sd": math.sqrt(model.signal_variance) * scale,
        "noise_sd": math.sqrt(model.noise_variance) * scale,
    }
    return Estimate(values, time.to_time(deviation * scale, orders), settings)
