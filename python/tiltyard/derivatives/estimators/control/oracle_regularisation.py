"""Oracle of Whittaker's smoother: order of the penalty and lambda chosen by the truth."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.derivatives.estimator import Array, Estimate, estimator
from tiltyard.derivatives.estimators.regularisation.whittaker import (
    HIGHEST,
    LOWEST_HALF_WAVES,
    fit,
    noise_ratio,
)
from tiltyard.derivatives.numerics.truth_tuning import NearestToTruth, tune

PENALTY_ORDERS = (6, 8)
CUT_OFFS = 14  # logarithms of the cut-off frequency on the first grid


@estimator(
    "oracle_whittaker",
    family="control",
    exact_degree=0,
    min_samples=20,
    uneven=False,
    tags=("control", "oracle"),
    cites=("whittaker1923graduation", "eilers2003perfect"),
)
def oracle_whittaker(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array
) -> Estimate:
    """Whittaker's smoother with the penalty order (6 or 8) and lambda nearest to the truth."""
    best = NearestToTruth(exact)
    grid = np.linspace(math.log(LOWEST_HALF_WAVES * math.pi / len(t)), math.log(HIGHEST), CUT_OFFS)
    for d in PENALTY_ORDERS:

        def candidate(log_cut_off: float, d: int = d) -> Array:
            q = float(noise_ratio(np.array(log_cut_off), d))
            return fit(t, y, t_eval, orders, d, q).values

        tune(best, candidate, grid, "log_cut_off", penalty_order=d)
    return best.estimate()
