"""Fixed-interval smoothing of a Gauss-Markov chain by orthogonal transformations only.

The states ``x_i`` (length p) of the chain are written backwards in time, with noise on the samples,

    x_i = B_i (x_{i+1} - sqrt(q) N_i w_i),    w_i ~ N(0, I),    y_i = x_i[0] + e_i,  e_i ~ N(0, 1),

nothing is known of the first state, and q is the ratio of process to measurement noise. This is
one large least-squares problem in the ``w_i`` and the last state; eliminating the unknowns one
point after the other by small QR factorisations (the square-root information filter of Bierman
1977) solves it in O(n). No covariance or inverse of the process noise is formed, so q may be
arbitrarily small or large, and the unknown first state needs no large variance. Householder's
transformations are stable column by column, so states whose components differ by many orders of
magnitude (high derivatives of a smooth signal in units of the sample step) keep their relative
accuracy. All functions work on several q at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array


class Chain(NamedTuple):
    """A chain of n states of length p driven by r noises a step.

    Attributes
    ----------
    back : (n - 1, p, p) array
        ``B_i``, which takes state i + 1 back to state i where no noise acts.
    noise : (n - 1, p, r) array
        ``N_i``, how the unit noises of step i enter state i + 1.
    observed : (n,) bool array
        Mask of the states whose first component is observed by a sample.
    """

    back: Array
    noise: Array
    observed: NDArray[np.bool_]


class Filtered(NamedTuple):
    """The least-squares problem reduced to triangular form, for G values of q.

    Attributes
    ----------
    residuals : (G, n, c) array
        Residuals of c columns of samples, which no unknown can explain: the sum of a column's
        squares is ``min_x |y - x[0]|^2 + |w|^2``, and two columns have their sum of products.
    log_determinant : (G,) array
        ``log det(A'A)`` of the problem's matrix, which is ``log det V + log det X'V^-1 X`` of the
        restricted likelihood: V is the samples' covariance given the last state, and X takes the
        last state to the samples.
    factors : list of n - 1 arrays (G, r, r + p + 1)
        Rows ``R_w w + R_x x_{i+1} = z`` that determine ``w_i``, for the first column of samples;
        empty unless `forward` kept them.
    last : (G, p, p + 1) array
        Rows ``R x = z`` that determine the last state.
    """

    residuals: Array
    log_determinant: Array
    factors: list[Array]
    last: Array


class Smoothed(NamedTuple):
    """Posterior of the states given all samples, for G values of q.

    Attributes
    ----------
    states : (G, n, p) array
        Posterior means.
    variances : (G, n, p) array
        Posterior variances where the variance of the measurement noise is 1.
    noises : (G, n - 1, r) array
        Posterior means of the ``w_i``.
    """

    states: Array
    variances: Array
    noises: Array


def forward(chain: Chain, samples: Array, q: Array, *, keep: bool = True) -> Filtered:
    """Reduce the problem for all `q` (G,); `samples` (n, c) are ignored where not observed."""
    count, (n, columns) = len(q), samples.shape
    p, r = chain.noise.shape[1:]
    root = np.sqrt(q)[:, None, None]
    residuals = np.zeros((count, n, columns))
    log_determinant = np.zeros(count)
    factors = []
    # The rows R x = z known so far; all zero: nothing is known of the first state.
    state = np.zeros((count, p + 1, p + columns))
    state = _observe(state, samples[0], residuals[:, 0]) if chain.observed[0] else state
    work = np.zeros((count, r + p + 1, r + p + columns))
    for i in range(n - 1):
        known = state[:, :p, :p] @ chain.back[i]
        work[:] = 0.0
        work[:, :r, :r] = np.eye(r)
        work[:, r : r + p, :r] = -root * (known @ chain.noise[i])
        work[:, r : r + p, r : r + p] = known
        work[:, r : r + p, r + p :] = state[:, :p, p:]
        if chain.observed[i + 1]:
            work[:, r + p, r] = 1.0
            work[:, r + p, r + p :] = samples[i + 1]
        reduced = triangle_of(work)
        residuals[:, i + 1] = reduced[:, r + p, r + p :]
        log_determinant += _log_diagonal(reduced[:, :r, :r])
        state = reduced[:, r:, r:]
        if keep:
            factors.append(reduced[:, :r, : r + p + 1].copy())
    log_determinant += _log_diagonal(state[:, :p, :p])
    return Filtered(residuals, log_determinant, factors, state[:, :p, : p + 1].copy())


def triangle_of(matrices: Array) -> Array:
    """Triangular factors R of the QR factorisations of a stack of matrices."""
    return np.asarray(np.linalg.qr(matrices, mode="r"))


def _observe(state: Array, sample: Array, residual: Array) -> Array:
    p = state.shape[1] - 1
    state[:, p, 0] = 1.0
    state[:, p, p:] = sample
    reduced = triangle_of(state)
    residual[:] = reduced[:, p, p:]
    return reduced


def _log_diagonal(triangles: Array) -> Array:
    diagonal = np.abs(np.diagonal(triangles, axis1=1, axis2=2))
    return np.asarray(2.0 * np.log(diagonal).sum(axis=1))


def backward(chain: Chain, filtered: Filtered, q: Array, *, uncertainty: bool = True) -> Smoothed:
    """Posterior of states and noises from the factors that `forward` kept.

    The square root of the covariance goes backwards with the state (Bierman 1977, after
    Dyer & McReynolds): ``x_i`` is a known linear function of ``x_{i+1}`` and of
    the part of ``w_i`` that ``x_{i+1}`` leaves open. Without `uncertainty` it is left out, and
    the variances are zero.
    """
    steps, p, r = chain.noise.shape
    root = np.sqrt(q)[:, None, None]
    triangle = filtered.last[:, :, :p]
    width = p if uncertainty else 0
    deviation = np.linalg.inv(triangle)[:, :, :width]
    state = np.linalg.solve(triangle, filtered.last[:, :, p:])
    states, variances = np.zeros((2, len(q), steps + 1, p))
    noises = np.empty((len(q), steps, r))
    states[:, steps], variances[:, steps] = state[:, :, 0], (deviation**2).sum(axis=2)
    identity = np.broadcast_to(np.eye(r), (len(q), r, r))[:, :, : r if uncertainty else 0]
    for i in range(steps - 1, -1, -1):
        factor = filtered.factors[i]
        gain = np.linalg.solve(factor[:, :, :r], np.concatenate([factor[:, :, r:], identity], 2))
        noise = gain[:, :, p : p + 1] - gain[:, :, :p] @ state
        noises[:, i] = noise[:, :, 0]
        enters = root * chain.noise[i]
        state = chain.back[i] @ (state - enters @ noise)
        states[:, i] = state[:, :, 0]
        if not uncertainty:
            continue
        through = deviation + enters @ (gain[:, :, :p] @ deviation)
        wide = chain.back[i] @ np.concatenate([through, enters @ gain[:, :, p + 1 :]], axis=2)
        deviation = triangle_of(wide.transpose(0, 2, 1)).transpose(0, 2, 1)
        variances[:, i] = (deviation**2).sum(axis=2)
    return Smoothed(states, variances, noises)
