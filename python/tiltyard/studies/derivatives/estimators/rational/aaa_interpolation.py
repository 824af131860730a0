"""Plain AAA: barycentric rational interpolation of the samples to a tolerance.

Unlike `aaa`, which keeps only poles and fits residues to all samples, these variants differentiate
the rational function itself, which interpolates its support points. The larger the tolerance, the
fewer the support points and the smoother the function.
"""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import (
    ESTIMATORS,
    NOT_FALLING,
    TWINS,
    Array,
    Estimate,
    estimator,
)
from tiltyard.studies.derivatives.numerics.noise_estimation import (
    noise_from_second_differences,
    noise_from_wavelets,
)
from tiltyard.studies.derivatives.numerics.rational.aaa_steps import aaa_steps
from tiltyard.studies.derivatives.numerics.rational.barycentric import differentiate_barycentric
from tiltyard.studies.derivatives.numerics.scaling import unit_time

MOST_SUPPORTS = 50
NOISE_FACTOR = 10.0  # tolerance over the noise's standard deviation
LEAST_TOLERANCE = 1e-13  # over the largest deviation of the samples from their mean
HIGH_PRECISION, LOW_PRECISION = 1e-14, 0.1

CITES = ("nakatsukasa2018aaa", "schneider1986some")


def interpolate(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], tolerance: float
) -> Estimate:
    """Differentiate AAA's interpolant of least degree whose residuals are at most `tolerance`.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.
    tolerance : float
        Largest residual [signal]. If it is not met at half as many support points as samples, or
        at `MOST_SUPPORTS`, that interpolant is differentiated.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k]; number of ``supports``, ``tolerance``.
    """
    unit = unit_time(t, t_eval)
    offset = float(y[0] + (y - y[0]).mean())
    centred = y - offset
    # Twice as many samples as supports: fewer would not determine the weights.
    steps = list(aaa_steps(unit.x, centred, min(len(t) // 2, MOST_SUPPORTS), tolerance))
    supports, weights, level = np.zeros(1, dtype=np.intp), np.ones(1), np.zeros(1)
    if steps:  # without a step the estimate is the mean
        supports, weights = steps[-1]
        level = centred[supports]
    values = differentiate_barycentric(unit.x[supports], level, weights, unit.x_eval, orders)
    values[[order == 0 for order in orders]] += offset
    settings = {"supports": len(supports), "tolerance": tolerance}
    return Estimate(unit.to_time(values, orders), settings=settings)


def scale_of(y: Array) -> float:
    """Largest deviation of the samples from their mean [signal]."""
    return float(np.abs(y - (y[0] + (y - y[0]).mean())).max())


@estimator(
    "aaa_wavelet",
    family="rational",
    exact_degree=3,
    min_samples=16,
    uneven=False,
    cites=(*CITES, "daubechies1988orthonormal", "donoho1994ideal"),
    prior_names=("AAA-Wavelet",),
)
def aaa_wavelet(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate AAA's interpolant to ten standard deviations of the noise, by wavelets.

    The noise is estimated from the median absolute detail coefficient of Daubechies' wavelet with
    four vanishing moments; the tolerance is at least 1e-13 of the samples' largest deviation from
    their mean.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing, evenly spaced times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k]; number of ``supports``, ``tolerance``.

    References
    ----------
    Nakatsukasa, Sète & Trefethen (2018), SIAM J. Sci. Comput. 40, A1494-A1522.
    Donoho & Johnstone (1994), Biometrika 81, 425-455.
    """
    tolerance = max(LEAST_TOLERANCE * scale_of(y), NOISE_FACTOR * noise_from_wavelets(y))
    return interpolate(t, y, t_eval, orders, tolerance)


@estimator(
    "aaa_difference",
    family="rational",
    exact_degree=1,
    min_samples=16,
    cites=(*CITES, "gasser1986residual"),
    prior_names=("AAA-Diff2",),
)
def aaa_difference(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate AAA's interpolant to ten standard deviations of the noise, by differences.

    The noise is estimated from the median absolute second difference; all else as `aaa_wavelet`.
    """
    noise = noise_from_second_differences(t, y)
    tolerance = max(LEAST_TOLERANCE * scale_of(y), NOISE_FACTOR * noise)
    return interpolate(t, y, t_eval, orders, tolerance)


@estimator(
    "aaa_high_precision",
    family="rational",
    exact_degree=5,
    min_samples=16,
    cites=CITES,
    prior_names=("AAA-HighPrec",),
)
def aaa_high_precision(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate AAA's interpolant to 1e-14 of the samples' largest deviation from their mean.

    There is no smoothing: with any noise it takes the largest number of support points.
    """
    return interpolate(t, y, t_eval, orders, HIGH_PRECISION * scale_of(y))


@estimator(
    "aaa_low_precision",
    family="rational",
    exact_degree=1,
    min_samples=16,
    uneven=False,  # ending this early, its error varies tenfold with where the samples are
    cites=CITES,
    prior_names=("AAA-LowPrec",),
)
def aaa_low_precision(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate AAA's interpolant to 0.1 of the samples' largest deviation from their mean."""
    return interpolate(t, y, t_eval, orders, LOW_PRECISION * scale_of(y))


ESTIMATORS.explain(
    "aaa_difference", NOT_FALLING, "at low noise it takes the signal's curvature for noise"
)
ESTIMATORS.explain("aaa_low_precision", NOT_FALLING, "its fixed tolerance hides every low noise")
# In the default study at noise 1e-8: one unit in the last place of the samples moves its error by
# 0.26 %, another language or kernel by 0.23 %, where it is 1e9 times the derivative or more.
ESTIMATORS.explain(
    "aaa_high_precision", TWINS, "it takes noise for signal down to the last digits of the samples"
)
