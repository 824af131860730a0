"""Oracle of Whittaker's smoother: exact derivatives choose lambda."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.regularisation.whittaker import (
    HIGHEST,
    LOWEST_HALF_WAVES,
    ORDER,
    fit,
    noise_ratio,
)
from tiltyard.studies.derivatives.numerics.truth_tuning import NearestToTruth, tune

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
    """Whittaker's smoother of order 6 with the lambda of least error."""
    best = NearestToTruth(exact)
    grid = np.linspace(math.log(LOWEST_HALF_WAVES * math.pi / len(t)), math.log(HIGHEST), CUT_OFFS)

    def candidates(log_cut_offs: Array) -> Array:
        ratios = noise_ratio(log_cut_offs, ORDER)
        return np.stack([fit(t, y, t_eval, orders, ORDER, float(q)).values for q in ratios])

    tune(best, candidates, grid, "log_cut_off")
    return best.estimate()
