"""Gaussian-process regression of scikit-learn, its mean differentiated exactly."""

from __future__ import annotations

import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.peer.samples_only import silence

RESTARTS = 5


@estimator(
    "scikit_learn_gaussian_process",
    family="gaussian process",
    exact_degree=0,
    min_samples=3,
    random=True,
    tags=("peer",),
    cites=("pedregosa2011scikit", "rasmussen2006gaussian"),
    exempt={"t_stretch": "the bounds of its length scale are in absolute units of time"},
)
def scikit_learn_gaussian_process(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], rng: np.random.Generator
) -> Estimate:
    """Differentiate the mean of scikit-learn's process with constant times RBF plus white kernel.

    Starting points and bounds are those of the package's example on estimating the noise level;
    the samples are standardised first. Its likelihood is maximised from there and from 5 random
    starts. The mean ``sum_i alpha_i k(t - t_i)`` is differentiated by Hermite polynomials.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders, 0 to 7.
    rng : numpy.random.Generator
        For the restarts.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k]; settings ``length_scale`` [time],
        ``amplitude`` and ``noise`` [signal].
    """
    centre, scale = float(np.mean(y)), float(np.std(y)) or 1.0
    kernel = ConstantKernel(1.0) * RBF(0.1, (1e-2, 1e3)) + WhiteKernel(1e-2, (1e-10, 1e1))
    process = GaussianProcessRegressor(
        kernel,
        alpha=0.0,
        n_restarts_optimizer=RESTARTS,
        random_state=int(rng.integers(2**31)),
    )
    with silence():
        process.fit(t[:, np.newaxis], (y - centre) / scale)
    fitted = process.kernel_.get_params()
    length = float(fitted["k1__k2__length_scale"])
    variance = float(fitted["k1__k1__constant_value"])
    distance = (t_eval[:, np.newaxis] - t) / length
    bell = variance * np.exp(-0.5 * distance**2)
    values = np.empty((len(orders), len(t_eval)))
    for row, order in enumerate(orders):
        hermite = np.polynomial.hermite_e.hermeval(distance, [0.0] * order + [1.0])
        values[row] = (hermite * bell) @ process.alpha_ * scale * (-1 / length) ** order
        values[row] += centre if order == 0 else 0.0
    settings = {
        "length_scale": length,
        "amplitude": scale * float(np.sqrt(variance)),
        "noise": scale * float(np.sqrt(fitted["k2__noise_level"])),
    }
    return Estimate(values, settings=settings)
