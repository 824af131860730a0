"""Square-root Kalman filter and smoother for a signal that is a q-times integrated Wiener process.

The signal's derivative of order q is a Wiener process, so that the state (the derivatives of order
0 to q) is a Markov process and smoothing takes time linear in the number of samples. The posterior
mean is the smoothing spline of degree ``2q + 1`` (Wahba 1978).

Three things keep q = 10 accurate for noise from 1e-8 to 1 of the signal:

- The state holds scaled derivatives, ``unit**i * x^(i) / i!`` with the mean sample step as unit
  (Nordsieck's vector; Krämer & Hennig 2024). Transitions then have binomial entries.
- Covariances appear only as triangular factors R with ``P = R'R``, updated by orthogonal
  transformations.
- The prior is diffuse exactly: its directions of infinite variance are Newton's polynomials on the
  sample times, of which each of the first q + 1 samples fixes one.

All variances here are in units of the noise's; `log_ratio` is the logarithm of the process
intensity in these units, ``intensity * unit**(2q + 1) / (q!**2 * noise_variance)``.
"""

from __future__ import annotations

from math import comb, factorial

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

Array = NDArray[np.float64]


def transitions(q: int, steps: Array) -> tuple[Array, Array]:
    """Transposed transition matrices and noise factors of the scaled state over `steps`.

    Over a step r the state moves by ``x -> F x + w`` with ``F[i, j] = C(j, i) r**(j - i)`` and
    ``w = L u``, u standard normal times the root of the process intensity. Row i of L holds the
    coefficients of ``C(q, i) (r - s)**(q - i)`` in orthonormal shifted Legendre polynomials of s
    on [0, r]: the closed form of the Cholesky factor of the Hilbert-like covariance.

    Parameters
    ----------
    q : int
        Order of integration.
    steps : (k,) array
        Positive steps in units of the state's scale.

    Returns
    -------
    F, L : (k, q + 1, q + 1) arrays
        Each matrix transposed.
    """
    m = q + 1
    binomial, legendre = np.zeros((m, m)), np.zeros((m, m))
    for i in range(m):
        p = q - i
        for j in range(i, m):
            binomial[i, j] = comb(j, i)
        for k in range(p + 1):
            legendre[i, k] = (
                comb(q, i)
                * (-1) ** k
                * np.sqrt(2 * k + 1)
                * (factorial(p) ** 2 / (factorial(p - k) * factorial(p + k + 1)))
            )
    index = np.arange(m)
    r = steps[:, None, None]
    F = binomial * r ** np.maximum(index - index[:, None], 0)
    L = legendre * r ** (q - index + 0.5)[:, None]
    return np.ascontiguousarray(F.transpose(0, 2, 1)), np.ascontiguousarray(L.transpose(0, 2, 1))


def diffuse_gains(times: Array, unit: float) -> Array:
    """Gains (rows) of the first q + 1 samples, at `times` (q + 1,); `unit` is the state's.

    The state starts with infinite variance in all directions, for which any basis will do. In the
    basis of Newton's polynomials ``N_j(s) = prod_(i < j) (s - times[i])`` sample j is the first at
    which N_j does not vanish, and all later ones vanish there; so it fixes the state along N_j, but
    for the noise. Its gain holds the Taylor coefficients of ``N_j / N_j(times[j])`` at times[j]:
    sums and products of positive numbers, hence exact to rounding.
    """
    m = len(times)
    gains = np.zeros((m, m))
    gains[:, 0] = 1.0
    for j in range(m):
        for i in range(j):
            gains[j, 1:] += gains[j, :-1] / ((times[j] - times[i]) / unit)
    return gains


class Filter:
    """Filters of one record for several process intensities at once.

    Attributes
    ----------
    x : (b, m, d) array
        Filtered scaled states, m = q + 1, a column for each column of samples.
    R : (b, rows, m) array
        Factors of the finite part of their covariances, triangular after every `predict`.
    diffuse : list of (m,) arrays
        `diffuse_gains` of samples yet to come; none where the filter is given a triangular factor
        `start` (m, m) or (b, m, m) of its first covariance in units of the process intensity.
    """

    def __init__(
        self, log_ratios: Array, diffuse: Array, columns: int = 1, start: Array | None = None
    ) -> None:
        b = len(log_ratios)
        m = len(diffuse) if start is None else start.shape[-1]
        self.root = np.exp(0.5 * log_ratios)[:, None, None]
        self.x = np.zeros((b, m, columns))
        self.R = np.zeros((b, 0, m)) if start is None else self.root * start
        self.diffuse = list(diffuse)
        self._stacked = np.empty((b, 2 * m, m))

    def predict(self, F: Array, L: Array) -> None:
        """Move over a step with `transitions` `F` and `L`, (m, m) or (b, m, m)."""
        rows, m = self.R.shape[1:]
        stacked = self._stacked if rows == m else np.empty((len(self.R), rows + m, m))
        np.matmul(self.R, F, out=stacked[:, :rows])
        np.multiply(self.root, L, out=stacked[:, rows:])
        self.R = triangular(stacked)
        self.x = np.swapaxes(F, -1, -2) @ self.x

    def observe(self, samples: Array) -> tuple[Array, Array]:
        """Condition on a sample (d,); its innovations (b, d) and their deviations (b,)."""
        e = samples - self.x[:, 0]
        if self.diffuse:
            self._observe_diffuse(e, self.diffuse.pop(0))
            return e, np.full(len(e), np.inf)
        # R is triangular and the value comes first: a sample scales one row of R.
        first = self.R[:, 0]
        variance = 1.0 + first[:, 0] ** 2
        gain = first * (first[:, 0] / variance)[:, None]
        self.x += gain[:, :, None] * e[:, None]
        deviation = np.sqrt(variance)
        first /= deviation[:, None]
        return e, deviation

    def _observe_diffuse(self, e: Array, gain: Array) -> None:
        """Fix one direction of infinite variance (the limit in Koopman 1997, as factors)."""
        b, _, m = self.R.shape
        self.x += gain[:, None] * e[:, None]
        self.R = np.concatenate(
            [np.broadcast_to(gain, (b, 1, m)), self.R - self.R[:, :, :1] * gain], axis=1
        )


def innovations(t: Array, Y: Array, q: int, log_ratios: Array) -> tuple[Array, Array]:
    """Standardised innovations for several process intensities at once.

    Parameters
    ----------
    t : (n,) array
        Increasing sample times [time].
    Y : (n, d) array
        Columns of samples, each filtered by itself.
    q : int
        Order of integration, below n.
    log_ratios : (b,) array
        Logarithms of the process intensities, in the module's units.

    Returns
    -------
    E : (n - q - 1, b, d) array
        Innovations after the first q + 1 samples over their standard deviations, which under the
        model are independent and have the noise's variance.
    log_determinants : (b,) array
        Sum of the logarithms of the innovations' variances in units of the noise's: the model's
        restricted likelihood is that of `E`, times ``exp(-log_determinants / 2)``.
    """
    n, m, b = len(t), q + 1, len(log_ratios)
    unit = (t[-1] - t[0]) / (n - 1)
    F, L = transitions(q, np.diff(t) / unit)
    E, deviations = np.empty((n, b, Y.shape[1])), np.empty((n, b))
    state = Filter(log_ratios, diffuse_gains(t[:m], unit), Y.shape[1])
    E[0], deviations[0] = state.observe(Y[0])
    for i in range(1, n):
        state.predict(F[i - 1], L[i - 1])
        E[i], deviations[i] = state.observe(Y[i])
    return E[m:] / deviations[m:, :, None], 2.0 * np.log(deviations[m:]).sum(axis=0)


def smooth(t: Array, y: Array, t_eval: Array, q: int, log_ratio: float) -> tuple[Array, Array]:
    """Posterior mean and standard deviation of the derivatives of order 0 to q.

    The filter starts from an unknown state, so its early states are less certain than the smoothed
    ones by many orders of magnitude. Each half of the record is therefore smoothed by the filter
    that starts at the other end.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time] and samples [signal], ``n >= 2 q + 3``.
    t_eval : (m,) array
        Increasing times inside ``[t[0], t[-1]]``.
    q : int
        Order of integration.
    log_ratio : float
        Logarithm of the process intensity, in the module's units.

    Returns
    -------
    mean, deviation : (q + 1, m) arrays
        Row i in [signal / time**i]; deviations in units of the noise's standard deviation.
    """
    n = len(t)
    if n < 2 * q + 3:
        raise ValueError(f"q = {q} needs at least {2 * q + 3} samples, got {n}; lower q")
    unit = (t[-1] - t[0]) / (n - 1)
    late = t_eval >= t[(n - 1) // 2] + 0.5 * (t[n // 2] - t[(n - 1) // 2])
    mean = np.empty((len(t_eval), q + 1))
    deviation = np.empty_like(mean)
    if late.any():
        mean[late], deviation[late] = _smooth_late(t, y, t_eval[late], q, log_ratio, unit)
    if not late.all():
        back, deviation_back = _smooth_late(
            -t[::-1], y[::-1], -t_eval[~late][::-1], q, log_ratio, unit
        )
        mean[~late] = back[::-1] * (-1.0) ** np.arange(q + 1)
        deviation[~late] = deviation_back[::-1]
    to_time = np.array([factorial(i) / unit**i for i in range(q + 1)])[:, None]
    return mean.T * to_time, deviation.T * to_time


def _smooth_late(
    t: Array, y: Array, t_eval: Array, q: int, log_ratio: float, unit: float
) -> tuple[Array, Array]:
    """Smoothed scaled states at `t_eval`, all later than half of the samples.

    Times of evaluation enter the record as missing samples.
    """
    times = np.union1d(t, t_eval)
    sampled = np.isin(times, t)
    samples = np.zeros((len(times), 1))
    samples[sampled, 0] = y
    F, L = transitions(q, np.diff(times) / unit)
    state = Filter(np.array([log_ratio]), diffuse_gains(t[: q + 1], unit))
    first = int(np.searchsorted(times, t_eval[0]))
    mean, factors = smooth_states(state, F, L, samples, sampled, first)
    at = np.searchsorted(times, t_eval) - first
    return mean[at], np.sqrt((factors[at] ** 2).sum(axis=1))


def smooth_states(
    state: Filter, F: Array, L: Array, samples: Array, sampled: NDArray[np.bool_], first: int
) -> tuple[Array, Array]:
    """Filter over all of N times and smooth back to number `first`.

    `state` is of one process intensity and one column, at the first time; `F` and `L` (N - 1, m, m)
    are `transitions`; of the `samples` (N, 1) those marked by `sampled` (N,) exist. Returns the
    states (N - first, m) and triangular factors R (N - first, m, m) of their covariances.
    """
    passed = []
    for i in range(len(samples)):
        if i > first:
            passed.append(_predict_reversibly(state, F[i - 1], L[i - 1]))
        elif i:
            state.predict(F[i - 1], L[i - 1])
        if sampled[i]:
            state.observe(samples[i])
    x, R = state.x[0, :, 0], state.R[0]
    mean, factors = np.empty((len(passed) + 1, len(x))), np.empty((len(passed) + 1, *R.shape))
    mean[-1], factors[-1] = x, R
    for i in range(len(passed) - 1, -1, -1):
        filtered, predicted, gain, left = passed[i]
        x = filtered + (x - predicted) @ gain
        R = triangular(np.concatenate([left, R @ gain]))
        mean[i], factors[i] = x, R
    return mean, factors


def _predict_reversibly(state: Filter, F: Array, L: Array) -> tuple[Array, Array, Array, Array]:
    """Move over a step and return what the way back needs (Rauch, Tung & Striebel 1965).

    Rotation turns ``[R F', R; L', 0]`` into ``[Rp, X; 0, C]``: the factor Rp of the prediction,
    the smoother's gain ``inv(Rp) X``, and the factor C of the covariance that is left when the
    next state is known. Returns filtered and predicted mean, gain (transposed) and C.
    """
    filtered, R = state.x[0, :, 0], state.R[0]
    m = len(filtered)
    joint = np.zeros((2 * m, 2 * m))
    joint[:m, :m], joint[:m, m:], joint[m:, :m] = R @ F, R, state.root[0] * L
    joint = triangular(joint)
    gain, _ = lapack.dtrtrs(joint[:m, :m], joint[:m, m:])
    predicted = F.T @ filtered
    state.x, state.R = predicted[None, :, None].copy(), joint[None, :m, :m].copy()
    return filtered, predicted, gain, joint[m:, m:]


def triangular(A: Array) -> Array:
    """Upper triangular R with ``R'R = A'A``, for each A of a stack."""
    factors, _ = np.linalg.qr(A, mode="raw")  # transposed, reflections below R; no slow np.triu
    k, m = min(A.shape[-2:]), A.shape[-1]
    return np.swapaxes(factors, -1, -2)[..., :k, :] * _UPPER[:k, :m]


_UPPER = np.tri(40).T
