"""Oracles of natural splines, and of Kalman smoothers with integrated-Wiener priors, their equals.

Exact derivatives choose the degree and the smoothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.spline.smoothing_spline import (
    GREATEST_ORDER,
    LEAST_ORDER,
    evaluate_all,
)
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.studies.derivatives.numerics.splines.spline_process import (
    Problem,
    noise_ratio,
    prepare,
    search_bounds,
)
from tiltyard.studies.derivatives.numerics.truth_tuning import NearestToTruth, tune

CUT_OFFS = 18  # logarithms of the cut-off frequency on the first grid
SAMPLES_PER_ORDER = 3  # fewer samples do not determine a process of higher order
INTEGRATIONS = (3, 5, 7, 10)  # of the Wiener process


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
    """Natural smoothing spline of the degree (of two, 11 to 19) and smoothing of least error."""
    highest = max(LEAST_ORDER, min(GREATEST_ORDER, len(t) // SAMPLES_PER_ORDER))
    return _nearest_spline(
        t, y, t_eval, orders, exact, {m: 2 * m - 2 for m in (LEAST_ORDER, highest)}
    )


@estimator(
    "oracle_kalman",
    family="control",
    exact_degree=0,
    min_samples=23,
    tags=("control", "oracle"),
    cites=("wahba1978improper", "rauch1965maximum"),
)
def oracle_kalman(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array
) -> Estimate:
    """Kalman smoother with the integrated-Wiener prior and noise ratio of least error.

    With q integrations it is the natural spline of penalty order q + 1 (Wahba 1978), which gives
    derivatives up to order q here.
    """
    longest = (len(t) - 3) // 2
    given = {q + 1: q for q in INTEGRATIONS if q <= longest}
    return _nearest_spline(t, y, t_eval, orders, exact, given)


def _nearest_spline(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    exact: Array,
    penalty_orders: Mapping[int, int],
) -> Estimate:
    """The natural spline of least error among all with penalty orders in `penalty_orders`.

    The mapping has the highest derivative that is taken from the splines of each penalty order.
    """
    samples = unit_samples(y)
    step = float((t[-1] - t[0]) / (len(t) - 1))
    scale = samples.spread / step ** np.array(orders, dtype=float)[:, None]
    mean = np.array([[samples.mean * (k == 0)] for k in orders])
    best = NearestToTruth(exact)
    for m, highest in penalty_orders.items():
        problem = prepare(t, samples, m)
        given = [row for row, k in enumerate(orders) if k <= highest]

        def fit(log_cut_offs: Array, problem: Problem = problem, given: list[int] = given) -> Array:
            values = np.full((len(log_cut_offs), *exact.shape), np.nan)
            own = tuple(orders[row] for row in given)
            q = noise_ratio(log_cut_offs, problem.order)
            found = evaluate_all(problem, q, (t_eval - t[0]) / step, own)[0]
            values[:, given] = found * scale[given] + mean[given]
            return values

        grid = np.linspace(*search_bounds(len(t), m), CUT_OFFS)
        tune(best, fit, grid, "log_cut_off", penalty_order=m)
    return best.estimate()
