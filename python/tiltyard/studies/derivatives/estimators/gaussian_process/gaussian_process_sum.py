"""Sum of two squared-exponential Gaussian processes, settings by restricted likelihood."""

from __future__ import annotations

import math
from typing import Any

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_estimate import estimate_from
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_mixtures import sum_of_two


def settings(theta: Array, half_width: float) -> dict[str, Any]:
    """Parameters of the spectrum as the estimate reports them."""
    return {
        "length_scale": math.exp(theta[0]) * half_width,
        "longer_length_scale": math.exp(theta[0] + theta[1]) * half_width,
        "variance_ratio": math.exp(theta[2]),
    }


@estimator(
    "gaussian_process_sum",
    family="gaussian process",
    exact_degree=0,
    min_samples=8,
    standard_deviation=True,
    cites=("rasmussen2006gaussian", "patterson1971recovery"),
)
def gaussian_process_sum(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the posterior mean of a sum of two squared-exponential Gaussian processes.

    Signal ~ constant + a process of short and one of long length scale, independent Gaussian noise.
    Length scales, the ratio of the variances and the noise ratio maximise the restricted
    likelihood, in which the constant is integrated and the signal variance maximised out.

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
        signal's derivatives; `settings` has ``length_scale`` and
        ``longer_length_scale`` [time], ``variance_ratio`` of the longer to the shorter, and
        ``signal_sd`` and ``noise_sd`` [signal].

    Raises
    ------
    RuntimeError
        If the likelihood's optimisation does not converge from any start.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, sections 4.2.4 and 5.4.3.
    """
    return estimate_from(t, y, t_eval, orders, sum_of_two(), settings)
