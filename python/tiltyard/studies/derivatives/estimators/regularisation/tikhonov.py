"""Tikhonov regularisation of differentiation as an integral equation, set by robust GCV.

The derivative u solves ``y = c + integral u``, which is ill-posed; Cullum (1971) minimises

    |y - c - A u|^2 + lambda * (|u|^2 + |u'|^2 + ... + |u^(s)|^2)

with the integral A from the start of the record. The penalty is the squared norm of the Sobolev
space of order s, with times in half-widths of the record. Unlike the penalty of a smoothing spline,
its last term alone, it draws u to zero, is strictly convex, and leaves only c unpenalised.

u is a spline of degree 2 s with evenly spaced knots, as many as samples: the degree of the
smoothing spline of that order. In a basis that is orthonormal in the Sobolev norm the problem is
ridge regression, and the singular values of A there give the solutions for all lambda.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.interpolate import BSpline
from scipy.linalg import cholesky, solve_triangular

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.criterion_search import smallest
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples, unit_samples
from tiltyard.studies.derivatives.numerics.scaling import unit_time

MOST_KNOTS = 400
ROBUSTNESS = 0.3  # gamma of the robust score; 1 is plain GCV
SEARCH_STEP = 0.5  # of the logarithm of lambda
#: Range of that logarithm beyond the squares of the singular values, for very little noise.
MARGIN = math.log(1e8)

CITES = ("cullum1971numerical", "lukas2006robust")


class Problem(NamedTuple):
    """Ridge regression of samples less their mean.

    Attributes
    ----------
    spline : BSpline
        All basis splines of u: the coefficients have one column for each.
    singular : (r,) array
        Singular values of the integral in the Sobolev-orthonormal basis.
    projected : (r,) array
        Samples along the left singular vectors.
    rest : float
        Squares of the samples outside their span.
    directions : (K, r) array
        Coefficients of the basis splines for each right singular vector.
    """

    spline: BSpline
    singular: Array
    projected: Array
    rest: float
    directions: Array


def sobolev_gram(spline: BSpline, s: int) -> Array:
    """Inner products of the basis splines in the norm of order `s` on [-1, 1]: (K, K)."""
    edges = np.unique(spline.t)
    points, weights = leggauss(spline.k + 1)  # exact for products of two splines
    half = 0.5 * np.diff(edges)[:, None]
    x = (edges[:-1, None] + half * (1.0 + points)).ravel()
    root = np.sqrt((half * weights).ravel())[:, None]
    gram = np.zeros((spline.c.shape[1],) * 2)
    for order in range(s + 1):
        values = root * spline(x, order)
        gram += values.T @ values
    return gram


def prepare(x: Array, samples: UnitSamples, s: int) -> Problem:
    """The problem of `samples` at `x` (n,) in [-1, 1] for the Sobolev norm of order s."""
    degree, intervals = 2 * s, min(len(x) - 1, MOST_KNOTS)
    edges = np.linspace(-1.0, 1.0, intervals + 1)
    knots = np.concatenate([[-1.0] * degree, edges, [1.0] * degree])
    spline = BSpline(knots, np.eye(intervals + degree), degree)
    integral = spline.antiderivative()(x)
    triangle = cholesky(sobolev_gram(spline, s))
    centred = integral - integral.mean(axis=0)
    operator = solve_triangular(triangle, centred.T, trans="T").T
    U, singular, Vt = np.linalg.svd(operator, full_matrices=False)
    kept = singular > len(x) * np.finfo(float).eps * singular[0]
    projected = U[:, kept].T @ samples.z
    rest = samples.z - U[:, kept] @ projected
    rest -= rest.mean()
    directions = solve_triangular(triangle, Vt[kept].T)
    return Problem(spline, singular[kept], projected, float(rest @ rest), directions)


def robust_cross_validation(problem: Problem, n: int, floor: float, penalty: Array) -> Array:
    """Log robust GCV score (Lukas 2006) at each `penalty` (G,); c counts as a degree of freedom."""
    squares = problem.singular**2
    left = penalty[:, None] / (squares + penalty[:, None])  # eigenvalues of I - S
    residual = ((left * problem.projected) ** 2).sum(axis=1) + problem.rest + floor
    trace = left.sum(axis=1) + (n - 1 - len(squares))
    passed = 1.0 + ((1.0 - left) ** 2).sum(axis=1)
    robust = np.log(ROBUSTNESS + (1.0 - ROBUSTNESS) * passed / n)
    return np.asarray(np.log(residual) - 2.0 * np.log(trace) + robust)


def choose(problem: Problem, n: int, floor: float) -> float:
    """The penalty of the least score."""
    largest, least = 2.0 * np.log(problem.singular[[0, -1]])
    parameter = smallest(
        lambda value: robust_cross_validation(problem, n, floor, np.exp(-np.asarray(value))),
        -largest - MARGIN,
        -least + MARGIN,
        SEARCH_STEP,
    )
    return math.exp(-parameter)


def estimate(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    s: int,
    penalty: float | None = None,
) -> Estimate:
    """Regularise in the Sobolev space of order `s`; without `penalty`, robust GCV chooses it."""
    samples, unit = unit_samples(y), unit_time(t, t_eval)
    if samples.spread == 0.0:
        flat = [np.full(len(t_eval), samples.mean if k == 0 else 0.0) for k in orders]
        return Estimate(np.array(flat))
    problem = prepare(unit.x, samples, s)
    penalty = choose(problem, len(t), samples.floor) if penalty is None else penalty
    shrunk = problem.singular / (problem.singular**2 + penalty)
    coefficients = problem.directions @ (shrunk * problem.projected)
    u = BSpline(problem.spline.t, coefficients, problem.spline.k)
    integral = u.antiderivative()
    constant = samples.mean - samples.spread * integral(unit.x).mean()
    values = samples.spread * np.stack([integral(unit.x_eval, k) for k in orders])
    values[[k == 0 for k in orders]] += constant
    freedom = 1.0 + float((problem.singular * shrunk).sum())
    settings = {"smoothing": penalty, "degrees_of_freedom": freedom}
    return Estimate(unit.to_time(values, orders), settings=settings)


@estimator(
    "tikhonov",
    family="regularisation",
    max_order=2,
    exact_degree=0,
    min_samples=12,
    cites=CITES,
)
def tikhonov(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Tikhonov regularisation of the first derivative in the Sobolev space of order 1.

    The penalty has the squares of u and u'; the second derivative is continuous.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time], evenly spaced or not, and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k, up to 2.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k]; settings ``smoothing`` (lambda, for times
        in half-widths of the record) and ``degrees_of_freedom``.

    References
    ----------
    Cullum (1971), SIAM J. Numer. Anal. 8, 254-265.
    Lukas (2006), Inverse Problems 22, 1883-1902.
    """
    return estimate(t, y, t_eval, orders, 1)


@estimator(
    "tikhonov_2",
    family="regularisation",
    max_order=4,
    exact_degree=0,
    min_samples=12,
    cites=CITES,
)
def tikhonov_2(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Tikhonov regularisation of the first derivative in the Sobolev space of order 2.

    The penalty has the squares of u, u' and u''; derivatives up to order 4 are continuous. All else
    is as in `tikhonov`.
    """
    return estimate(t, y, t_eval, orders, 2)
