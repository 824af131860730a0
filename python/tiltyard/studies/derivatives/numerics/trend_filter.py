"""Trend filtering: piecewise polynomials by an l1 penalty on divided differences of the samples.

The fit f of degree k minimises ``sum (y - f)**2 / 2 + lam * TV(f^(k))`` over the samples, with the
variation of the k-th derivative in the discrete form of Tibshirani (2014, eq. 26 and 27). The
solver is a primal-dual interior-point method on the dual (Kim, Koh, Boyd & Gorinevsky 2009).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, solveh_banded

from tiltyard.studies.derivatives.numerics.bases.nested_basis import rounding_squares

Array = NDArray[np.float64]

#: Duality gap relative to the objective at which a solution counts as found.
GAP = 1e-9
MOST_ITERATIONS = 100
STEPS_A_DECADE = 2  # of the coarse path of penalties
REFINEMENT = 10  # steps a decade around the best penalty of the coarse path
#: Jumps of the k-th derivative below this share of the largest are rounding, not knots.
JUMP = 1e-6


class Problem(NamedTuple):
    """Samples without their polynomial of degree k.

    Attributes
    ----------
    degree : int
        Degree k of the fit's pieces, >= 0.
    differences : (n - k - 1, k + 2) array
        Rows of the operator D whose l1 norm is the total variation; times are in mean steps.
    base, rest : (n,) arrays
        Least-squares polynomial and residual [signal].
    spread : float
        Largest absolute residual [signal]: the unit of the penalty.
    floor : float
        Sum of squares of the samples' rounding errors [signal**2].
    """

    degree: int
    differences: Array
    base: Array
    rest: Array
    spread: float
    floor: float


class TrendFit(NamedTuple):
    """A fit: log10 of the penalty in units of `spread`, samples of f [signal], number of knots."""

    exponent: float
    smooth: Array
    knots: int


#: Function of the sum of squared residuals [signal**2] and the degrees of freedom, to minimise.
Criterion = Callable[[float, int], float]


def prepare(t: Array, y: Array, degree: int) -> Problem:
    """Take the least-squares polynomial out of samples `y` (n,) at times `t` (n,)."""
    n = len(t)
    x = (t - t[0]) / (t[-1] - t[0]) * (n - 1)
    trend = np.polynomial.chebyshev.chebvander(2 * x / (n - 1) - 1, degree)
    base = trend @ np.linalg.lstsq(trend, y, rcond=None)[0]
    rest = y - base
    spread = float(np.max(np.abs(rest)))
    return Problem(degree, difference_rows(x, degree), base, rest, spread, rounding_squares(y))


def search(problem: Problem, criterion: Criterion, low: float, high: float) -> TrendFit:
    """The fit that minimises `criterion` over a path of penalties, or the polynomial alone.

    The path is ``spread * 10**low`` to ``spread * 10**high``. The degrees of freedom are the knots
    plus ``k + 1`` (Tibshirani & Taylor 2012). Penalties at which rounding keeps the duality gap
    open are left out.

    Raises
    ------
    RuntimeError
        If the solver converges at no penalty at all.
    """
    best = TrendFit(np.inf, problem.base, 0)
    if problem.rest @ problem.rest <= problem.floor:
        return best
    exponents = np.arange(low, high, 1 / STEPS_A_DECADE)
    best = _best(problem, criterion, exponents, best)
    if math.isfinite(best.exponent):
        around = np.arange(-REFINEMENT // STEPS_A_DECADE + 1, REFINEMENT // STEPS_A_DECADE)
        finer = best.exponent + around[around != 0] / REFINEMENT
        best = _best(problem, criterion, finer, best)
    return best


def _best(problem: Problem, criterion: Criterion, exponents: Array, best: TrendFit) -> TrendFit:
    def value(fit: TrendFit) -> float:
        residual = problem.base + problem.rest - fit.smooth
        return criterion(float(residual @ residual), fit.knots + problem.degree + 1)

    least = value(best)
    fits = [fit for one in exponents if (fit := fit_at(problem, float(one))) is not None]
    if not fits:
        raise RuntimeError(
            f"trend filtering of degree {problem.degree}: the interior-point method closed the "
            f"duality gap at none of {len(exponents)} penalties; scale the samples, or use fewer "
            f"than {len(problem.rest)}"
        )
    for fit in fits:
        found = value(fit)
        if found < least:
            least, best = found, fit
    return best


def fit_at(problem: Problem, exponent: float) -> TrendFit | None:
    """The fit of penalty ``spread * 10**exponent``; None if the duality gap stays open."""
    unit, penalty = problem.rest / problem.spread, 10**exponent
    dual = solve_dual(problem.differences, unit, penalty)
    if dual is None:
        return None
    smooth = unit - apply_transposed(problem.differences, dual)
    jumps = np.abs(apply(problem.differences, smooth))
    # A dual variable inside its bounds means that there is no knot.
    active = np.abs(dual) > (1 - 1e-4) * penalty
    knots = int(np.count_nonzero(active & (jumps > JUMP * jumps.max())))
    return TrendFit(exponent, problem.base + problem.spread * smooth, knots)


def difference_rows(x: Array, degree: int) -> Array:
    """Rows of the operator whose l1 norm is the total variation of the derivative of `degree`.

    Returns
    -------
    (n - degree - 1, degree + 2) array
        Row i acts on samples i to i + degree + 1 (Tibshirani 2014, eq. 26 and 27).
    """
    n = len(x)
    rows = np.ones((n, 1))
    for order in range(degree + 1):
        count = n - order - 1
        if order:
            rows *= (order / (x[order:] - x[:-order]))[:, None]
        longer = np.zeros((count, order + 2))
        longer[:, 1:] += rows[1:]
        longer[:, :-1] -= rows[:-1]
        rows = longer
    return rows


def solve_dual(differences: Array, y: Array, penalty: float) -> Array | None:
    """Minimise ``|D'z|**2 / 2 - y'D'z`` over ``|z| <= penalty``; None if the gap stays open.

    Kim et al. (2009), with the step rules of their section 6. The fit is ``y - D'z``.
    """
    target = apply(differences, y)
    gram = gram_bands(differences)
    z, above, below = np.zeros_like(target), np.ones_like(target), np.ones_like(target)
    barrier, step = 1e-10, 1.0
    for _ in range(MOST_ITERATIONS):
        residual = apply_transposed(differences, z)
        gradient = apply(differences, residual) - target
        primal = 0.5 * residual @ residual + penalty * np.sum(np.abs(gradient))
        gap = primal - (target @ z - 0.5 * residual @ residual)
        if gap <= GAP * primal:
            return z
        if step >= 0.2:
            barrier = max(4 * len(z) / gap, 1.2 * barrier)
        upper, lower = z - penalty, -z - penalty
        if not (np.all(upper < 0.0) and np.all(lower < 0.0)):
            return None  # rounding has moved z onto a bound, where the barrier is infinite
        bands = gram.copy()
        bands[0] -= above / upper + below / lower
        right = -gradient + (1 / upper - 1 / lower) / barrier
        try:
            dz = solveh_banded(bands, right, lower=True, check_finite=False)
        except LinAlgError:
            return None
        d_above = -(above + (1 / barrier + dz * above) / upper)
        d_below = -(below + (1 / barrier - dz * below) / lower)
        step = min(1.0, _reach(above, d_above), _reach(below, d_below))
        step = min(step, _reach(-upper, -dz), _reach(-lower, dz))
        z, above, below = z + step * dz, above + step * d_above, below + step * d_below
    return None


def _reach(value: Array, change: Array) -> float:
    """The largest step that keeps ``value + step * change`` positive, with a margin."""
    falling = change < 0
    return float(0.99 * np.min(-value[falling] / change[falling], initial=np.inf))


def apply(differences: Array, x: Array) -> Array:
    """Product ``D x`` of the operator with rows `differences` and `x` (n,)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, differences.shape[1])
    result: Array = np.sum(differences * windows, axis=1)
    return result


def apply_transposed(differences: Array, z: Array) -> Array:
    """Product ``D' z`` of the transposed operator and `z` (n - k - 1,)."""
    count, width = differences.shape
    result = np.zeros(count + width - 1)
    for j in range(width):
        result[j : j + count] += differences[:, j] * z
    return result


def gram_bands(differences: Array) -> Array:
    """Lower bands of D D', as `scipy.linalg.solveh_banded` takes them."""
    count, width = differences.shape
    bands = np.zeros((width, count))
    for offset in range(min(width, count)):
        products = differences[offset:, : width - offset] * differences[: count - offset, offset:]
        bands[offset, : count - offset] = np.sum(products, axis=1)
    return bands
