"""Finite differences of the samples, smoothed by a spline.

The difference quotient of two neighbours is the mean of the slope between them (it differs from
the slope in the middle by ``h^2 f''' / 24``), so the spline's means are fitted to it: without noise
the fit then has no error from the differences. Each quotient is weighted by its step: in sums over
many steps, to which a smooth slope is fitted, the noise of all samples between the first and last
then cancels. The spline is that of `p_spline`, with a penalty of one order less. Order 0 is its
antiderivative with the constant that fits the samples best.

The noise of differences is not white. A cross-validation of slopes takes it for white, and high
frequencies dominate it. So robust generalised cross-validation (Lukas 2006) of the samples chooses
the smoothing, with the antiderivative's residuals and degrees of freedom.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.interpolate import BSpline

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.spline.p_spline import (
    DEGREE,
    ROBUSTNESS,
    bounds,
    even_knots,
    weighted_differences,
)
from tiltyard.studies.derivatives.numerics.bases.penalised_basis import (
    PenalisedBasis,
    Projected,
    decompose,
    degrees_left,
    project,
    score,
    solve,
)
from tiltyard.studies.derivatives.numerics.criterion_search import smallest
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples, unit_samples
from tiltyard.studies.derivatives.numerics.splines.quintic_spline import in_mean_steps
from tiltyard.studies.derivatives.numerics.splines.spline_process import search_step

PENALTY_ORDER = 5  # of the slopes


class Problem(NamedTuple):
    """Integrals of B-splines of the slope over each step, and the samples' differences.

    Both are divided by the roots of the steps.

    Attributes
    ----------
    knots : (K + 9,) array
        Knots of the splines of the slope [mean step].
    times : (n,) array
        Sample times [mean step].
    model, differences : PenalisedBasis, Projected
        The integrals, and the differences projected on them.
    unfitted : (n - 1,) array
        Part of the differences that no coefficients can fit.
    floor : float
        Sum of squares of the samples' rounding errors.
    reference : float
        Cut-off frequency of the penalty factor 1 [per mean step].
    """

    knots: Array
    times: Array
    model: PenalisedBasis
    differences: Projected
    unfitted: Array
    floor: float
    reference: float

    def factor(self, log_cut_off: Array) -> Array:
        """Penalty factor for the logarithm of a cut-off frequency [per mean step]."""
        ratio = math.log(self.reference) - np.asarray(log_cut_off)
        return np.asarray(np.exp(2 * PENALTY_ORDER * ratio))


def prepare(x: Array, samples: UnitSamples) -> Problem:
    """Set up the problem of `samples` at times `x` in mean steps."""
    knots, roots = even_knots(x), np.sqrt(np.diff(x))
    integrals = BSpline(knots, np.eye(len(knots) - DEGREE - 1), DEGREE).antiderivative()(x)
    reference = math.exp(0.5 * sum(bounds(len(x))))
    penalty = weighted_differences(knots, PENALTY_ORDER, reference)
    model = decompose(np.diff(integrals, axis=0) / roots[:, None], penalty)
    differences = np.diff(samples.z) / roots
    projected = project(model, differences, samples.floor)
    unfitted = differences - model.fitted @ projected.parts
    return Problem(knots, x, model, projected, unfitted, samples.floor, reference)


def cross_validation(problem: Problem, factor: Array) -> Array:
    """Logarithm of the robust GCV score of the samples, for factors (G,).

    The matrix from differences to fitted ones and the matrix from samples to antiderivatives have
    the same eigenvalues, except that the latter has one more, which is 1: that of the constant. It
    is left out, as there is one sample more than differences.
    """
    left = problem.model.left(factor) * problem.differences.parts
    wrong = left @ problem.model.fitted.T + problem.unfitted
    wrong *= np.sqrt(np.diff(problem.times))
    residual = np.pad(np.cumsum(wrong, axis=1), ((0, 0), (1, 0)))
    residual -= residual.mean(axis=1, keepdims=True)
    squares = (residual**2).sum(axis=1) + problem.floor
    return score(squares, problem.model, problem.differences, factor, ROBUSTNESS)


def best(problem: Problem) -> float:
    """Logarithm of the cut-off frequency [per mean step] of the smallest robust GCV score."""

    def criterion(log_cut_off: Array) -> Array:
        return cross_validation(problem, problem.factor(log_cut_off))

    return smallest(criterion, *bounds(len(problem.times)), search_step(PENALTY_ORDER))


def fit(problem: Problem, z: Array, log_cut_off: float) -> BSpline:
    """Antiderivative of the spline of the slopes, with the constant that fits `z` best."""
    factor = float(problem.factor(np.array(log_cut_off)))
    coefficients = solve(problem.model, problem.differences, factor)
    spline = BSpline(problem.knots, coefficients, DEGREE).antiderivative()
    spline.c = spline.c + np.mean(z - spline(problem.times))
    return spline


@estimator(
    "finite_difference_spline",
    family="spline",
    max_order=7,
    exact_degree=PENALTY_ORDER,
    min_samples=PENALTY_ORDER + 5,
    cites=("eilers1996flexible", "lukas2006robust", "vanloan1985computing"),
)
def finite_difference_spline(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Spline of the slope, fitted to finite differences; smoothed by robust GCV of the samples."""
    samples = unit_samples(y)
    level = (np.array(orders) == 0)[:, None] * np.full(len(t_eval), samples.mean)
    if samples.spread == 0.0:
        return Estimate(level, None, {"degrees_of_freedom": 1.0})
    x, x_eval, step = in_mean_steps(t, t_eval)
    problem = prepare(x, samples)
    chosen = best(problem)
    spline = fit(problem, samples.z, chosen)
    scale = samples.spread / step ** np.array(orders, dtype=float)[:, None]
    values = scale * np.array([spline(x_eval, nu=k) for k in orders])
    left = degrees_left(problem.model, problem.differences, problem.factor(np.array([chosen])))[0]
    settings = {
        "degrees_of_freedom": len(t) - float(left),
        "cut_off_frequency": math.exp(chosen) / (2.0 * math.pi * step),
    }
    return Estimate(values + level, None, settings)
