"""Matérn processes of half-integer smoothness as Gauss-Markov chains, in square-root form.

A Matérn process f of smoothness ``m - 1/2`` solves ``(d/dt + rate)**m f = white noise``
(Hartikainen & Särkkä 2010), its length scale being ``sqrt(2 m - 1) / rate``. With the states

    u_i = (d/dt + rate)**i f / i!,    i < m,

it is an integrated Wiener process that decays: as ``(d/dt + rate) f`` is ``exp(-rate t)`` times the
derivative of ``exp(rate t) f``, a step r moves u by ``exp(-rate r)`` times the integrated Wiener
process's binomial matrix, and its noise is that process's under the weight ``exp(-rate s)``. The
covariance of the noise, as ill-conditioned as Hilbert's matrix, is never formed: its factor is the
exact one of the integrated Wiener process times one near the identity. Times are in mean sample
steps, and variances in units of the noise's, as in `integrated_wiener`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.kalman.integrated_wiener import (
    Filter,
    smooth_states,
    transitions,
    triangular,
)

#: Longest step, times the rate, whose noise is integrated at once; longer ones by doubling it.
LONGEST = 5.0
EVEN = 1e-10  # steps that differ by less than this are even


def matern_transitions(m: int, rates: Array, steps: Array) -> tuple[Array, Array]:
    """Transposed transition matrices and noise factors of the states.

    Parameters
    ----------
    m : int
        Number of states.
    rates : (b,) array
        Decay rates [1 / mean step], > 0.
    steps : (k,) array
        Steps between times [mean step], > 0.

    Returns
    -------
    F, L : (b, k, m, m) arrays
        Matrices as from `integrated_wiener.transitions`, for unit intensity.
    """
    ratio = np.maximum(float(rates.max()) * steps / LONGEST, 1.0)
    doublings = np.ceil(np.log2(ratio)).astype(int)
    r = steps / 2.0**doublings
    F, L = transitions(m - 1, r)
    # Orthonormal Legendre polynomials on the step, under the weight of the noise's decay.
    nodes, weights = legendre.leggauss(2 * m + 10)
    basis = legendre.legvander(nodes, m - 1) * np.sqrt(np.arange(m) + 0.5)
    age = 0.5 * (1.0 - nodes) * r[:, None]
    decay = np.exp(-2.0 * rates[:, None, None] * age) * weights
    # Its condition is at most that of the weight, exp(2 LONGEST), as the basis is orthonormal.
    gram = np.swapaxes(basis, 0, 1) @ (decay[..., None] * basis)
    L = np.swapaxes(np.linalg.cholesky(gram), -1, -2) @ L
    F = np.exp(-rates[:, None] * r)[:, :, None, None] * F
    for done in range(int(doublings.max())):
        long = doublings > done
        f, noise = F[:, long], L[:, long]
        L[:, long] = triangular(np.concatenate([noise @ f, noise], axis=-2))
        F[:, long] = f @ f
    return F, L


def stationary_factor(m: int, rates: Array) -> Array:
    """Triangular factors (b, m, m) of the stationary covariance of unit intensity.

    Row k of the factor before rotation holds the coefficients of the noise's shapes in the
    orthonormal Laguerre functions ``sqrt(2 rate) L_k(2 rate s) exp(-rate s)``.
    """
    factor = np.zeros((len(rates), m, m))
    for i in range(m):
        p = m - 1 - i
        for k in range(p + 1):
            weight = (-1) ** k * math.comb(m - 1, i) * math.factorial(p) * math.comb(p, k)
            factor[:, k, i] = weight * (2.0 * rates) ** (-p - 0.5)
    return triangular(factor)


def derivatives_of_states(m: int, rate: float) -> Array:
    """Matrix (m, m) whose column k turns states u into the derivative of order k."""
    return np.array(
        [
            [
                math.comb(k, j) * (-rate) ** (k - j) * math.factorial(j) if j <= k else 0.0
                for k in range(m)
            ]
            for j in range(m)
        ]
    )


def log_intensity(m: int, rates: Array, cut_offs: Array) -> Array:
    """Logarithm of the intensity at which signal and noise have equal density at `cut_offs`."""
    return np.asarray(m * np.log(rates**2 + cut_offs**2) - 2.0 * math.lgamma(m))


def _unique_steps(times: Array) -> tuple[Array, NDArray[np.intp]]:
    """Distinct steps between `times` (one if all are even), and the index of each step in them."""
    steps = np.diff(times)
    if np.ptp(steps) <= EVEN:
        return steps.mean(keepdims=True), np.zeros(len(steps), dtype=np.intp)
    return steps, np.arange(len(steps))


def log_likelihood(
    times: Array, z: Array, m: int, rates: Array, cut_offs: Array, floor: float
) -> tuple[Array, Array]:
    """Log likelihoods (b,), noise variance maximised out, and these variances (b,).

    Parameters
    ----------
    times, z : (n,) arrays
        Times [mean step] and centred samples.
    m : int
        Number of states.
    rates, cut_offs : (b,) arrays
        Rates and cut-off frequencies [1 / mean step].
    floor : float
        Least noise variance: that of the samples' rounding.
    """
    n = len(z)
    steps, number = _unique_steps(times)
    F, L = matern_transitions(m, rates, steps)
    start = stationary_factor(m, rates)
    state = Filter(log_intensity(m, rates, cut_offs), np.empty((0, m)), 1, start)
    squares, log_determinant = np.zeros(len(rates)), np.zeros(len(rates))
    for i in range(n):
        if i:
            state.predict(F[:, number[i - 1]], L[:, number[i - 1]])
        e, deviation = state.observe(z[i : i + 1])
        squares += (e[:, 0] / deviation) ** 2
        log_determinant += 2.0 * np.log(deviation)
    variances = np.maximum(squares / n, floor)
    likelihood = -0.5 * (n * np.log(variances) + squares / variances + log_determinant)
    return likelihood, variances


def smooth_matern(
    times: Array, z: Array, at: Array, m: int, rate: float, cut_off: float
) -> tuple[Array, Array]:
    """Posterior mean and deviation (m, len(at)) of the derivatives of order 0 to m - 1.

    Row k is in units of 1 / mean step**k, deviations also in units of the noise's standard
    deviation. As the filter's first states are less certain than the smoothed ones by many orders
    of magnitude, each half of the record is smoothed by the filter that starts at the other end.
    """
    late = at >= 0.5 * (times[0] + times[-1])
    mean, deviation = np.empty((2, len(at), m))
    if late.any():
        mean[late], deviation[late] = _smooth_late(times, z, at[late], m, rate, cut_off)
    if not late.all():
        back, deviation_back = _smooth_late(
            -times[::-1], z[::-1], -at[~late][::-1], m, rate, cut_off
        )
        mean[~late] = back[::-1] * (-1.0) ** np.arange(m)
        deviation[~late] = deviation_back[::-1]
    return mean.T, deviation.T


def _smooth_late(
    times: Array, z: Array, at: Array, m: int, rate: float, cut_off: float
) -> tuple[Array, Array]:
    own = np.union1d(times, at)  # times of evaluation enter as missing samples
    sampled = np.isin(own, times)
    samples = np.zeros((len(own), 1))
    samples[sampled, 0] = z
    rates = np.array([rate])
    steps, number = _unique_steps(own)
    F, L = matern_transitions(m, rates, steps)
    ratio = log_intensity(m, rates, np.array([cut_off]))
    state = Filter(ratio, np.empty((0, m)), 1, stationary_factor(m, rates))
    first = int(np.searchsorted(own, at[0]))
    mean, factors = smooth_states(state, F[0, number], L[0, number], samples, sampled, first)
    here = np.searchsorted(own, at) - first
    turn = derivatives_of_states(m, rate)
    return mean[here] @ turn, np.sqrt(((factors[here] @ turn) ** 2).sum(axis=1))
