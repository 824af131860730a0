"""Oracle of support vector regression: exact derivatives choose kernel, tube and penalty."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.learning.support_vector_regression import (
    LONGEST,
    PENALTIES,
    SEARCH_ITERATIONS,
    SHORTEST,
    SMALLEST_TUBE,
    Settings,
    kernel,
    machine,
    noise_level,
    polish,
    select,
)
from tiltyard.studies.derivatives.numerics.scaling import unit_time
from tiltyard.studies.derivatives.numerics.truth_tuning import NearestToTruth

LENGTHS = 10
TUBES = (0.25, 1.0)  # in units of the tube that the noise level gives


@estimator(
    "oracle_support_vector_regression",
    family="control",
    exact_degree=0,
    min_samples=10,
    tags=("control", "oracle"),
    cites=("smola2004tutorial",),
)
def oracle_support_vector_regression(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array
) -> Estimate:
    """Support vector regression with the length scale, C and epsilon of least error."""
    n = len(t)
    time = unit_time(t, t_eval)
    offset, scale = float(np.mean(y)), float(np.std(y, ddof=1)) or 1.0
    z = (y - offset) / scale
    level = np.array([[k == 0] for k in orders])
    best = NearestToTruth(exact)

    def offer(settings: Settings) -> None:
        K = kernel(time.x, time.x, settings.length)
        model = polish(K, z, settings, machine(time.x, z, settings, SEARCH_ITERATIONS))
        values = np.array(
            [kernel(time.x_eval, time.x, settings.length, k) @ model.coefficients for k in orders]
        )
        values += level * model.intercept
        best.offer(
            time.to_time(values * scale, orders) + level * offset,
            length_scale=settings.length * time.half_width,
            penalty=settings.penalty,
            tube=settings.tube * scale,
        )

    offer(select(time.x, z))
    usual = 3.0 * noise_level(time.x, z) * math.sqrt(math.log(n) / n)
    for length in np.geomspace(SHORTEST * 2.0 / (n - 1), LONGEST, LENGTHS):
        for tube in {max(share * usual, SMALLEST_TUBE) for share in TUBES}:
            offer(Settings(float(length), max(PENALTIES), tube))
    return best.estimate()
