"""P-splines: B-splines at even knots with a penalty on differences of their coefficients.

Eilers & Marx (1996) take more B-splines than the data need and leave the smoothing to a penalty
on differences of order m of neighbouring coefficients, which does not penalise polynomials up to
degree m - 1. Degree 8 makes derivatives up to order 7 continuous; with m = 6 only orders 6 and 7
are drawn towards zero at the ends, as in `smoothing_spline`. There is one interval between knots
for each sample, up to 400, so that the fit can follow noise-free samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.interpolate import BSpline

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.bases.penalised_basis import (
    PenalisedBasis,
    Projected,
    cross_validation,
    decompose,
    degrees_left,
    project,
    restricted,
    solve,
)
from tiltyard.studies.derivatives.numerics.criterion_search import smallest
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples, unit_samples
from tiltyard.studies.derivatives.numerics.splines.quintic_spline import in_mean_steps
from tiltyard.studies.derivatives.numerics.splines.spline_process import search_bounds, search_step

DEGREE = 8
PENALTY_ORDER = 6
MOST_INTERVALS = 400
ROBUSTNESS = 0.3  # gamma of the robust score; 1 is plain GCV, which sometimes interpolates
FINER = math.log(4.0)  # added to the search's upper bound: B-splines pass less high frequencies

Criterion = Callable[[PenalisedBasis, Projected, Array], Array]


class Problem(NamedTuple):
    """Knots (K + 9,) in mean steps, the basis on the samples, and the samples in it.

    `reference` is the cut-off frequency [per mean step] of the penalty factor 1.
    """

    knots: Array
    model: PenalisedBasis
    samples: Projected
    reference: float

    def factor(self, log_cut_off: Array) -> Array:
        """Penalty factor for the logarithm of a cut-off frequency [per mean step]."""
        ratio = math.log(self.reference) - np.asarray(log_cut_off)
        return np.asarray(np.exp(2 * PENALTY_ORDER * ratio))


def bounds(n: int) -> tuple[float, float]:
    """Range of the logarithm of the cut-off frequency [per mean step] for n samples."""
    low, high = search_bounds(n, PENALTY_ORDER)
    return low, high + FINER


def even_knots(x: Array) -> Array:
    """Knots of B-splines on the range of the times `x`, which starts at 0."""
    intervals = min(len(x) - 1, MOST_INTERVALS)
    knots = x[-1] / intervals * np.arange(-DEGREE, intervals + DEGREE + 1.0)
    knots[DEGREE + intervals] = x[-1]  # the product may miss it by rounding
    return np.asarray(knots)


def weighted_differences(knots: Array, order: int, cut_off: float) -> Array:
    """Matrix of the coefficients' weighted differences; `cut_off` is in 1 / unit of `knots`."""
    count, width = len(knots) - DEGREE - 1, knots[DEGREE + 1]
    return np.asarray((cut_off * width) ** -order * np.diff(np.eye(count), order, axis=0))


def prepare(x: Array, samples: UnitSamples) -> Problem:
    """Set up the basis for `samples` at times `x` in mean steps."""
    knots = even_knots(x)
    basis = BSpline.design_matrix(x, knots, DEGREE).toarray()
    low, high = bounds(len(x))
    reference = math.exp(0.5 * (low + high))
    model = decompose(basis, weighted_differences(knots, PENALTY_ORDER, reference))
    return Problem(knots, model, project(model, samples.z, samples.floor), reference)


def fit(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    choose: Callable[[Problem], float],
) -> Estimate:
    """Differentiate the P-spline whose log cut-off frequency [per mean step] `choose` selects."""
    samples = unit_samples(y)
    level = (np.array(orders) == 0)[:, None] * np.full(len(t_eval), samples.mean)
    if samples.spread == 0.0:
        return Estimate(level, np.zeros(level.shape), {"degrees_of_freedom": 1.0})
    x, x_eval, step = in_mean_steps(t, t_eval)
    problem = prepare(x, samples)
    model = problem.model
    factor = float(problem.factor(np.array(choose(problem))))
    kept, left = model.kept(factor), degrees_left(model, problem.samples, np.array([factor]))[0]
    squares = float(((1.0 - kept) ** 2 * problem.samples.parts**2).sum()) + problem.samples.outside
    noise = samples.spread * math.sqrt(squares / left)
    spline = BSpline(problem.knots, solve(model, problem.samples, factor), DEGREE)
    spread = np.sqrt(model.cosines**2 + factor * model.sines**2)
    directions = BSpline(problem.knots, model.coefficients / spread, DEGREE)
    scale = step ** -np.array(orders, dtype=float)[:, None]
    values = np.array([spline(x_eval, nu=k) for k in orders])
    deviations = [np.linalg.norm(directions(x_eval, nu=k), axis=1) for k in orders]
    settings = {
        "degrees_of_freedom": len(t) - float(left),
        "intervals": len(problem.knots) - 2 * DEGREE - 1,
        "noise": noise,
        "penalty_factor": factor * (problem.reference * step) ** (-2 * PENALTY_ORDER),
    }
    return Estimate(samples.spread * scale * values + level, noise * scale * deviations, settings)


def best(problem: Problem, criterion: Criterion) -> float:
    """Logarithm of the cut-off frequency [per mean step] where `criterion` is smallest."""

    def at(log_cut_off: Array) -> Array:
        return criterion(problem.model, problem.samples, problem.factor(log_cut_off))

    return smallest(at, *bounds(problem.samples.n), search_step(PENALTY_ORDER))


def _register(name: str, criterion: Criterion, cites: tuple[str, ...]) -> None:
    @estimator(
        f"p_spline_{name}",
        family="spline",
        max_order=7,
        exact_degree=PENALTY_ORDER - 1,
        min_samples=PENALTY_ORDER + 4,
        standard_deviation=True,
        cites=("eilers1996flexible", "vanloan1985computing", *cites),
    )
    def by_criterion(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
        """P-spline of degree 8 whose smoothing minimises a criterion.

        Standard deviations are the posterior ones for normally distributed differences.
        """
        return fit(t, y, t_eval, orders, lambda problem: best(problem, criterion))


_register("reml", restricted, ("patterson1971recovery",))
_register("gcv", partial(cross_validation, robustness=ROBUSTNESS), ("lukas2006robust",))
