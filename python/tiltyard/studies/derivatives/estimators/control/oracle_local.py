"""Oracles of local fits: exact derivatives choose window, degree and stencil."""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.bases.gram_polynomials import (
    gram_basis,
    gram_derivatives,
)
from tiltyard.studies.derivatives.numerics.local.finite_differences import fornberg_weights
from tiltyard.studies.derivatives.numerics.truth_tuning import NearestToTruth

WINDOWS = 24
MAX_DEGREE = 40
STRIDES = 16
WIDTHS = (0, 2, 4, 6, 8)  # samples of a stencil beyond the fewest that can be centred


@estimator(
    "oracle_savitzky_golay",
    family="control",
    exact_degree=0,
    min_samples=20,
    uneven=False,
    tags=("control", "oracle"),
    cites=("savitzky1964smoothing",),
)
def oracle_savitzky_golay(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array
) -> Estimate:
    """Savitzky-Golay with the window and degree of least error, one pair for each order."""
    n = len(t)
    step = (t[-1] - t[0]) / (n - 1)
    place = (t_eval - t[0]) / step
    unit = step ** np.array(orders, dtype=float)[:, None]
    mean = np.array([[np.mean(y) * (k == 0)] for k in orders])
    best = NearestToTruth(exact)
    halves = np.unique(np.geomspace(2, (n - 1) // 2, WINDOWS).round().astype(int))
    for half in halves.tolist():
        size = 2 * half + 1
        degree = min(2 * half, MAX_DEGREE)
        windows = np.lib.stride_tricks.sliding_window_view(y - np.mean(y), size)
        coefficients = windows @ gram_basis(size, degree)
        centre = np.clip(np.rint(place).astype(int), half, n - 1 - half)
        derivatives = gram_derivatives(size, degree, max(orders), place - centre)
        terms = derivatives[list(orders)] * coefficients[centre - half]
        for p in range(degree + 1):
            values = terms[:, :, : p + 1].sum(axis=2) / unit + mean
            best.offer(values, window=size, degree=p)
    return best.estimate()


@estimator(
    "oracle_central_difference",
    family="control",
    exact_degree=0,
    min_samples=20,
    tags=("control", "oracle"),
    cites=("fornberg1988generation",),
)
def oracle_central_difference(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array
) -> Estimate:
    """Finite differences with the number of samples and the stride of least error."""
    n = len(t)
    nearest = np.clip(np.searchsorted(t, t_eval), 1, n - 1)
    nearest -= t_eval - t[nearest - 1] <= t[nearest] - t_eval
    values = np.empty((1, len(t_eval)))
    rows = []
    for row, order in enumerate(orders):
        best = NearestToTruth(exact[row : row + 1])
        for width in (max(3, order + 1 + order % 2) + extra for extra in WIDTHS):
            longest = (n - 1) // (width - 1)
            if not longest:
                continue
            for stride in np.unique(np.geomspace(1, longest, STRIDES).round().astype(int)).tolist():
                first = np.clip(nearest - stride * (width // 2), 0, n - 1 - stride * (width - 1))
                index = first[:, None] + stride * np.arange(width)
                length = (t[index[:, -1]] - t[index[:, 0]])[:, None]
                offsets = (t[index] - t_eval[:, None]) / length
                weights = fornberg_weights(offsets, order) / length**order
                base = y[index[:, 0]]
                values[0] = np.sum(weights * (y[index] - base[:, None]), axis=1)
                values[0] += base * (order == 0)
                best.offer(values, width=width, stride=stride)
        rows.append(best.estimate())
    settings = {name: [r.settings[name][0] for r in rows] for name in ("width", "stride")}
    return Estimate(np.concatenate([r.values for r in rows]), None, settings)
