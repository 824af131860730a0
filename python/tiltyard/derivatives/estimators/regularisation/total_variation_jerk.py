"""Total-variation regularisation of the third derivative (cubic trend filtering), set by AICc."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, solveh_banded

from tiltyard.derivatives.estimator import Array, Estimate, estimator
from tiltyard.derivatives.numerics.finite_differences import differentiate_nearest
from tiltyard.derivatives.numerics.nested_basis import aicc, rounding_squares

DEGREE = 3  # of the pieces: the highest derivative, whose total variation is penalised
WIDTH = 5  # samples of the symmetric stencil that differentiates cubic pieces exactly
#: Duality gap relative to the objective at which a solution counts as found.
GAP = 1e-9
MOST_ITERATIONS = 100
STEPS_A_DECADE = 2
REFINEMENT = 10  # steps a decade around the best of the coarse ones
#: Jumps of the third derivative below this share of the largest are none.
JUMP = 1e-6


class _Fit(NamedTuple):
    criterion: float
    exponent: float
    smooth: Array
    knots: int


@estimator(
    "total_variation_jerk",
    family="regularisation",
    max_order=DEGREE,
    exact_degree=DEGREE,
    min_samples=12,
    cites=("kim2009trend", "tibshirani2014adaptive", "tibshirani2012degrees"),
)
def total_variation_jerk(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the fit that minimises squares plus the total variation of its jerk.

    ``sum (y - f)**2 / 2 + lam * TV(f''')`` over the samples, in the discrete form of trend
    filtering (Tibshirani 2014, eq. 26): f is piecewise cubic with few knots, so orders above 3 do
    not exist. ``lam`` minimises AICc with the number of knots plus 4 as degrees of freedom
    (Tibshirani & Taylor 2012). The solver is a primal-dual interior-point method on the dual (Kim,
    Koh, Boyd & Gorinevsky 2009), run to a duality gap of 1e-9 of the objective; a ``lam`` at which
    rounding keeps the gap open does not compete.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time], evenly spaced or not, and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k, up to 3.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k]; settings ``penalty`` (in units of the mean
        time step) and ``knots``.

    Raises
    ------
    RuntimeError
        If the solver converges at no penalty at all.

    References
    ----------
    Kim, Koh, Boyd & Gorinevsky (2009), SIAM Rev. 51, 339-360, section 6.
    Tibshirani (2014), Ann. Statist. 42, 285-323.
    Tibshirani & Taylor (2012), Ann. Statist. 40, 1198-1232.
    """
    n = len(t)
    x = (t - t[0]) / (t[-1] - t[0]) * (n - 1)
    differences = difference_rows(x)
    trend = np.polynomial.chebyshev.chebvander(2 * x / (n - 1) - 1, DEGREE)
    base = trend @ np.linalg.lstsq(trend, y, rcond=None)[0]
    rest = y - base
    spread, floor = float(np.max(np.abs(rest))), rounding_squares(y)
    best = _Fit(_criterion(rest, 0, floor), np.inf, np.zeros(n), 0)
    if rest @ rest > floor:
        # The dual variable is a fourfold sum of the residual: these penalties bracket all knots.
        exponents = np.arange(-4.0, 4 * np.log10(n), 1 / STEPS_A_DECADE)
        best = _best(differences, rest, spread, exponents, best)
        if np.isfinite(best.exponent):
            around = np.arange(-REFINEMENT // STEPS_A_DECADE + 1, REFINEMENT // STEPS_A_DECADE)
            finer = best.exponent + around[around != 0] / REFINEMENT
            best = _best(differences, rest, spread, finer, best)
    smooth = base + best.smooth
    values = np.array([differentiate_nearest(t, smooth, t_eval, k, WIDTH) for k in orders])
    return Estimate(values, settings={"penalty": spread * 10**best.exponent, "knots": best.knots})


def difference_rows(x: Array) -> Array:
    """Rows of the operator whose l1 norm is the total variation of the third derivative.

    Returns
    -------
    (n - 4, 5) array
        Row i acts on samples i ... i + 4 (Tibshirani 2014, eq. 26 and 27).
    """
    n = len(x)
    rows = np.ones((n, 1))
    for order in range(DEGREE + 1):
        count = n - order - 1
        if order:
            rows *= (order / (x[order:] - x[:-order]))[:, None]
        longer = np.zeros((count, order + 2))
        longer[:, 1:] += rows[1:]
        longer[:, :-1] -= rows[:-1]
        rows = longer
    return rows


def _best(differences: Array, y: Array, spread: float, exponents: Array, best: _Fit) -> _Fit:
    floor = rounding_squares(y)
    converged = 0
    for exponent in exponents:
        dual = solve_dual(differences, y, spread * 10**exponent)
        if dual is None:
            continue
        converged += 1
        smooth = y - apply_transposed(differences, dual)
        jumps = np.abs(apply(differences, smooth))
        # Where the dual variable is inside its bounds there is no knot.
        active = np.abs(dual) > (1 - 1e-4) * spread * 10**exponent
        knots = int(np.count_nonzero(active & (jumps > JUMP * jumps.max())))
        criterion = _criterion(y - smooth, knots, floor)
        if criterion < best.criterion:
            best = _Fit(criterion, float(exponent), smooth, knots)
    if not converged:
        raise RuntimeError(
            "total_variation_jerk: the interior-point method closed the duality gap at none of "
            f"{len(exponents)} penalties; scale the samples, or use fewer than {len(y)}"
        )
    return best


def _criterion(residual: Array, knots: int, floor: float) -> float:
    parameters = np.array(knots + DEGREE + 1)
    return float(aicc(np.array(residual @ residual), parameters, len(residual), floor))


def solve_dual(differences: Array, y: Array, penalty: float) -> Array | None:
    """Minimise ``|D'z|**2 / 2 - y'D'z`` over ``|z| <= penalty``; None if the gap stays open.

    Kim et al. (2009), with the step rules of their section 6. The fit is ``y - D'z``.
    """
    target = apply(differences, y)
    gram = _gram_bands(differences)
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
            return None  # rounding has put a bound on its limit: no room is left to step
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
    """D x."""
    windows = np.lib.stride_tricks.sliding_window_view(x, differences.shape[1])
    result: Array = np.sum(differences * windows, axis=1)
    return result


def apply_transposed(differences: Array, z: Array) -> Array:
    """D' z."""
    count, width = differences.shape
    result = np.zeros(count + width - 1)
    for j in range(width):
        result[j : j + count] += differences[:, j] * z
    return result


def _gram_bands(differences: Array) -> Array:
    """Lower bands of D D', as `scipy.linalg.solveh_banded` takes them."""
    count, width = differences.shape
    bands = np.zeros((width, count))
    for offset in range(min(width, count)):
        products = differences[offset:, : width - offset] * differences[: count - offset, offset:]
        bands[offset, : count - offset] = np.sum(products, axis=1)
    return bands
