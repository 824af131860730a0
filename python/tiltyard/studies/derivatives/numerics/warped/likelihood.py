"""Likelihood of a Gaussian process on a clock, its gradient and its Fisher matrix.

Samples of mean 0 and variance 1 are ``y = A c + e`` with c ~ N(0, s2 I), e ~ N(0, s2 r I). Columns
of A are a line (for members with a trend) and `features` of the clock's reading.
The signal variance s2 is maximised out, or follows from r where the noise is known. With
``K = A A' + r I`` and ``B = dA / dtau``, derivatives are ``K_j = A diag(g_j) A'`` for the spectrum
and ``K_j = D_j B A' + A B' D_j`` for the clock, where ``D_j = diag(d tau / d u_j)``. So with
``P = B A' K^-1`` and ``V = B A' K^-1 A B'`` the clock's block of the Fisher matrix

    F_jk = tr(K^-1 K_j K^-1 K_k) / 2 = d_j' (P * P' + V * K^-1) d_k

(elementwise products) takes three products of n x n matrices, however many parameters it has.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.linalg import cholesky, eigh, qr, solve_triangular
from scipy.linalg.lapack import dpotri

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.features import (
    amplitudes,
    as_columns,
    both,
    waves,
)
from tiltyard.studies.derivatives.numerics.warped.member import Member, with_trend

GRAM_RATIO = 1e-10  # noise ratio above which the Gram matrix of the features serves
CHOLESKY_RATIO = 1e-9  # noise ratio above which K itself has enough digits


class Products(NamedTuple):
    """Half the products tr(K^-1 K_i K^-1 K_j), and traces tr(K^-1 K_j), in parts.

    Indices i over the q parameters of the spectrum; n samples.

    Attributes
    ----------
    spectral, spectral_ratio, ratio : (q, q), (q,) arrays and float
        Products of the spectrum's parameters, of them with log r, and of log r.
    per_time : (q + 1, n) array
        Times the clock's gradient: products of the spectrum's parameters, and of log r, with the
        clock's parameters.
    clock : (n, n) array
        Between two columns of the clock's gradient: the product of these two parameters.
    diagonal : (m,) array
        Diagonal of ``A' K^-1 A``.
    trace : float
        ``r tr(K^-1)``.
    time_diagonal : (n,) array
        Diagonal of ``B A' K^-1``.
    """

    spectral: Array
    spectral_ratio: Array
    ratio: float
    per_time: Array
    clock: Array
    diagonal: Array
    trace: float
    time_diagonal: Array


class Fit:
    """Likelihood of a member at theta, with the factorisations that its derivatives use.

    Attributes
    ----------
    J : float
        Negative log of likelihood times prior; inf where it cannot be computed.
    scale : float
        Signal variance s2.
    r : float
        Noise ratio.
    A : (n, m) array
        Columns of the line and the features.
    E : (n, M + 1) complex array
        Waves at the samples.
    alpha : (n,) array
        ``K^-1 y``.
    """

    def __init__(self, member: Member, theta: Array, y: Array) -> None:
        self.grid = grid = member.required_grid()
        self.member, self.theta, self.y = member, theta, y
        log_length, log_p, log_ratio, u = member.parts(theta)
        n = len(y)
        self.r = r = math.exp(log_ratio)
        self.w = grid.w()
        self.tau, self.clock_gradient = member.clock.read(u)
        self.a, self.slopes = amplitudes(self.w, log_length, log_p)
        self.E = waves(self.tau, grid)
        self.A = with_trend(member, as_columns(self.E, self.a), member.x)
        m = self.A.shape[1]
        self.in_features = m < n and r > GRAM_RATIO
        log_det, Q = self._by_features() if self.in_features else self._by_samples()
        self.Q = max(Q, 1e-250)
        if member.noise_variance is None:
            self.scale = self.Q / n
        else:
            self.scale = member.noise_variance / r
        density = n * math.log(2.0 * math.pi * self.scale) + self.Q / self.scale
        self.L = 0.5 * (density + log_det)
        J = self.L + member.prior(theta)[0]
        self.J = J if math.isfinite(J) else math.inf

    def _by_features(self) -> tuple[float, float]:
        """Factorise A'A, and return log det K and y'K^-1 y."""
        A, y, r, n = self.A, self.y, self.r, len(self.y)
        values, vectors = eigh(A.T @ A, driver="evd", check_finite=False)
        values = np.maximum(values, 0.0)
        self.values, self.vectors = values, vectors
        keep = values > 1e-6 * r  # the vectors of smaller values are rounding, and do not matter
        s2, V = values[keep], vectors[:, keep]
        self.s2, self.V, self.U = s2, V, (A @ V) / np.sqrt(s2)
        c = V @ ((V.T @ (A.T @ y)) / (s2 + r))
        residual = y - A @ c
        self.alpha = residual / r
        log_det = float(np.log1p(s2 / r).sum()) + n * math.log(r)
        return log_det, float(residual @ residual) / r + float(c @ c)

    def _by_samples(self) -> tuple[float, float]:
        """Factorise K = R'R, not formed at low noise, and return log det K and y'K^-1 y."""
        A, r, n = self.A, self.r, len(self.y)
        m = A.shape[1]
        if r > CHOLESKY_RATIO:
            K = A @ A.T
            K[np.diag_indices(n)] += r
            R = cholesky(K, overwrite_a=True, check_finite=False)
        else:
            stacked = np.zeros((m + n, n), order="F")
            stacked[:m] = A.T
            stacked[m + np.arange(n), np.arange(n)] = math.sqrt(r)
            R = qr(stacked, mode="r", overwrite_a=True, check_finite=False)[0][:n]
        self.R = R
        self.z = solve_triangular(R, self.y, trans="T", check_finite=False)
        self.alpha = solve_triangular(R, self.z, check_finite=False)
        return 2.0 * float(np.log(np.abs(np.diag(R))).sum()), float(self.z @ self.z)

    @cached_property
    def G(self) -> Array:  # noqa: N802
        """``R^-T A``, of norm at most 1."""
        return solve_triangular(self.R, self.A, trans="T", check_finite=False)

    @cached_property
    def B(self) -> Array:  # noqa: N802
        """Derivatives of the columns of A by tau."""
        B = as_columns(1j * self.w * self.E, self.a)
        return with_trend(self.member, B, self.member.x, order=2)  # the line is free of tau

    @cached_property
    def spectral_slopes(self) -> Array:
        """Derivatives of the log amplitudes of A's columns by log l (and log p)."""
        slopes = both(self.slopes)
        return np.hstack([np.zeros((len(slopes), 2)), slopes]) if self.member.trend else slopes

    def derivatives(self) -> tuple[Array, Array]:
        """Gradient of J, and the Fisher matrix with the prior's Hessian added."""
        products = self._products_of_features if self.in_features else self._products_of_samples
        traces, forms, F = self._assemble(products())
        i = self.member.globals - 1
        if self.member.noise_variance is None:
            F -= np.outer(traces, traces) / (2.0 * len(self.y))
            gradient = 0.5 * (traces - forms / self.scale)
        else:  # s2 = noise variance / r: the derivative of s2 K by log r is s2 (r I - K)
            F[i] -= 0.5 * traces
            F[:, i] -= 0.5 * traces
            F[i, i] += 0.5 * len(self.y)
            traces[i] -= len(self.y)
            forms[i] -= self.Q
            gradient = 0.5 * (traces - forms / self.scale)
        _, slope, curvature = self.member.prior(self.theta)
        return gradient + slope, F + np.diag(curvature)

    def _assemble(self, products: Products) -> tuple[Array, Array, Array]:
        """Traces tr(K^-1 K_j), forms alpha' K_j alpha, and the matrix tr(K^-1 K_i K^-1 K_j) / 2."""
        D, g = self.clock_gradient, 2.0 * self.spectral_slopes
        q = len(g)
        F = np.empty((q + 1 + D.shape[1],) * 2)
        F[:q, :q] = products.spectral
        F[:q, q] = F[q, :q] = products.spectral_ratio
        F[q, q] = products.ratio
        F[: q + 1, q + 1 :] = products.per_time @ D
        F[q + 1 :, : q + 1] = F[: q + 1, q + 1 :].T
        F[q + 1 :, q + 1 :] = D.T @ products.clock @ D
        traces = np.concatenate(
            [g @ products.diagonal, [products.trace], 2.0 * (products.time_diagonal @ D)]
        )
        A_alpha = self.A.T @ self.alpha if self.in_features else self.G.T @ self.z
        in_time = 2.0 * self.alpha * (self.B @ A_alpha)
        of_noise = self.r * float(self.alpha @ self.alpha)
        return traces, np.concatenate([g @ np.square(A_alpha), [of_noise], in_time @ D]), F

    def _products_of_features(self) -> Products:
        r, n, s2, U, V, B = self.r, len(self.y), self.s2, self.U, self.V, self.B
        g = 2.0 * self.spectral_slopes
        total, s, outside = s2 + r, np.sqrt(s2), len(self.y) - len(s2)
        H = (V * (s2 / total)) @ V.T  # A' K^-1 A
        KA, KKA = (U * (s / total)) @ V.T, (U * (s / total**2)) @ V.T  # K^-1 A, K^-2 A
        clock = np.zeros((n, n))
        if self.clock_gradient.shape[1]:
            inverse = -(U * (s2 / total)) @ U.T
            inverse[np.diag_indices(n)] += 1.0
            P = B @ KA.T
            clock = P * P.T + (B @ H @ B.T) * (inverse / r)
        per_time = [((B @ (H * gi)) * KA).sum(axis=1) for gi in g]
        return Products(
            spectral=0.5 * (g @ (H * H) @ g.T),
            spectral_ratio=0.5 * r * (g @ (self.A * KKA).sum(axis=0)),
            ratio=0.5 * (float(np.square(r / total).sum()) + outside),
            per_time=np.array([*per_time, r * (B * KKA).sum(axis=1)]),
            clock=clock,
            diagonal=np.diag(H),
            trace=float((r / total).sum()) + outside,
            time_diagonal=(B * KA).sum(axis=1),
        )

    def _products_of_samples(self) -> Products:
        r, n, G = self.r, len(self.y), self.G
        g = 2.0 * self.spectral_slopes
        S = np.array([(G * gi) @ G.T for gi in g])  # R^-T K_i R^-1
        root = solve_triangular(self.R, np.eye(n), check_finite=False)
        S_r = r * (root.T @ root)
        flat = S.reshape(len(g), -1)
        per_time, time_diagonal = np.zeros((len(g) + 1, n)), np.zeros(n)
        clock = np.zeros((n, n))
        if self.clock_gradient.shape[1]:
            inverse = np.triu(dpotri(self.R)[0])
            inverse += np.triu(inverse, 1).T
            C = self.B @ G.T
            P = C @ root.T
            time_diagonal = np.diag(P)
            clock = P * P.T + (C @ C.T) * inverse
            per_time[:-1] = [((C @ Si) * root).sum(axis=1) for Si in S]
            per_time[-1] = r * (P * inverse).sum(axis=1)
        return Products(
            spectral=0.5 * flat @ flat.T,
            spectral_ratio=0.5 * flat @ S_r.ravel(),
            ratio=0.5 * float(np.square(S_r).sum()),
            per_time=per_time,
            clock=clock,
            diagonal=np.square(G).sum(axis=0),
            trace=float(np.trace(S_r)),
            time_diagonal=time_diagonal,
        )
