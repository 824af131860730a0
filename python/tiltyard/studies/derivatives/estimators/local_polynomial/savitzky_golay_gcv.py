"""Savitzky-Golay differentiation, one window and degree for all orders by cross-validation.

Generalised cross-validation (Craven & Wahba 1978) scores the smoothed samples, order 0. The window
that is best for them is too narrow for high derivatives; `savitzky_golay_adaptive` chooses a window
for each order.
"""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.bases.gram_polynomials import (
    gram_basis,
    gram_derivatives,
)
from tiltyard.studies.derivatives.numerics.local.moving_polynomial import (
    SIZES,
    even_step,
    geometric,
    moving_fit,
    position,
)
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples, unit_samples

#: Degrees to choose from. Order 7 needs 7 at least; order 0 has the same bias with one less.
DEGREES = (7, 9, 11, 13)


def scores(samples: UnitSamples, half: int) -> Array:
    """GCV scores (degrees,) of windows of ``2 half + 1`` samples, infinite where too narrow."""
    z, size = samples.z, 2 * half + 1
    n, highest = len(z), min(DEGREES[-1], size - 1)
    coefficients = np.lib.stride_tricks.sliding_window_view(z, size) @ gram_basis(size, highest)
    centre = np.clip(np.arange(n), half, n - 1 - half)
    basis = gram_derivatives(size, highest, 0, (np.arange(n) - centre).astype(float))[0]
    fits = np.cumsum(basis * coefficients[centre - half], axis=1)
    residual = np.sum((fits - z[:, None]) ** 2, axis=0) + samples.floor
    left = n - np.sum(np.cumsum(basis**2, axis=1), axis=0)
    return np.array([n * residual[p] / left[p] ** 2 if p < size - 1 else np.inf for p in DEGREES])


def choose(samples: UnitSamples) -> tuple[int, int]:
    """Half-width and degree of the lowest score; of equal ones the widest window's."""
    n = len(samples.z)
    halves = geometric((DEGREES[0] + 2) // 2, (n - 1) // 2, SIZES)[::-1]
    table = np.array([scores(samples, half) for half in halves])
    row, column = np.unravel_index(int(np.argmin(table)), table.shape)
    return halves[row], DEGREES[column]


@estimator(
    "savitzky_golay_gcv",
    family="local polynomial",
    exact_degree=7,
    min_samples=20,
    uneven=False,
    cites=("savitzky1964smoothing", "gorry1990general", "craven1978smoothing"),
    oracle="oracle_savitzky_golay",
)
def savitzky_golay_gcv(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate local polynomials of the window and degree of the lowest GCV score.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing, evenly spaced sample times [time], and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders, 0 to 7.

    Returns
    -------
    Estimate
        Derivatives (len(orders), m) [signal / time**k].
    """
    samples = unit_samples(y)
    if samples.spread == 0.0:
        constant = np.array([[samples.mean * (k == 0)] for k in orders])
        return Estimate(np.repeat(constant, len(t_eval), axis=1))
    return fit(t, samples, t_eval, orders, *choose(samples))


def fit(
    t: Array, samples: UnitSamples, t_eval: Array, orders: tuple[int, ...], half: int, degree: int
) -> Estimate:
    """Differentiate polynomials of `degree` in windows of ``2 half + 1`` samples."""
    step = even_step(t, "savitzky_golay_gcv")
    values = moving_fit(samples.z, position(t, t_eval), orders, half, degree)
    k = np.array(orders)
    values *= samples.spread / step ** k[:, None].astype(float)
    values[k == 0] += samples.mean
    return Estimate(values, None, {"window": 2 * half + 1, "degree": degree})
