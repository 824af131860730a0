"""Legendre series on a longer interval, its coefficients shrunk by maximum likelihood."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import linalg

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.criterion_search import smallest
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.studies.derivatives.numerics.scaling import unit_time

#: Interval of the Legendre polynomials divided by the record. At 1 the prior would let the
#: derivatives of order k grow like degree**(2 k) at the ends.
EXTENSIONS = (1.1, 1.25, 1.5, 2.0, 3.0)
FIRST_EXTENSION = 1.5
TERMS = 400  # degrees below this
FREE = 2  # degrees 0 and 1 are not shrunk
#: Prior amplitudes below this add nothing to any fit and are left out.
NEGLIGIBLE = 1e-20
#: Half-width of the strip of analyticity: in steps of the samples, and in half records.
NARROWEST_STEPS, WIDEST = 1.0, 10.0
#: Range of the logarithm of prior over noise variance, of single coefficients.
RATIOS = (-15.0, 65.0)
STRIP_STEP, RATIO_STEP = 0.6, 1.0  # of logarithms; both criteria are smooth on these scales
#: Changes of the log strip from the best of the first extension at which all extensions compete.
NEIGHBOURS = np.array([-0.45, -0.15, 0.15, 0.45])
FINE_REACH = 0.3  # of the last search over the log strip, to either side


class Parameters(NamedTuple):
    """Hyperparameters: extension, half-width of the strip [half records], log variance ratio."""

    extension: float
    strip: float
    log_ratio: float


@estimator(
    "legendre_shrinkage",
    family="spectral",
    exact_degree=1,
    min_samples=10,
    standard_deviation=True,
    cites=("adcock2023fast", "patterson1971recovery"),
)
def legendre_shrinkage(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate a Legendre series whose coefficients have a geometrically decaying prior.

    ``f = sum_j c_j sqrt(2 j + 1) P_j(x / extension)`` with x in [-1, 1], independent Gaussian
    ``c_j`` of variance ``s**2 decay**(2 j)`` for 2 <= j < 400, and free c_0 and c_1. Legendre
    coefficients decay like this if f is analytic in an ellipse around the longer interval; on the
    record that is a strip of half-width ``-extension log(decay)``. On the longer interval (the
    polynomial frame of Adcock & Shadrin 2023) the polynomials' growth at its ends is outside the
    record, and the prior takes the place of truncated singular values. Extension, decay, s and the
    variance of the noise maximise the restricted likelihood (Patterson & Thompson 1971). Values and
    standard deviations are those of the posterior at these parameters.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time], evenly spaced or not, and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.

    Returns
    -------
    Estimate
        Values and standard deviations ``(len(orders), m)`` [signal / time**k]; settings
        ``extension``, ``decay``, ``strip`` [time], ``noise_sd`` [signal].
    """
    return fit_parameters(t, y, t_eval, orders, select_parameters(t, y))


class _Reduced(NamedTuple):
    """Samples and functions after the orthogonal map that makes [functions, samples] triangular.

    Attributes
    ----------
    free : (2, 2) array
        Upper triangle of the degrees that are not shrunk.
    mixed : (2, K - 2) array
        Part of the other functions along these two degrees.
    rows : (r, K - 2) array
        Rest of the other functions.
    free_samples, samples : (2,) and (r,) arrays
        The scaled samples, mapped likewise.
    residual : float
        Sum of squares that no function reaches.
    freedom : int
        Samples less free degrees.
    """

    free: Array
    mixed: Array
    rows: Array
    free_samples: Array
    samples: Array
    residual: float
    freedom: int


class _Modes(NamedTuple):
    """Singular values of the rows times the prior's amplitudes, and the samples along them."""

    values: Array
    samples: Array
    residual: float


def select_parameters(t: Array, y: Array) -> Parameters:
    """The most likely parameters, found in three searches.

    The first is over the strip at one extension, the second over all extensions near this strip,
    the third over the strip at the best extension. The strip hardly depends on the extension: it is
    the signal's distance to its singularities.
    """
    scaled, x = unit_samples(y), unit_time(t, t).x
    reduced = {extension: _reduce(x, scaled.z, extension) for extension in EXTENSIONS}

    def criterion(extension: float, log_strips: Array) -> Array:
        strips = np.exp(log_strips).tolist()
        one = reduced[extension]
        return np.array([_best_ratio(one, extension, s, scaled.floor)[0] for s in strips])

    low, high = math.log(NARROWEST_STEPS * 2.0 / (len(t) - 1)), math.log(WIDEST)
    grid = np.linspace(low, high, math.ceil((high - low) / STRIP_STEP) + 1)
    first = float(grid[np.argmin(criterion(FIRST_EXTENSION, grid))])
    near = np.clip(first + NEIGHBOURS, low, high)
    scores = np.array([criterion(extension, near) for extension in EXTENSIONS])
    best, nearest = np.unravel_index(np.argmin(scores), scores.shape)
    extension, middle = EXTENSIONS[best], near[nearest]
    log_strip = smallest(
        lambda log_strips: criterion(extension, log_strips),
        max(low, middle - FINE_REACH),
        min(high, middle + FINE_REACH),
        FINE_REACH,
    )
    strip = math.exp(log_strip)
    _, log_ratio = _best_ratio(reduced[extension], extension, strip, scaled.floor)
    return Parameters(extension, strip, log_ratio)


def fit_parameters(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], parameters: Parameters
) -> Estimate:
    """Posterior with given hyperparameters; arguments and result as for `legendre_shrinkage`."""
    unit, scaled = unit_time(t, t_eval), unit_samples(y)
    extension, strip, log_ratio = parameters
    reduced = _reduce(unit.x, scaled.z, extension)
    amplitudes = _amplitudes(extension, strip)
    kept, ratio = len(amplitudes), math.exp(log_ratio)
    left, singular, transposed = _svd(reduced.rows[:, :kept] * amplitudes)
    modes, right = _modes(reduced, left, singular), transposed.T
    shrunk = ratio * modes.values / (1.0 + ratio * modes.values**2) * modes.samples
    coefficients = amplitudes * (right @ shrunk)
    variance = _noise_variance(modes, log_ratio, reduced.freedom, scaled.floor)

    table = _legendre(unit.x_eval, extension, max(orders) + 1)[list(orders)]
    # c_0 and c_1 follow from the samples and the other coefficients.
    share = linalg.solve_triangular(reduced.free, table[..., :FREE].reshape(-1, FREE).T, trans=1)
    share = share.T.reshape(*table.shape[:2], FREE)
    rows = table[..., FREE : FREE + kept] - share @ reduced.mixed[:, :kept]
    values = rows @ coefficients + share @ reduced.free_samples
    weighted = rows * amplitudes
    along = weighted @ right
    outside = weighted - along @ transposed
    squares = np.sum(outside**2, axis=-1) + np.sum(along**2 / (1.0 + ratio * modes.values**2), -1)
    deviation = np.sqrt(variance * (ratio * squares + np.sum(share**2, axis=-1)))
    values = scaled.spread * unit.to_time(values, orders)
    values[[order == 0 for order in orders]] += scaled.mean
    settings = {
        "extension": extension,
        "decay": math.exp(-strip / extension),
        "strip": strip * unit.half_width,
        "noise_sd": scaled.spread * math.sqrt(variance),
    }
    return Estimate(values, scaled.spread * unit.to_time(deviation, orders), settings)


def _legendre(x: Array, extension: float, depth: int) -> Array:
    """Derivatives by x of ``sqrt(2 j + 1) P_j(x / extension)``, ``(depth, len(x), TERMS)``."""
    u = x / extension
    table = np.zeros((TERMS, depth, len(x)))
    table[0, 0], table[1, 0], table[1, 1:2] = 1.0, u, 1.0
    order = np.arange(depth)[1:, None]
    for j in range(1, TERMS - 1):
        product = u * table[j]
        product[1:] += order * table[j, :-1]
        table[j + 1] = ((2 * j + 1) * product - j * table[j - 1]) / (j + 1)
    table *= np.sqrt(2.0 * np.arange(TERMS) + 1.0)[:, None, None]
    table /= extension ** np.arange(depth, dtype=float)[:, None]
    return np.moveaxis(table, 0, -1)


def _reduce(x: Array, z: Array, extension: float) -> _Reduced:
    columns = np.column_stack([_legendre(x, extension, 1)[0], z])
    R: Array = linalg.qr(columns, mode="r")[0]
    samples = R[FREE:, -1]
    inside = min(len(samples), TERMS - FREE)
    return _Reduced(
        R[:FREE, :FREE],
        R[:FREE, FREE:-1],
        R[FREE : FREE + inside, FREE:-1],
        R[:FREE, -1],
        samples[:inside],
        float(np.sum(samples[inside:] ** 2)),
        len(x) - FREE,
    )


def _amplitudes(extension: float, strip: float) -> Array:
    """The prior's amplitudes of degrees 2, 3, ..., as far as they are not negligible."""
    amplitudes = np.exp(-strip / extension * np.arange(FREE, TERMS))
    return np.asarray(amplitudes[amplitudes >= NEGLIGIBLE])


def _svd(matrix: Array) -> tuple[Array, Array, Array]:
    try:
        return np.linalg.svd(matrix, full_matrices=False)
    except np.linalg.LinAlgError:  # divide and conquer can fail on strongly graded columns
        left, values, right = linalg.svd(matrix, full_matrices=False, lapack_driver="gesvd")
        return left, values, right


def _modes(reduced: _Reduced, left: Array, values: Array) -> _Modes:
    samples = left.T @ reduced.samples
    left_over = reduced.samples - left @ samples
    return _Modes(values, samples, reduced.residual + float(left_over @ left_over))


def _best_ratio(
    reduced: _Reduced, extension: float, strip: float, floor: float
) -> tuple[float, float]:
    """Least -2 log of the restricted likelihood over the variance ratio, and its logarithm."""
    amplitudes = _amplitudes(extension, strip)
    matrix = reduced.rows[:, : len(amplitudes)] * amplitudes
    # The triangle has the same singular values and left vectors.
    triangle: Array = linalg.qr(matrix.T, mode="r")[0].T[:, : min(matrix.shape)]
    modes = _modes(reduced, *_svd(triangle)[:2])

    def criterion(log_ratio: Array) -> Array:
        growth = np.log1p(np.exp(log_ratio)[:, None] * modes.values**2)
        squares = np.exp(-growth) @ modes.samples**2 + modes.residual + floor
        tiny = np.finfo(float).tiny
        return np.asarray(reduced.freedom * np.log(np.maximum(squares, tiny)) + growth.sum(axis=1))

    best = smallest(criterion, *RATIOS, RATIO_STEP)
    return float(criterion(np.array([best]))[0]), best


def _noise_variance(modes: _Modes, log_ratio: float, freedom: int, floor: float) -> float:
    shrink = 1.0 + math.exp(log_ratio) * modes.values**2
    squares = float(np.sum(modes.samples**2 / shrink)) + modes.residual + floor
    return squares / freedom
