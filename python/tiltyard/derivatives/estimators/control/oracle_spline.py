"""Oracle of the smoothing splines: penalty order and smoothing chosen by the truth."""

from __future__ import annotations

import numpy as np

from tiltyard.derivatives.estimator import Array, Estimate, estimator
from tiltyard.derivatives.estimators.spline.smoothing_spline import (
    GREATEST_ORDER,
    LEAST_ORDER,
    SAMPLES_PER_ORDER,
    evaluate,
)
from tiltyard.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.derivatives.numerics.spline_process import noise_ratio, prepare, search_bounds
from tiltyard.derivatives.numerics.truth_tuning import NearestToTruth, tune

CUT_OFFS = 18  # logarithms of the cut-off frequency on the first grid


@estimator(
    "oracle_smoothing_spline",
    family="control",
    exact_degree=0,
    min_samples=20,
    tags=("control", "oracle"),
    cites=("wahba1983bayesian",),
)
def oracle_smoothing_spline(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array
) -> Estimate:
    """Natural smoothing spline of the degree (11 or 19) and smoothing nearest to the truth."""
    samples = unit_samples(y)
    step = float((t[-1] - t[0]) / (len(t) - 1))
    scale = samples.spread / step ** np.array(orders, dtype=float)[:, None]
    mean = np.array([[samples.mean * (k == 0)] for k in orders])
    best = NearestToTruth(exact)
    highest = max(LEAST_ORDER, min(GREATEST_ORDER, len(t) // SAMPLES_PER_ORDER))
    for m in sorted({LEAST_ORDER, highest}):
        problem = prepare(t, samples, m)

        def fit(log_cut_off: float, problem: object = problem, m: int = m) -> Array:
            q = float(noise_ratio(np.array(log_cut_off), m))
            return evaluate(problem, q, (t_eval - t[0]) / step, orders)[0] * scale + mean  # type: ignore[arg-type]

        grid = np.linspace(*search_bounds(len(t)), CUT_OFFS)
        tune(best, fit, grid, "log_cut_off", penalty_order=m)
    return best.estimate()
