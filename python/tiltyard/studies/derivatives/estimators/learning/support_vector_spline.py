"""Support vector regression with fixed settings, differentiated by a quintic spline."""

from __future__ import annotations

import numpy as np
from sklearn.svm import SVR

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.studies.derivatives.numerics.splines.quintic_spline import (
    DEGREE,
    FEWEST,
    differentiate_samples,
)

PENALTY = 10.0  # C
TUBE = 0.01  # epsilon, in standard deviations of the samples
GAMMA = 1.0  # of the kernel, for times of standard deviation 1
DIGITS = 11  # of times and samples that libsvm is given, so that rounding does not change its path


@estimator(
    "support_vector_spline",
    family="learning",
    max_order=DEGREE,
    exact_degree=0,
    min_samples=FEWEST,
    cites=("smola2004tutorial", "chang2011libsvm"),
    exempt={"falls_with_noise": "the fixed kernel's bias exceeds the error from noise of 5 %"},
    prior_names=("SVR",),
)
def support_vector_spline(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Quintic spline through the values of a support vector regression at the sample times.

    The regression has fixed settings, for times and samples scaled to mean 0 and standard deviation
    1: the kernel ``exp(-(x - x')**2)``, whose length scale is a fifth of the duration, C = 10, and
    a tube of half-width 0.01. `support_vector_regression` chooses its settings from the samples and
    differentiates the kernel itself.
    """
    samples = unit_samples(y)
    level = (np.array(orders) == 0)[:, None]
    if samples.spread == 0.0:
        values = level * np.full(len(t_eval), samples.mean)
        return Estimate(values, None, {"support_vectors": 0})
    x = t - t[0] - np.mean(t - t[0])
    x /= np.std(x)
    # libsvm's result depends on the sequence of the samples, so reversed ones are reversed back.
    direction = -1 if x @ samples.z < 0.0 else 1
    machine = SVR(kernel="rbf", gamma=GAMMA, C=PENALTY, epsilon=TUBE)
    machine.fit(
        np.round(direction * x, DIGITS)[::direction, None], np.round(samples.z, DIGITS)[::direction]
    )
    fitted = machine.predict(direction * x[:, None])
    values = samples.spread * differentiate_samples(t, fitted, t_eval, orders)
    settings = {"support_vectors": len(machine.support_)}
    return Estimate(values + level * samples.mean, None, settings)
