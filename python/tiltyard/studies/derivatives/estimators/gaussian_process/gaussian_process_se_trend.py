"""Squared-exponential Gaussian process around a straight line of unknown coefficients."""

from __future__ import annotations

import math
from typing import Any

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_estimate import estimate_from
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_spectra import (
    squared_exponential,
)


def settings(theta: Array, half_width: float) -> dict[str, Any]:
    """Parameters of the spectrum as the estimate reports them."""
    return {"length_scale": math.exp(theta[0]) * half_width}


@estimator(
    "gaussian_process_se_trend",
    family="gaussian process",
    exact_degree=1,
    min_samples=8,
    standard_deviation=True,
    cites=("rasmussen2006gaussian", "patterson1971recovery"),
)
def gaussian_process_se_trend(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate the posterior mean of a straight line plus a squared-exponential process.

    The line's coefficients have the limit of a wide prior: they are estimated by generalised least
    squares, and the likelihood is the restricted one, of contrasts free of lines. So data on a line
    are reproduced exactly. All else is as in `gaussian_process_se`.

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
        Posterior mean and standard deviation, at fixed settings, of the noise-free
        signal's derivatives; `settings` has ``length_scale`` [time], and ``signal_sd``
        and ``noise_sd`` [signal].

    Raises
    ------
    RuntimeError
        If the likelihood's optimisation does not converge from any start.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, section 2.7.
    """
    return estimate_from(t, y, t_eval, orders, squared_exponential(), settings, degree=1)
