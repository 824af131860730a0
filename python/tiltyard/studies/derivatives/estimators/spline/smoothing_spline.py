"""Natural smoothing splines whose smoothing is chosen by restricted likelihood or by GCV.

The module `spline_process` explains how the spline of penalty order m and degree 2m - 1 is
computed.

With m >= 6 derivatives of order 7 are continuous (up to order 2m - 2 = 10), and the natural ends,
where derivatives of order m and higher vanish, affect orders 6 and 7 only. The restricted
likelihood presumes the process: where the signal is smoother than a process of order m, as with
many samples of low noise, it undersmooths (Wahba 1985), so it also chooses m from 6 to 10.
Cross-validation does not presume it, and its scores for two m differ too little to choose by them:
there m = 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.criterion_search import smallest
from tiltyard.studies.derivatives.numerics.kalman.information_smoother import Chain
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples, unit_samples
from tiltyard.studies.derivatives.numerics.splines.restricted_likelihood import (
    Candidate,
    likeliest_order,
    restricted_likelihood,
)
from tiltyard.studies.derivatives.numerics.splines.spline_process import (
    Problem,
    choose_by_validation,
    describe,
    noise_ratio,
    prepare,
    search_bounds,
    search_step,
    smooth,
    transitions,
)

LEAST_ORDER = 6
GREATEST_ORDER = 10
SAME = 2e-10  # times that differ by less are the same, in mean steps
SAMPLES_PER_ORDER = 3  # fewer samples do not determine a process of higher order


def shape_derivatives(m: int, order: int, u: Array) -> Array:
    """Derivatives of the noise shapes ``sqrt(2j+1) P_j(1 - 2u)`` of `order` at u (l,): (l, m)."""
    columns = [
        math.sqrt(2 * j + 1)
        * (-2.0) ** order
        * legendre.legval(1.0 - 2.0 * u, legendre.legder(np.eye(m)[j], order))
        for j in range(m)
    ]
    return np.stack(columns, axis=1)


def evaluate(problem: Problem, q: float, x: Array, orders: tuple[int, ...]) -> tuple[Array, Array]:
    """Values and variances (len(orders), l) for one noise ratio `q`; see `evaluate_all`."""
    values, variances = evaluate_all(problem, np.array([q]), x, orders)
    return values[0], variances[0]


def evaluate_all(
    problem: Problem, q: Array, x: Array, orders: tuple[int, ...]
) -> tuple[Array, Array]:
    """Derivatives of the splines, and their posterior variances, at times `x`.

    Parameters
    ----------
    problem : Problem
        Samples and chain.
    q : (G,) array
        Noise ratios of the chain.
    x : (l,) array
        Times since the first sample [mean step].
    orders : tuple of int
        Derivative orders, up to 2m - 1.

    Returns
    -------
    values, variances : (G, len(orders), l) arrays
        Derivatives and variances in the problem's units, where the noise variance is 1. Variances
        are those of the process of which the spline is the posterior mean (Wahba 1983); orders of
        m and above have none (NaN), as the process has no such derivative.
    """
    m = problem.order
    knots = problem.times
    own, place = _merge(knots, x)
    smoothed = smooth(problem.chain, problem.z, q)
    inside = smoothed
    if len(own) > len(knots):
        observed = np.isin(own, knots)
        z = np.zeros(len(own))
        z[observed] = problem.z
        inside = smooth(Chain(*transitions(np.diff(own), m), observed), z, q)
    values, variances = np.full((2, len(q), len(orders), len(x)), np.nan)
    for row, k in enumerate(orders):
        if k < m:
            values[:, row] = math.factorial(k) * inside.states[:, place, k]
            variances[:, row] = math.factorial(k) ** 2 * inside.variances[:, place, k]
        else:
            noises = math.factorial(m - 1) * np.sqrt(q)[:, None, None] * smoothed.noises
            sides = [
                _from_noises(
                    problem, noises, own[place], k, np.searchsorted(knots, own[place], side)
                )
                for side in ("left", "right")
            ]
            values[:, row] = 0.5 * (sides[0] + sides[1])
    return values, variances


def _from_noises(
    problem: Problem, noises: Array, x: Array, k: int, after: NDArray[np.intp]
) -> Array:
    """Derivatives (G, l) of order k >= m at `x` in the intervals that end at knots `after`."""
    interval = np.clip(after - 1, 0, len(problem.steps) - 1)
    length = problem.steps[interval]
    u = (x - problem.times[interval]) / length
    shapes = shape_derivatives(problem.order, k - problem.order, u) * noises[:, interval]
    return np.asarray(shapes.sum(axis=2) / length ** (k - problem.order + 0.5))


def _merge(knots: Array, x: Array) -> tuple[Array, NDArray[np.intp]]:
    """Sorted union of knots and points `x`, and the index of each point of `x` in it.

    A point within rounding of a knot is that knot: a shorter step has no meaning.
    """
    nearest = np.clip(np.searchsorted(knots, x), 1, len(knots) - 1)
    nearest -= x - knots[nearest - 1] < knots[nearest] - x
    close = np.abs(x - knots[nearest]) <= SAME
    points = np.where(close, knots[nearest], x)
    own = np.union1d(knots, points)
    return own, np.searchsorted(own, points)


def choose_by_likelihood(t: Array, samples: UnitSamples) -> tuple[Problem, float]:
    """Penalty order and smoothing of the highest restricted likelihood."""
    n = len(t)
    orders = range(LEAST_ORDER, max(LEAST_ORDER, min(GREATEST_ORDER, n // SAMPLES_PER_ORDER)) + 1)
    problem = prepare(t, samples, LEAST_ORDER)
    if len(orders) > 1:
        x = 2.0 * problem.times / (n - 1) - 1.0
        candidates = (
            Candidate(m, prepare(t, samples, m).chain, partial(noise_ratio, m=m)) for m in orders
        )
        m = likeliest_order(candidates, orders[-1], x, problem.z, problem.floor, search_bounds(n))
        problem = prepare(t, samples, m)

    return problem, likeliest_ratio(problem)


def likeliest_ratio(problem: Problem) -> float:
    """Noise ratio q of the highest restricted likelihood."""
    m = problem.order

    def criterion(parameter: Array) -> Array:
        q = noise_ratio(parameter, m)
        return restricted_likelihood(problem.chain, problem.z, problem.floor, q)

    parameter = smallest(criterion, *search_bounds(len(problem.z), m), search_step(m))
    return float(noise_ratio(np.array(parameter), m))


def choose_by_score(t: Array, samples: UnitSamples) -> tuple[Problem, float]:
    """Smoothing of the smallest GCV score, for the least penalty order."""
    problem = prepare(t, samples, LEAST_ORDER)
    return problem, choose_by_validation(problem)


Choose = Callable[[Array, UnitSamples], tuple[Problem, float]]


def given(m: int, ratio: Callable[[Problem], float]) -> Choose:
    """Choose penalty order `m`, and the noise ratio by `ratio`."""

    def choose(t: Array, samples: UnitSamples) -> tuple[Problem, float]:
        problem = prepare(t, samples, m)
        return problem, ratio(problem)

    return choose


def fixed(m: int, log_cut_off: float) -> Choose:
    """Choose penalty order `m` and the logarithm of a cut-off frequency [per mean step]."""
    return given(m, lambda _: float(noise_ratio(np.array(log_cut_off), m)))


def fit(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    choose: Choose,
    *,
    likelihood: bool = False,
) -> Estimate:
    """Differentiate the spline that `choose` selects, in original units.

    The noise, by which deviations are scaled, is estimated from the likelihood or from residuals.
    """
    samples = unit_samples(y)
    mean = np.array([[samples.mean * (k == 0)] for k in orders])
    if samples.spread == 0.0:
        values = np.repeat(mean, len(t_eval), axis=1)
        return Estimate(values, np.zeros_like(values), {"degrees_of_freedom": 1.0})
    problem, q = choose(t, samples)
    m, step = problem.order, float((t[-1] - t[0]) / (len(t) - 1))
    values, variances = evaluate(problem, q, (t_eval - t[0]) / step, orders)
    freedom, by_likelihood, by_residuals = describe(problem, q)
    noise = by_likelihood if likelihood else by_residuals
    scale = samples.spread / step ** np.array(orders, dtype=float)[:, None]
    settings = {
        "penalty_order": m,
        "smoothing": step ** (2 * m - 1) / (math.factorial(m - 1) ** 2 * q),
        "degrees_of_freedom": freedom,
        "noise": noise * samples.spread,
    }
    return Estimate(values * scale + mean, noise * scale * np.sqrt(variances), settings)


@estimator(
    "smoothing_spline_reml",
    oracle="oracle_smoothing_spline",
    family="spline",
    max_order=7,
    exact_degree=LEAST_ORDER - 1,
    min_samples=10,
    standard_deviation=True,
    cites=("wahba1985comparison", "wahba1983bayesian", "bierman1977factorization"),
)
def smoothing_spline_reml(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Natural smoothing spline; penalty order and smoothing by restricted maximum likelihood.

    Standard deviations are the posterior ones of the process (Wahba 1983) for orders below the
    penalty order, and NaN above, where the process has no derivative.
    """
    return fit(t, y, t_eval, orders, choose_by_likelihood, likelihood=True)


@estimator(
    "smoothing_spline_gcv",
    oracle="oracle_smoothing_spline",
    family="spline",
    max_order=7,
    exact_degree=LEAST_ORDER - 1,
    min_samples=10,
    standard_deviation=True,
    cites=("craven1978smoothing", "wahba1983bayesian", "bierman1977factorization"),
)
def smoothing_spline_gcv(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Natural smoothing spline of degree 11, its smoothing by generalised cross-validation.

    Standard deviations are the posterior ones of the process (Wahba 1983) for orders 0 to 5, and
    NaN above, where the process has no derivative.
    """
    return fit(t, y, t_eval, orders, choose_by_score)
