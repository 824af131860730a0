"""Kalman smoother with an integrated-Wiener prior; smoothness and smoothing by likelihood.

In the prior the derivative of order q is a Wiener process. For each q the ratio of process to noise
intensity maximises the restricted likelihood. Derivative k is then read from the best q among those
for which it is smoother than a Wiener process; the q are compared by the likelihood of the same
data: the contrasts orthogonal to the polynomials of the largest q.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.kalman.integrated_wiener import innovations, smooth
from tiltyard.studies.derivatives.numerics.kalman.integrated_wiener_window import likeliest, window

# Splines of degree 7 to 21. A rougher prior than q = 3 declares smooth signals free of noise.
LOWEST, HIGHEST = 3, 10


class Fit(NamedTuple):
    """One q with its likeliest window.

    Attributes
    ----------
    q : int
        Order of integration.
    log_ratio : float
        Log process intensity in units of the noise's variance; see `integrated_wiener`.
    log_likelihood : float
        Log likelihood of the contrasts common to all q, with the noise variance maximised out.
    noise_variance : float
        Noise variance, of samples of variance 1.
    """

    q: int
    log_ratio: float
    log_likelihood: float
    noise_variance: float


def lowest_q(order: int) -> int:
    """Smallest q for a derivative of `order`, which is then a once integrated Wiener process.

    For order 7 it is 7, not 8: samples determine the eighth derivative too badly for a smoother
    prior to be worth its larger errors at the ends.
    """
    return max(LOWEST, min(order + 1, 7))


def common_log_likelihood(
    t: Array, y: Array, q: int, log_ratio: float, contrasts: Array, floor: float
) -> float:
    """Log likelihood of the contrasts orthogonal to `contrasts` and to polynomials of degree q.

    `contrasts` (n, d) has orthonormal columns: the polynomials of degree q + 1 to the largest q.
    These are fixed effects, eliminated by least squares on the whitened innovations (Patterson &
    Thompson 1971): so the densities of all q are those of the same data.
    """
    d = contrasts.shape[1]
    E, log_determinants = innovations(t, np.column_stack([contrasts, y]), q, np.array([log_ratio]))
    diagonal = np.abs(np.diag(np.linalg.qr(E[:, 0], mode="r")))
    dof = len(E) - d
    variance = max(diagonal[d] ** 2 / dof, floor)
    return float(
        -0.5 * (log_determinants[0] + dof * math.log(variance)) - np.log(diagonal[:d]).sum()
    )


def orthonormal_polynomials(t: Array, degree: int) -> Array:
    """Polynomials of degree 0 to `degree`, orthonormal on the sample times: (n, degree + 1)."""
    x = 2.0 * (t - t[0]) / (t[-1] - t[0]) - 1.0
    return np.linalg.qr(np.polynomial.legendre.legvander(x, degree))[0]


def fit(t: Array, y: Array, q: int, polynomials: Array, floor: float) -> Fit:
    """Choose the window for `q`; `polynomials` are the result of `orthonormal_polynomials`."""
    chosen, variance = likeliest(t, y, q, floor)
    common = common_log_likelihood(t, y, q, chosen, polynomials[:, q + 1 :], floor)
    return Fit(q, chosen, common, variance)


@estimator(
    "kalman_integrated_wiener",
    family="kalman",
    exact_degree=8,
    min_samples=20,
    standard_deviation=True,
    cites=(
        "wahba1978improper",
        "rauch1965maximum",
        "koopman1997exact",
        "kramer2024stable",
        "patterson1971recovery",
    ),
    oracle="oracle_kalman",
)
def kalman_integrated_wiener(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Estimate derivatives by Kalman smoothing under an integrated-Wiener prior.

    Smoothing with the derivative of order q a Wiener process, q = 3 to 10 (fewer with under 23
    samples), is done exactly and in time linear in the samples. Settings are maximum-likelihood:
    for each q the window, among powers of exp(0.03) samples, and for each order k the q, among
    those that make derivative k smoother than a Wiener process (for k = 7: q at least 7).
    Standard deviations are the posterior's at these settings.
    """
    n = len(t)
    centred = y - y.mean()
    spread = float(np.sqrt((centred**2).mean()))
    resolution = np.finfo(float).eps * float(np.abs(y).max())
    if spread <= resolution:
        return _constant(y, t_eval, orders)
    centred /= spread
    floor = (resolution / spread) ** 2 / 12.0  # variance of the samples' rounding
    highest = min(HIGHEST, (n - 3) // 2)
    polynomials = orthonormal_polynomials(t, highest)
    fits = [fit(t, centred, q, polynomials, floor) for q in range(LOWEST, highest + 1)]
    chosen = [
        max((f for f in fits if f.q >= lowest_q(order)), key=lambda f: f.log_likelihood)
        for order in orders
    ]
    values = np.empty((len(orders), len(t_eval)))
    deviations = np.empty_like(values)
    for best in dict.fromkeys(chosen):
        mean, deviation = smooth(t, centred, t_eval, best.q, best.log_ratio)
        for row, order in enumerate(orders):
            if chosen[row] == best:
                values[row] = mean[order] * spread
                deviations[row] = deviation[order] * (math.sqrt(best.noise_variance) * spread)
                if order == 0:
                    values[row] += y.mean()
    return Estimate(values, deviations, _settings(t, spread, fits, chosen))


def _constant(y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    values = np.zeros((len(orders), len(t_eval)))
    values[[row for row, order in enumerate(orders) if order == 0]] = y.mean()
    return Estimate(values, np.zeros_like(values), {"constant": True})


def _settings(
    t: Array, spread: float, fits: list[Fit], chosen: list[Fit]
) -> dict[str, float | list[int] | list[float]]:
    unit = (t[-1] - t[0]) / (len(t) - 1)
    return {
        "integration_order": [f.q for f in chosen],
        "window": [window(f.q, f.log_ratio, unit) for f in chosen],
        "noise": [math.sqrt(f.noise_variance) * spread for f in chosen],
        "best_integration_order": max(fits, key=lambda f: f.log_likelihood).q,
    }
