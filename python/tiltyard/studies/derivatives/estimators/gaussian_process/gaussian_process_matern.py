"""Gaussian processes with Matérn covariance, of given or of learned smoothness.

A Matérn process of smoothness nu = p + 1/2 has derivatives up to order p. Its spectrum falls like
``w**-(2 p + 2)`` where the squared-exponential one, the limit of large p, falls like a Gaussian:
signals with sharper and smoother stretches are between the two. See `spectral_process` for the
process on a circle and its numerics.
"""

from __future__ import annotations

import math
from typing import Any

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_estimate import estimate_from
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_spectra import (
    Spectrum,
    fixed_matern,
    learned_matern,
)

CITES = ("rasmussen2006gaussian", "patterson1971recovery")


def estimate(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], spectrum: Spectrum, p: float | None
) -> Estimate:
    """Estimate with Matérn processes in `spectrum`, of smoothness ``p + 1/2``, or learned (None).

    A parameter with equal bounds in `spectrum` is fixed.
    """

    def settings(theta: Array, half_width: float) -> dict[str, Any]:
        smoothness = math.exp(theta[1]) if p is None else p
        return {
            "length_scale": math.exp(theta[0]) * half_width,
            "smoothness": smoothness + 0.5,
        }

    return estimate_from(t, y, t_eval, orders, spectrum, settings)


@estimator(
    "gaussian_process_matern_32",
    family="gaussian process",
    max_order=1,
    exact_degree=0,
    min_samples=8,
    standard_deviation=True,
    cites=CITES,
    prior_names=("GP Matérn 1.5",),
)
def gaussian_process_matern_32(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate the posterior mean of a Matérn process of smoothness 3/2: orders 0 and 1.

    See `gaussian_process_matern_52`.
    """
    return estimate(t, y, t_eval, orders, fixed_matern(1), 1)


@estimator(
    "gaussian_process_matern_52",
    family="gaussian process",
    max_order=2,
    exact_degree=0,
    min_samples=8,
    standard_deviation=True,
    cites=CITES,
    prior_names=("GP Matérn 2.5",),
)
def gaussian_process_matern_52(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate the posterior mean of a Matérn process of smoothness 5/2: orders 0 to 2.

    Signal ~ constant + process, independent Gaussian noise. Length scale and noise ratio maximise
    the restricted likelihood, in which the constant is integrated and the signal variance maximised
    out. The process is defined on a circle that is longer than the record by four length scales (at
    most four durations). The mean has frequencies up to twice the samples' Nyquist frequency; the
    standard deviations include those above.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time], evenly spaced or not, and samples [signal]; n >= 8.
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]`` [time].
    orders : tuple of int
        Orders of the derivatives, 0 to 2: the process has no more.

    Returns
    -------
    Estimate
        Posterior mean and standard deviation, at fixed settings, of the noise-free signal's
        derivatives; `settings` has ``length_scale`` [time], ``smoothness``, and ``signal_sd`` and
        ``noise_sd`` [signal].

    Raises
    ------
    RuntimeError
        If the likelihood's optimisation does not converge from any start.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, section 4.2.1.
    """
    return estimate(t, y, t_eval, orders, fixed_matern(2), 2)


@estimator(
    "gaussian_process_matern_72",
    family="gaussian process",
    max_order=3,
    exact_degree=0,
    min_samples=8,
    standard_deviation=True,
    cites=CITES,
)
def gaussian_process_matern_72(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate the posterior mean of a Matérn process of smoothness 7/2: orders 0 to 3.

    See `gaussian_process_matern_52`.
    """
    return estimate(t, y, t_eval, orders, fixed_matern(3), 3)


@estimator(
    "gaussian_process_matern_92",
    family="gaussian process",
    max_order=4,
    exact_degree=0,
    min_samples=8,
    standard_deviation=True,
    cites=CITES,
)
def gaussian_process_matern_92(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate the posterior mean of a Matérn process of smoothness 9/2: orders 0 to 4.

    See `gaussian_process_matern_52`.
    """
    return estimate(t, y, t_eval, orders, fixed_matern(4), 4)


@estimator(
    "gaussian_process_matern",
    family="gaussian process",
    exact_degree=0,
    min_samples=8,
    standard_deviation=True,
    cites=CITES,
)
def gaussian_process_matern(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the posterior mean of a Matérn process whose smoothness is learned.

    The likelihood chooses the smoothness p + 1/2 between 8, with which order 7 exists, and 400.5,
    which is nearly squared-exponential, together with length scale and noise ratio. The circle is
    longer than the record by four length scales, at most twelve durations, and frequencies go up to
    1.3 times the Nyquist frequency. Otherwise as `gaussian_process_matern_52`.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time], evenly spaced or not, and samples [signal]; n >= 8.
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]`` [time].
    orders : tuple of int
        Orders of the derivatives, 0 to 7.

    Returns
    -------
    Estimate
        Posterior mean and standard deviation, at fixed settings, of the noise-free signal's
        derivatives; `settings` has ``length_scale`` [time], ``smoothness``, and ``signal_sd`` and
        ``noise_sd`` [signal].

    Raises
    ------
    RuntimeError
        If the likelihood's optimisation does not converge from any start.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, section 4.2.1.
    """
    return estimate(t, y, t_eval, orders, learned_matern(), None)
