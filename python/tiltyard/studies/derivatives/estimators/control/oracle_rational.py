"""Oracle of the rational fits: exact derivatives choose the step of AAA that gives the poles."""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.rational.aaa_steps import aaa_steps, poles_of
from tiltyard.studies.derivatives.numerics.rational.rational_fit import (
    columns,
    distances,
    fit_residues,
)
from tiltyard.studies.derivatives.numerics.rational.rational_refinement import refine
from tiltyard.studies.derivatives.numerics.scaling import unit_time
from tiltyard.studies.derivatives.numerics.truth_tuning import NearestToTruth

MOST_SUPPORTS = 40
NEAREST, FAR = 2.0, 8.0  # as in `rational_least_squares`: mean steps, half-widths
DEGREE = 3


@estimator(
    "oracle_rational",
    family="control",
    exact_degree=0,
    min_samples=12,
    tags=("control", "oracle"),
    cites=("nakatsukasa2018aaa", "costa2023aaals", "golub1973differentiation"),
)
def oracle_rational(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...], *, exact: Array
) -> Estimate:
    """Partial fractions and a cubic, with the poles of the step of AAA of least error.

    The poles of every step are tried as they are, and moved to minimise the squares.
    """
    n = len(t)
    unit = unit_time(t, t_eval)
    offset, scale = float(np.mean(y)), float(np.max(np.abs(y - np.mean(y)))) or 1.0
    z = (y - offset) / scale
    nearest = NEAREST * 2.0 / (n - 1)
    mean = np.array([[offset * (k == 0)] for k in orders])
    best = NearestToTruth(exact)
    steps = aaa_steps(unit.x, z, min(n // 2, MOST_SUPPORTS), 0.0)
    candidates = [np.zeros(0, complex), *(poles_of(unit.x[s], weights) for s, weights in steps)]
    for poles in candidates:
        far = distances(poles)
        fit = fit_residues(
            unit.x, z, DEGREE, poles[(poles.imag >= 0.0) & (far > nearest) & (far <= FAR)]
        )
        if fit is None:
            continue
        moved = refine(unit.x, z, fit, nearest=nearest, tolerance=1e-3 / n, iterations=15)
        for trial, is_moved in ((fit, False), (moved, True)):
            values = np.array(
                [columns(unit.x_eval, DEGREE, trial.poles, k) @ trial.coefficients for k in orders]
            )
            best.offer(
                unit.to_time(scale * values, orders) + mean,
                poles=int(np.where(trial.poles.imag > 0, 2, 1).sum()),
                moved=is_moved,
            )
    return best.estimate()
