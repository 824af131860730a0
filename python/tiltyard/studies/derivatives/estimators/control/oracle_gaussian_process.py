"""Oracle of the squared-exponential process: exact derivatives choose length scale and noise."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_se import (
    LONGEST,
    RATIO_BOUNDS,
    best_fit,
    covering,
    fit,
    posterior,
    shortest_length,
)
from tiltyard.studies.derivatives.numerics.scaling import unit_time
from tiltyard.studies.derivatives.numerics.truth_tuning import NearestToTruth

LENGTH_STEPS = 0.25 * np.arange(-3, 4)  # of the log length scale, around the likeliest
RATIO_STEPS = 2.5 * np.arange(-3, 4)  # of the log noise ratio
REFINEMENTS = 2


@estimator(
    "oracle_gaussian_process_se",
    family="control",
    exact_degree=0,
    min_samples=8,
    tags=("control", "oracle"),
    cites=("rasmussen2006gaussian",),
)
def oracle_gaussian_process_se(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array
) -> Estimate:
    """`gaussian_process_se` with the length scale and noise ratio of least error, for each order.

    The settings of highest likelihood are the centre of a grid, which is refined around the best
    of each order.
    """
    time = unit_time(t, t_eval)
    z = y - np.mean(y)
    centre = best_fit(time.x, z).theta
    bounds = np.array([[shortest_length(len(t)), RATIO_BOUNDS[0]], [LONGEST, RATIO_BOUNDS[1]]])
    best = NearestToTruth(exact)
    offered: set[tuple[float, float]] = set()

    def offer(log_length: float, log_ratio: float) -> None:
        theta = np.clip([log_length, log_ratio], bounds[0], bounds[1])
        place = (float(theta[0]), float(theta[1]))
        if place in offered:
            return
        offered.add(place)
        model = fit(time.x, z, theta, covering(len(t), theta))
        values = time.to_time(posterior(model, time.x_eval, len(t), orders)[0], orders)
        values[np.asarray(orders) == 0] += np.mean(y)
        best.offer(
            values,
            length_scale=math.exp(theta[0]) * time.half_width,
            noise_ratio=math.exp(theta[1]),
        )

    for a in LENGTH_STEPS:
        for b in RATIO_STEPS:
            offer(centre[0] + a, centre[1] + b)
    length_step, ratio_step = np.ptp(LENGTH_STEPS[:2]), np.ptp(RATIO_STEPS[:2])
    for _ in range(REFINEMENTS):
        length_step, ratio_step = 0.5 * length_step, 0.5 * ratio_step
        for length, ratio in sorted(
            {(row["length_scale"], row["noise_ratio"]) for row in best.settings}
        ):
            here = math.log(length / time.half_width), math.log(ratio)
            for a, b in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                offer(here[0] + a * length_step, here[1] + b * ratio_step)
    return best.estimate()
