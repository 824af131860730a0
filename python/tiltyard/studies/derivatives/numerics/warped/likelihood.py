"""Likelihood of a Gaussian process on a clock, its gradient and its Fisher matrix.

Samples of mean 0 and variance 1 are ``y = A c + e`` with c ~ N(0, s2 I), e ~ N(0, s2 r I). Columns
of A are a line (for members with a trend) and `features` of the clock's reading.
The signal variance s2 is maximised out, or follows from r where the noise is known.

With ``K = A A' + r I`` and ``B = dA / dtau``, derivatives are ``K_j = A diag(g_j) A'`` for the
spectrum and ``K_j = D_j B A' + A B' D_j`` for the clock, where ``D_j = diag(d tau / d u_j)``. So
with ``H = A' K^-1 A``, ``P = B A' K^-1`` and ``V = B H B'`` the Fisher matrix

    F_jk = tr(K^-1 K_j K^-1 K_k) / 2

is ``g_j' (H * H) g_k / 2`` between parameters of the spectrum (elementwise products),
``g_j' (B H * K^-1 A)' d_k`` between one of them and one of the clock, and
``d_j' (P * P' + V * K^-1) d_k`` between two of the clock. That takes a few products of matrices,
however many parameters there are. Since ``r K^-1 = I - A A' K^-1``, H also has what concerns r.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.linalg.blas import dsyrk, dtrsm
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs, dtpqrt

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.warped.features import (
    amplitude_slopes,
    amplitudes,
    both,
    waves,
)
from tiltyard.studies.derivatives.numerics.warped.member import Member, with_trend

GRAM_RATIO = 1e-10  # noise ratio above which the Gram matrix of the features serves
CHOLESKY_RATIO = 1e-9  # noise ratio above which K itself has enough digits
BLOCK = 16  # columns that the orthogonal factorisation takes at once


class OfClock(NamedTuple):
    """Matrices of which derivatives by a clock's parameters consist; n samples and m columns.

    Attributes
    ----------
    BH, KA : (n, m) arrays
        ``B A' K^-1 A`` and ``K^-1 A``.
    P, V, inverse : (n, n) arrays
        ``B A' K^-1``, ``B A' K^-1 A B'`` and ``K^-1``.
    """

    BH: Array
    KA: Array
    P: Array
    V: Array
    inverse: Array


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
        self.tau = member.clock.tau(u)
        self.a = amplitudes(self.w, log_length, log_p)
        self.A = with_trend(member, waves(self.tau, grid), self.a, member.x)
        self.in_features = self.A.shape[1] < n and r > GRAM_RATIO and self._factorise_gram()
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

    def _factorise_gram(self) -> bool:
        """Factorise ``A'A + r I = R'R``; False if rounding has made it indefinite."""
        gram = self.A.T @ self.A
        gram[np.diag_indices(len(gram))] += self.r
        self.R, failed = dpotrf(gram.T, overwrite_a=1)
        return not failed

    def _by_features(self) -> tuple[float, float]:
        """Log det K and y'K^-1 y from the factors of the Gram matrix."""
        A, y, r, n = self.A, self.y, self.r, len(self.y)
        c = dpotrs(self.R, A.T @ y)[0]
        residual = y - A @ c
        self.alpha = residual / r
        log_det = _log_det(self.R) + (n - len(c)) * math.log(r)
        return log_det, float(residual @ residual) / r + float(c @ c)

    def _by_samples(self) -> tuple[float, float]:
        """Factorise K = R'R, not formed at low noise, and return log det K and y'K^-1 y."""
        A, r, n = self.A, self.r, len(self.y)
        failed = 1
        if r > CHOLESKY_RATIO:
            K = A @ A.T
            K[np.diag_indices(n)] += r
            self.R, failed = dpotrf(K.T, overwrite_a=1)
        if failed:  # R of the QR decomposition of [sqrt(r) I; A']
            noise = np.zeros((n, n), order="F")
            noise[np.diag_indices(n)] = math.sqrt(r)
            rows = np.array(A.T, order="F")
            self.R = dtpqrt(0, min(BLOCK, n), noise, rows, overwrite_a=1, overwrite_b=1)[0]
        self.z = dtrsm(1.0, self.R, self.y[:, None], trans_a=1)[:, 0]
        self.alpha = dtrsm(1.0, self.R, self.z[:, None])[:, 0]
        return _log_det(self.R), float(self.z @ self.z)

    @cached_property
    def clock_gradient(self) -> Array:
        """Derivatives (n, K) of tau by the clock's parameters."""
        return self.member.clock.read(self.theta[self.member.globals :]).gradient

    @cached_property
    def G(self) -> Array:  # noqa: N802
        """``R^-T A``, of norm at most 1, where K = R'R."""
        return np.asarray(dtrsm(1.0, self.R, self.A, trans_a=1))

    @cached_property
    def B(self) -> Array:  # noqa: N802
        """Derivatives of the columns of A by tau."""
        return self.member.by_reading(self.A, self.w)

    @cached_property
    def spectral_slopes(self) -> Array:
        """Derivatives of the log amplitudes of A's columns by log l (and log p)."""
        log_length, log_p, _, _ = self.member.parts(self.theta)
        slopes = both(amplitude_slopes(self.w, log_length, log_p, self.a))
        return np.hstack([np.zeros((len(slopes), 2)), slopes]) if self.member.trend else slopes

    def derivatives(self) -> tuple[Array, Array]:
        """Gradient of J, and the Fisher matrix with the prior's Hessian added."""
        traces, forms, F = self._assembled()
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

    def _assembled(self) -> tuple[Array, Array, Array]:
        """Traces tr(K^-1 K_j), forms alpha' K_j alpha, and the matrix tr(K^-1 K_i K^-1 K_j) / 2."""
        r, D, g, H = self.r, self.clock_gradient, 2.0 * self.spectral_slopes, self._h()
        q, free, n = len(g), D.shape[1], len(self.y)
        squares, diagonal = np.square(H), np.diag(H)
        of_columns = squares.sum(axis=0)
        F = np.zeros((q + 1 + free,) * 2)
        F[:q, :q] = 0.5 * (g @ squares @ g.T)
        F[:q, q] = F[q, :q] = 0.5 * (g @ (diagonal - of_columns))
        F[q, q] = 0.5 * (n - 2.0 * diagonal.sum() + of_columns.sum())
        A_alpha = self.A.T @ self.alpha if self.in_features else self.G.T @ self.z
        traces, forms = np.zeros((2, len(F)))
        traces[:q], traces[q] = g @ diagonal, n - diagonal.sum()
        forms[:q], forms[q] = g @ np.square(A_alpha), r * float(self.alpha @ self.alpha)
        if free:
            BH, KA, P, V, inverse = self._of_clock(H)
            traces[q + 1 :] = 2.0 * (np.diag(P) @ D)
            forms[q + 1 :] = 2.0 * (self.alpha * (self.B @ A_alpha)) @ D
            BH *= KA
            F[:q, q + 1 :] = (g @ BH.T) @ D
            F[q, q + 1 :] = r * np.einsum("ij,ij->i", P, inverse) @ D
            V *= inverse
            V += P * P.T
            F[q + 1 :, q + 1 :] = D.T @ V @ D
            F[q + 1 :, : q + 1] = F[: q + 1, q + 1 :].T
        return traces, forms, F

    def _h(self) -> Array:
        if not self.in_features:
            return np.asarray(self.G.T @ self.G)
        H = -self.r * _symmetric(dpotri(self.R)[0])
        H[np.diag_indices(len(H))] += 1.0
        return H

    def _of_clock(self, H: Array) -> OfClock:
        B, r, n = self.B, self.r, len(self.y)
        if self.in_features:
            T = dtrsm(1.0, self.R, self.A, side=1)
            KA = dtrsm(1.0, self.R, T, side=1, trans_a=1)
            identity = np.eye(n, order="F")
            inverse = _symmetric(dsyrk(-1.0 / r, T, 1.0 / r, identity, overwrite_c=1))
            BH = B @ H
            return OfClock(BH, KA, B @ KA.T, BH @ B.T, inverse)
        C = B @ self.G.T
        KA = dtrsm(1.0, self.R, self.G)
        P = dtrsm(1.0, self.R, C, side=1, trans_a=1)
        return OfClock(C @ self.G, KA, P, C @ C.T, _symmetric(dpotri(self.R)[0]))


def _log_det(R: Array) -> float:
    """Logarithm of the determinant of ``R'R`` with triangular R."""
    return 2.0 * float(np.log(np.abs(np.diag(R))).sum())


def _symmetric(upper: Array) -> Array:
    """The symmetric matrix whose upper triangle is `upper`, which is 0 below."""
    whole = upper + upper.T
    whole[np.diag_indices(len(whole))] *= 0.5
    return np.asarray(whole)
