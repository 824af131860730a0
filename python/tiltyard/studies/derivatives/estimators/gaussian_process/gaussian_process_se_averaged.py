"""Squared-exponential Gaussian process, averaged over its hyperparameters."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

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
    margins,
    prepare,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.process_spectra import (
    squared_exponential,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.spectral_process import fit

NODES = 3  # of the Gauss-Hermite rule in each of the two directions
WIDEST = 1.0  # largest standard deviation of a logarithm: a flatter likelihood is uninformative
NEGLIGIBLE = 1e-4  # weight, relative to the greatest, below which a node is left out


def settings(theta: Array, half_width: float) -> dict[str, Any]:
    """Parameters at the likelihood's maximum as the estimate reports them."""
    return {"length_scale": math.exp(theta[0]) * half_width}


def nodes_around(data: Data, top: Found) -> list[tuple[float, Found]]:
    """Logarithms of weights, and fits, at the nodes of a quadrature around the maximum `top`.

    The quadrature is the Gauss-Hermite rule of the normal approximation to the likelihood; its
    weights are multiplied by the ratio of the likelihood to this approximation.
    """
    spectrum = squared_exponential()
    limits = bounds(spectrum, len(data.x))
    values, vectors = np.linalg.eigh(top.model.hessian)
    # Columns: standard deviations along the main axes, were the likelihood normal.
    axes = vectors / np.sqrt(np.maximum(values, 1.0 / WIDEST**2))
    nodes, weights = hermegauss(NODES)
    found = []
    for i in range(NODES):
        for j in range(NODES):
            z = np.array([nodes[i], nodes[j]])
            theta = np.clip(top.model.theta + axes @ z, *limits)
            if np.all(np.abs(theta - top.model.theta) <= margins(1)):
                samples, seen = top.samples, top.data
            else:
                samples, seen = prepare(data, spectrum, theta)
            model = fit(samples, spectrum, theta)
            log = math.log(weights[i] * weights[j]) + 0.5 * float(z @ z) - model.objective
            found.append((log, Found(model, samples, seen)))
    greatest = max(log for log, _ in found)
    return [(log, one) for log, one in found if log > greatest + math.log(NEGLIGIBLE)]


def predict(data: Data, x_eval: Array, orders: tuple[int, ...]) -> Prediction:
    """Means and deviations over the nodes, and the fit of maximal likelihood."""
    spectrum = squared_exponential()
    top = best(data, spectrum)
    nodes = nodes_around(data, top)
    each = [predict_found(data, spectrum, found, x_eval, orders) for _, found in nodes]
    mean, deviation = averaged(
        [one[0] for one in each], [one[1] for one in each], [log for log, _ in nodes]
    )
    return mean, deviation, top


@estimator(
    "gaussian_process_se_averaged",
    family="gaussian process",
    exact_degree=0,
    min_samples=8,
    standard_deviation=True,
    cites=("rasmussen2006gaussian", "patterson1971recovery"),
)
def gaussian_process_se_averaged(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Average squared-exponential Gaussian processes over their hyperparameters' posterior.

    The model is that of `gaussian_process_se`. In place of the length scale and noise ratio of
    maximal likelihood, a Gauss-Hermite rule has nine pairs around them, along the main axes of the
    curvature, each weighted by its likelihood: the posterior under flat priors of both logarithms.

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
        Posterior mean and standard deviation, settings' uncertainty included, of the noise-free
        signal's derivatives; `settings` has ``length_scale`` [time] of the
        maximum, and ``signal_sd`` and ``noise_sd``
        [signal].

    Raises
    ------
    RuntimeError
        If the likelihood's optimisation does not converge from any start.

    References
    ----------
    Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, section 5.2.
    """
    return estimate_with(t, y, t_eval, orders, 0, predict, settings)
