"""Gaussian processes with Fourier features: likelihood, its derivatives, and the posterior.

Samples are ``y = H b + A c + e`` with a trend H of unknown coefficients b (Patterson & Thompson
1971), features A = F diag(a) of frequencies ``2 pi k / period``, c ~ N(0, s2 I) and
e ~ N(0, s2 r I). On a circle of circumference `period` such a process has the spectral density
a_k**2, and its covariance matrix A A' is never formed. With one factorisation

    [A'; sqrt(r) I] = [Q1; Q2] R,   R'R = A A' + r I,

the posterior mean of c is ``Q1 w`` with ``R' w = y`` (the stable way to a solution of least norm),
and with ``K_i = A diag(g_i) A'`` the derivative of the covariance by parameter i, all that
likelihood, gradient and Hessian need are the matrices ``M_i = R^-T K_i R^-1 = Q1' diag(g_i) Q1``
and ``M_r = Q2' Q2``: sums of products in which nothing large cancels, however small r is.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg import qr, solve_triangular

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_spectra import (
    Density,
    Spectrum,
)


class Grid(NamedTuple):
    """Angular frequencies ``2 pi k / period``, k = 0 .. highest."""

    period: float
    highest: int

    def w(self) -> Array:
        return np.asarray(2.0 * math.pi / self.period * np.arange(self.highest + 1), dtype=float)


class Samples(NamedTuple):
    """Samples and features of one grid without their trends, in the features' coordinates.

    Attributes
    ----------
    grid : Grid
    F : (k, m) array
        Features of amplitude 1, their least-squares trends removed; k = min(n, m) rows.
    y : (k,) array
        The samples in the same coordinates.
    rest : float
        Sum of squares of the samples outside these coordinates.
    freedom : int
        Number of samples less that of trend coefficients.
    trends : (d, m) array
        Least-squares coefficients of each feature on the trend.
    """

    grid: Grid
    F: Array
    y: Array
    rest: float
    freedom: int
    trends: Array


class Fit(NamedTuple):
    """Likelihood and posterior at one theta = (parameters of the spectrum, log noise ratio).

    Attributes
    ----------
    theta : (q + 1,) array
    objective : float
        Negative log of restricted likelihood times prior, up to a constant.
    gradient, hessian : (q + 1,), (q + 1, q + 1) arrays
    a : (m,) array
        Amplitudes of the features.
    c : (m,) array
        Posterior mean of the coefficients.
    Q : (m + k, k) array
        Orthonormal columns; ``s2 (I - Q1 Q1')`` is the covariance of the coefficients.
    signal_variance, noise_variance : float
        s2 and r s2.
    """

    theta: Array
    objective: float
    gradient: Array
    hessian: Array
    a: Array
    c: Array
    Q: Array
    signal_variance: float
    noise_variance: float


def trend_basis(x: Array, degree: int, order: int = 0) -> Array:
    """Derivatives of 1, x, ..., x**degree (degree <= 1) at `x` (n,)."""
    columns = [np.full(len(x), float(order == 0))]
    if degree > 0:
        columns.append(x if order == 0 else np.full(len(x), float(order == 1)))
    return np.stack(columns, axis=1)


def waves(x: Array, w: Array) -> tuple[Array, Array]:
    """Cosines and sines of ``x w``, each (len(x), len(w))."""
    phase = np.multiply.outer(x, w)
    return np.cos(phase), np.sin(phase)


def unit_features(both: tuple[Array, Array], w: Array, order: int = 0) -> Array:
    """Derivatives of features of amplitude 1: cosines of all frequencies, sines of those > 0."""
    cos, sin = both
    cos, sin = ((cos, sin), (-sin, cos), (-cos, -sin), (sin, -cos))[order % 4]
    powers = w**order
    return np.hstack([cos * powers, sin[:, 1:] * powers[1:]])


def amplitudes(grid: Grid, density: Density) -> Array:
    """Amplitudes of the features: roots of density times spacing, doubled but at frequency 0."""
    half = np.exp(0.5 * density.log) * math.sqrt(4.0 * math.pi / grid.period)
    half[0] *= math.sqrt(0.5)
    return np.concatenate([half, half[1:]])


def reduce(x: Array, y: Array, grid: Grid, degree: int) -> Samples:
    """Remove trends of `degree` (0 or 1) and rotate to as few coordinates as there are features.

    `x` (n,) lies in [-1, 1].
    """
    H = trend_basis(x, degree)
    T, R = qr(H, mode="economic", check_finite=False)
    w = grid.w()
    F = unit_features(waves(x, w), w)
    trends = T.T @ F
    F -= T @ trends
    y = y - T @ (T.T @ y)
    freedom = len(x) - H.shape[1]
    rest = 0.0
    if F.shape[1] < len(x):
        Q, F = qr(F, mode="economic", check_finite=False)
        inside = Q.T @ y
        rest = float(np.sum(np.square(y - Q @ inside)))
        y = inside
    return Samples(grid, F, y, rest, freedom, solve_triangular(R, trends))


def fit(samples: Samples, spectrum: Spectrum, theta: Array) -> Fit:
    """Evaluate likelihood, its derivatives and the posterior at `theta` (q + 1,)."""
    grid, F, y, rest, N, _ = samples
    k, m = F.shape
    r = math.exp(theta[-1])
    density = spectrum.density(theta[:-1], grid.w())
    a = amplitudes(grid, density)
    stacked = np.zeros((m + k, k), order="F")
    stacked[:m] = (F * a).T
    stacked[m + np.arange(k), np.arange(k)] = math.sqrt(r)
    Q, R = qr(stacked, mode="economic", overwrite_a=True, check_finite=False)
    w = solve_triangular(R, y, trans="T", check_finite=False)
    c = Q[:m] @ w
    form = float(w @ w) + rest / r  # y' K^-1 y
    log_det = 2.0 * float(np.log(np.abs(np.diag(R))).sum()) + (N - k) * theta[-1]
    gradient, hessian = _derivatives(Q, w, c, density, form, rest / r, N)
    objective = 0.5 * (N * math.log(form / N) + log_det)
    s2 = form / N
    if spectrum.log_prior is not None:
        log, slope, curvature = spectrum.log_prior(theta[:-1])
        objective -= log
        gradient[:-1] -= slope
        hessian[:-1, :-1] -= np.diag(curvature)
    return Fit(theta, objective, gradient, hessian, a, c, Q, s2, s2 * r)


def _derivatives(
    Q: Array, w: Array, c: Array, density: Density, form: float, rest: float, N: int
) -> tuple[Array, Array]:
    """Gradient and Hessian of the objective (Rasmussen & Williams 2006, eq. 5.9, profiled)."""
    k, m, q = len(w), len(c), len(density.gradient)
    Q1, Q2 = Q[:m], Q[m:]
    g = np.concatenate([density.gradient, density.gradient[:, 1:]], axis=1)
    h = np.concatenate([density.hessian, density.hessian[..., 1:]], axis=2)
    second = g[:, None] * g[None] + h  # K_ij = A diag(second) A'
    M = np.empty((q + 1, k, k))
    for i in range(q):
        M[i] = Q1.T @ (g[i][:, None] * Q1)
    M[q] = Q2.T @ Q2
    Mw = M @ w
    outside = np.zeros(q + 1)
    outside[q] = 1.0  # the coordinates without features have covariance r I
    forms = Mw @ w + rest * outside
    traces = np.trace(M, axis1=1, axis2=2) + (N - k) * outside
    both = np.diag(outside)
    pairs = Mw @ Mw.T + rest * both
    flat = M.reshape(q + 1, -1)
    products = flat @ flat.T + (N - k) * both
    second_forms, second_traces = both * forms[q], both * traces[q]
    second_forms[:q, :q] = second @ np.square(c)
    second_traces[:q, :q] = second @ np.square(Q1).sum(axis=1)
    gradient = 0.5 * (traces - N / form * forms)
    curvature = (2.0 * pairs - second_forms) / form - np.outer(forms, forms) / form**2
    return gradient, 0.5 * (N * curvature + second_traces - products)


def left_out(grid: Grid, spectrum: Spectrum, theta: Array, orders: tuple[int, ...]) -> Array:
    """Variances of the derivatives (len(orders),) that frequencies above the grid's would add.

    These frequencies matter where the bandwidth, and not the noise, has limited the grid. The
    variances are in units of the signal variance s2.
    """
    wide = Grid(grid.period, 32 * grid.highest)
    w = wide.w()[grid.highest + 1 :]
    square = np.exp(spectrum.density(theta[:-1], w).log) * 4.0 * math.pi / grid.period
    return np.array([float(square @ w ** (2 * order)) for order in orders])


def posterior(
    samples: Samples, model: Fit, x: Array, y: Array, x_eval: Array, orders: tuple[int, ...]
) -> tuple[Array, Array]:
    """Mean and standard deviation of the derivatives at `x_eval`, ``(len(orders), len(x_eval))``.

    `x` and `y` (n,) are the samples of which `samples` are made.
    """
    degree = len(samples.trends) - 1
    T, R = qr(trend_basis(x, degree), mode="economic", check_finite=False)
    trend_of_y = solve_triangular(R, T.T @ y)
    w, m = samples.grid.w(), len(model.a)
    both = waves(x_eval, w)
    mean = np.empty((len(orders), len(x_eval)))
    variance = np.empty_like(mean)
    for row, order in enumerate(orders):
        H = trend_basis(x_eval, degree, order)
        J = unit_features(both, w, order) - H @ samples.trends
        J *= model.a
        mean[row] = J @ model.c + H @ trend_of_y
        # The samples do not determine the part of [J'; 0] outside the columns of Q; its norm,
        # rather than a difference of variances, keeps 1e-16 of the prior deviation.
        inside = model.Q @ (model.Q[:m].T @ J.T)
        inside[:m] -= J.T
        own = solve_triangular(R, H.T, trans="T")
        variance[row] = model.signal_variance * np.square(inside).sum(axis=0)
        variance[row] += model.noise_variance * np.square(own).sum(axis=0)
    return mean, np.sqrt(variance)
