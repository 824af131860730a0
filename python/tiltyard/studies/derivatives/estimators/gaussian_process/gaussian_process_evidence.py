"""Average over Gaussian processes with different covariances, weighted by their evidence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_estimate import (
    Prediction,
    averaged,
    estimate_with,
    predict_found,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_likelihood import (
    Data,
    Found,
    best,
    bounds,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_mixtures import (
    rational_quadratic,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_spectra import (
    Spectrum,
    learned_matern,
    squared_exponential,
)

NEGLIGIBLE = 1e-6  # weight below which a covariance is left out


def log_evidence(data: Data, spectrum: Spectrum, found: Found) -> float:
    """Laplace's approximation to the log of the likelihood's mean over flat priors.

    Parameters are logarithms with priors that are flat between their bounds. From a parameter at a
    bound the likelihood is taken to fall exponentially; no direction counts more than the width of
    its prior.
    """
    model, limits = found.model, bounds(spectrum, len(data.x))
    width = limits[1] - limits[0]
    pinned = (model.theta <= limits[0]) | (model.theta >= limits[1])
    log = -model.objective - float(np.log(width).sum())
    slope = np.maximum(np.abs(model.gradient), 1.0 / width)
    log -= float(np.log(slope[pinned]).sum())
    free = np.flatnonzero(~pinned)
    values, vectors = np.linalg.eigh(model.hessian[np.ix_(free, free)])
    along = np.abs(vectors).T @ width[free]
    least = 2.0 * math.pi / np.square(along)
    return log - 0.5 * float(np.log(np.maximum(values, least) / (2.0 * math.pi)).sum())


def fits(data: Data) -> list[tuple[float, Spectrum, Found]]:
    """Log evidence, spectrum and fit of each covariance of weight; the best comes first."""
    found = []
    for spectrum in (squared_exponential(), rational_quadratic(), learned_matern()):
        one = best(data, spectrum)
        found.append((log_evidence(data, spectrum, one), spectrum, one))
    found.sort(key=lambda entry: -entry[0])
    return [entry for entry in found if entry[0] > found[0][0] + math.log(NEGLIGIBLE)]


def predict(data: Data, x_eval: Array, orders: tuple[int, ...]) -> Prediction:
    """Means and deviations over the covariances, and the fit of the greatest evidence."""
    members = fits(data)
    each = [predict_found(data, spectrum, one, x_eval, orders) for _, spectrum, one in members]
    mean, deviation = averaged(
        [one[0] for one in each], [one[1] for one in each], [log for log, _, _ in members]
    )
    return mean, deviation, members[0][2]


def settings(theta: Array, half_width: float) -> dict[str, Any]:
    """The length scale of the covariance of greatest evidence."""
    return {"length_scale": math.exp(theta[0]) * half_width}


@estimator(
    "gaussian_process_evidence",
    family="gaussian process",
    exact_degree=0,
    min_samples=8,
    standard_deviation=True,
    cites=("rasmussen2006gaussian", "patterson1971recovery", "mackay1992bayesian"),
)
def gaussian_process_evidence(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Average Gaussian processes of three covariances, weighted by approximate evidence.

    Squared-exponential, rational-quadratic and Matérn (of learned smoothness) processes are fitted
    as `gaussian_process_se`, `gaussian_process_rational_quadratic` and `gaussian_process_matern`
    do; each counts in proportion to its evidence, the likelihood's mean over the hyperparameters by
    Laplace's approximation.

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
        Posterior mean and standard deviation of the mixture, of the noise-free
        signal's derivatives; `settings` has ``length_scale`` [time] of the
        covariance of greatest evidence, and ``signal_sd`` and ``noise_sd``
        [signal].

    Raises
    ------
    RuntimeError
        If the likelihood's optimisation does not converge from any start.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, section 5.2.
    MacKay (1992), Bayesian interpolation.
    """
    return estimate_with(t, y, t_eval, orders, 0, predict, settings)
