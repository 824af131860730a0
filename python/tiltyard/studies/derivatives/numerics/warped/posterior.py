"""Posterior derivatives of a process on a clock, with the uncertainty of its parameters.

The variance of an estimate is that at fixed parameters plus ``g' F^-1 g``, g its gradient with
respect to the parameters and F their Fisher matrix: the law of total variance with Laplace's
approximation of their posterior, to first order (Kass & Steffey 1989). The gradient is exact.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import numpy as np
from scipy.linalg import qr, solve_triangular
from scipy.linalg.blas import dtrsm

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.clock import times
from tiltyard.studies.derivatives.numerics.warped.features import ComplexArray, waves_of_series
from tiltyard.studies.derivatives.numerics.warped.left_out import LeftOut
from tiltyard.studies.derivatives.numerics.warped.likelihood import Fit
from tiltyard.studies.derivatives.numerics.warped.member import derived_columns
from tiltyard.studies.derivatives.numerics.warped.scoring import SMALLEST_CURVATURE, Optimum

CHUNK = 128  # evaluation times at once: bounds the memory
CANCELLED = 1e-6  # of one: a smaller difference from it is computed without cancellation


class Regression(Protocol):
    """Ridge regression of samples y on the columns of A, with ridge r.

    Attributes
    ----------
    c, alpha : (m,), (n,) arrays
        ``(A'A + r I)^-1 A'y`` and ``(y - A c) / r``.
    """

    c: Array
    alpha: Array

    def inverse_diagonal(self) -> Array:
        """Diagonal (n,) of ``(A A' + r I)^-1``, to a relative precision."""

    def propagate(self, f: Array, s: Array) -> Array:
        """``(A'A + r I)^-1 (r f + A' s)`` for matrices f (m, p) and s (n, p)."""

    def variance(self, J: Array) -> Array:
        """Posterior variance of ``J c`` (q,) in that of the signal: ``r J (A'A + r I)^-1 J'``."""


class TallRegression:
    """Regression with fewer columns than samples: ``[A; sqrt(r) I] = Q R``."""

    def __init__(self, A: Array, y: Array, r: float) -> None:
        n, m = A.shape
        stacked = np.zeros((n + m, m), order="F")
        stacked[:n] = A
        stacked[n + np.arange(m), np.arange(m)] = math.sqrt(r)
        Q, R = qr(stacked, mode="economic", overwrite_a=True, check_finite=False)
        self.R, self.r, self.root = R, r, math.sqrt(r)
        self.Q, self.top, self.bottom = Q, Q[:n], Q[n:]
        self.c = solve_triangular(R, self.top.T @ y, check_finite=False)
        self.alpha = (y - A @ self.c) / r

    def inverse_diagonal(self) -> Array:
        free = 1.0 - np.square(self.top).sum(axis=1)
        # Where little is free the difference has lost its digits; the length of what Q leaves of
        # the sample's unit vector has not.
        tied = np.flatnonzero(free < CANCELLED)
        left = self.Q @ self.top[tied].T
        left[tied, np.arange(len(tied))] -= 1.0
        free[tied] = np.square(left).sum(axis=0)
        return np.asarray(free / self.r)

    def propagate(self, f: Array, s: Array) -> Array:
        right = self.top.T @ s + self.root * (self.bottom.T @ f)
        return np.asarray(solve_triangular(self.R, right, check_finite=False))

    def variance(self, J: Array) -> Array:
        scaled = self.root * dtrsm(1.0, self.R, J, side=1)
        return np.asarray(np.einsum("ij,ij->i", scaled, scaled))


class WideRegression:
    """Regression with at least as many columns as samples: ``[A'; sqrt(r) I] = [Q1; Q2] R``.

    ``c = Q1 R^-T y`` is the stable way to a solution of least norm, and ``I - Q1 Q1'`` the
    covariance.
    """

    def __init__(self, A: Array, y: Array, r: float) -> None:
        n, m = A.shape
        stacked = np.zeros((m + n, n), order="F")
        stacked[:m] = A.T
        stacked[m + np.arange(n), np.arange(n)] = math.sqrt(r)
        self.Q, self.R = qr(stacked, mode="economic", overwrite_a=True, check_finite=False)
        self.Q1 = self.Q[:m]
        z = solve_triangular(self.R, y, trans="T", check_finite=False)
        self.c = self.Q1 @ z
        self.alpha = solve_triangular(self.R, z, check_finite=False)

    def inverse_diagonal(self) -> Array:
        # K = R'R, so that squares are only added up.
        inverse = solve_triangular(self.R, np.eye(len(self.R)), check_finite=False)
        return np.asarray(np.square(inverse).sum(axis=1))

    def propagate(self, f: Array, s: Array) -> Array:
        z = solve_triangular(self.R, s, trans="T", check_finite=False)
        return np.asarray(f + self.Q1 @ (z - self.Q1.T @ f))

    def variance(self, J: Array) -> Array:
        # The norm of the part of [J'; 0] outside the columns of Q, rather than a difference of
        # variances, keeps 1e-16 of the prior deviation.
        left = (J @ self.Q1) @ self.Q.T
        left[:, : J.shape[1]] -= J
        return np.asarray(np.einsum("ij,ij->i", left, left))


class Prediction(NamedTuple):
    """Derivatives at q points, each (number of orders, q).

    Attributes
    ----------
    mean : array
        Posterior mean.
    fixed : array
        Variance at fixed parameters.
    settings : array
        Variance due to the parameters' uncertainty.
    """

    mean: Array
    fixed: Array
    settings: Array

    @property
    def variance(self) -> Array:
        return self.fixed + self.settings


class Posterior:
    """Posterior of a member's process at the parameters of `optimum`, given samples `y` at `x`.

    `x` are unit times. The parameters may have been learned from some of these samples only.

    Attributes
    ----------
    signal_variance, noise_variance : float
        Variances of the process and of the noise on the samples.
    """

    def __init__(self, optimum: Optimum, x: Array, y: Array) -> None:
        member = optimum.member
        fit = optimum.fit
        more = len(x) > len(member.x)
        if more:
            member = member.at(x)
            self.A, self.B, self.clock_gradient = member.columns(optimum.theta)
        else:
            self.A, self.B, self.clock_gradient = fit.A, fit.B, fit.clock_gradient
        self.optimum, self.member = optimum, member
        tall = self.A.shape[1] < len(y)
        self.regression: Regression = (TallRegression if tall else WideRegression)(self.A, y, fit.r)
        c, alpha = self.regression.c, self.regression.alpha
        self.signal_variance = optimum.signal_variance()
        if more and member.noise_variance is None:
            Q = fit.r * float(alpha @ alpha) + float(c @ c)
            self.signal_variance *= (Q / len(y)) / (fit.Q / len(fit.y))
        self.noise_variance = fit.r * self.signal_variance
        values, vectors = np.linalg.eigh(optimum.fisher)
        self.root = vectors / np.sqrt(np.maximum(values, SMALLEST_CURVATURE))
        self.by_settings = self._sensitivity(fit) @ self.root

    def _sensitivity(self, fit: Fit) -> Array:
        """Derivatives (m, p) of ``a c`` by the parameters, over the amplitudes a of the columns.

        A parameter of the spectrum changes the coefficients' mean c and the amplitudes, others c.
        ``dc = (A'A + r I)^-1 (r dA' alpha - A' dA c - dr c)``, where ``A' alpha = c``.
        """
        c, alpha, D = self.regression.c, self.regression.alpha, self.clock_gradient
        scaled = (fit.spectral_slopes * c).T
        f = np.hstack([scaled, -c[:, None], self.B.T @ (D * alpha[:, None])])
        s = np.hstack([-(self.A @ scaled), np.zeros((len(alpha), 1)), -(D * (self.B @ c)[:, None])])
        sensitivity = self.regression.propagate(f, s)
        sensitivity[:, : scaled.shape[1]] += scaled
        return sensitivity

    def local_length(self) -> Array:
        """Length scale in unit time at the samples (n,): short where the clock runs fast."""
        member, theta = self.member, self.optimum.theta
        log_length, _, _, u = member.parts(theta)
        tau, _ = member.clock.series(u, 2)
        return np.asarray(math.exp(log_length) / tau[1])

    def left_out(self) -> LeftOut:
        """Each sample less its prediction from the others, at fixed parameters.

        With the covariance K the difference is ``K^-1 y / diag K^-1`` and its variance
        ``1 / diag K^-1`` (Rasmussen & Williams 2006, eq. 5.12).
        """
        inverse = self.regression.inverse_diagonal()
        return LeftOut(self.regression.alpha / inverse, self.signal_variance / inverse)

    def predict(self, x: Array, orders: tuple[int, ...]) -> Prediction:
        """Derivatives of `orders` with respect to unit time at `x` (q,)."""
        chunks = [x[i : i + CHUNK] for i in range(0, len(x), CHUNK)]
        parts = [self._predict(chunk, orders) for chunk in chunks]
        return Prediction(*(np.concatenate(rows, axis=1) for rows in zip(*parts, strict=True)))

    def _predict(self, x: Array, orders: tuple[int, ...]) -> Prediction:
        fit, member, c = self.optimum.fit, self.member, self.regression.c
        tau, clock = member.clock.at(x).series(member.parts(fit.theta)[3], max(orders) + 1)
        E = waves_of_series(tau, fit.grid)
        J = derived_columns(member, E, fit.a, x, orders)
        own = c[2:] if member.trend else c
        by_tau = np.matmul(E, _of_slope(fit.w, fit.a, own)).real
        factors = np.array([math.factorial(order) for order in orders], dtype=float)
        # Series of f'(tau) d tau / d u.
        by_clock = times(by_tau[..., None], clock)[list(orders)] * factors[:, None, None]
        gradient = (J @ self.by_settings).reshape(*by_clock.shape[:2], -1)
        gradient += by_clock @ self.root[member.globals :]
        shape = len(orders), len(x)
        return Prediction(
            (J @ c).reshape(shape),
            self.signal_variance * self.regression.variance(J).reshape(shape),
            np.einsum("ijk,ijk->ij", gradient, gradient),
        )


def _of_slope(w: Array, a: Array, c: Array) -> ComplexArray:
    """Coefficients (M + 1,) of waves whose sum has the derivative by the reading as its real part.

    The columns have frequencies w, amplitudes a (M + 1,) and coefficients c (2 M + 1,).
    """
    sines = np.concatenate([[0.0], c[len(w) :]])
    return np.asarray(w * a * (1j * c[: len(w)] + sines))


def means(optimum: Optimum, depth: int) -> Array:
    """Posterior means (depth, n) of the derivatives of order 0 .. depth - 1 at the samples."""
    fit, member = optimum.fit, optimum.member
    A, x = fit.A, member.x
    c = (TallRegression if A.shape[1] < len(x) else WideRegression)(A, fit.y, fit.r).c
    tau, _ = member.clock.series(member.parts(fit.theta)[3], depth)
    E = waves_of_series(tau, fit.grid)
    J = derived_columns(member, E, fit.a, x, tuple(range(depth)))
    return np.asarray((J @ c).reshape(depth, -1))
