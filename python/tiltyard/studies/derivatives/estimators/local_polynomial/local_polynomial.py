"""Local polynomials with a tricube kernel (loess), for any times; bandwidth by residual squares.

Derivative k at x is that of the polynomial of degree p that fits the samples best under Cleveland's
(1979) tricube weights, which vanish at the distance of x's neighbour number N. N is common to all
x, so the bandwidth widens by itself at the ends and where samples are sparse.

For each degree N minimises Fan & Gijbels' (1995) residual squares criterion,

    mean over x of  s(x)**2 (1 + (p + 1) V(x)),

with s**2 the local weighted variance of the residuals and V sigma**2 the variance of the fitted
value. This is optimal for no derivative, but misses the optimum of each by a constant factor, known
from the kernel (their section 3.1), with which N is corrected.

At every x the degree among k + 1, k + 5, ... is then the one of least risk at the nearest of 51
samples. The variance follows from the weights; the bias is that of a polynomial of degree p + 1
whose size follows from the misfit, the excess of s**2 over sigma**2, which is taken to be at least
its value at the optimum, V sigma**2 / 2.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import MAX_ORDER, Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples, unit_samples

EXTRA = 1  # least degree beyond the order: odd, so that the bias at the ends is of the same order
HIGHEST = 19  # highest degree
SPARE = 4  # fewest neighbours beyond the degree
POINTS, FEW = 51, 11  # at which the criterion and the variance are averaged
RATIO = 1.1  # of successive numbers of neighbours
STRIDE = 4  # of the degrees to choose from
WIDE = 4.0  # times the best number of neighbours: larger numbers are not tried
NODES = 200  # of the quadrature over the kernel


class Design(NamedTuple):
    """Weighted least squares at each of m points, in a basis of Legendre's polynomials.

    Attributes
    ----------
    Q, R : (m, c, p + 1) and (m, p + 1, p + 1) arrays
        QR factorisation of the weighted basis.
    weights : (m, c) array
        Tricube weights of the c samples nearest to each point.
    first : (m,) array
        First of the c samples with weight.
    width : (m,) array
        Bandwidth [mean step].
    """

    Q: Array
    R: Array
    weights: Array
    first: NDArray[np.intp]
    width: Array


def tricube(u: Array) -> Array:
    """Kernel ``(1 - |u|**3)**3`` on [-1, 1]."""
    return np.asarray(np.maximum(1.0 - np.abs(u) ** 3, 0.0) ** 3)


def at_zero(degree: int, order: int) -> Array:
    """Derivatives of `order` at zero of Legendre's polynomials up to `degree`: (degree + 1,)."""
    return np.array(
        [legendre.legval(0.0, legendre.legder(row, order)) for row in np.eye(degree + 1)]
    )


@cache
def correction(order: int, degree: int) -> float:
    """Ratio of the best bandwidth for a derivative to the bandwidth of the least criterion.

    ``((2k+1) A_k C / ((p+1-k) B_k**2 A_0)) ** (1 / (2p+3))``, where A_k is the variance of the
    derivative and, where the signal is ``u**(p+1)``, B_k its bias and C the weighted mean square of
    the residuals, for the kernel on [-1, 1].
    """
    nodes, w = legendre.leggauss(NODES)
    kernel = tricube(nodes)
    Q, R = np.linalg.qr(np.sqrt(kernel * w)[:, None] * legendre.legvander(nodes, degree + 1))
    rows = [np.linalg.solve(R.T, at_zero(degree + 1, k)) for k in (0, order)]
    variances = [float(kernel @ (Q[:, :-1] @ row[:-1]) ** 2) for row in rows]
    # The residuals are a multiple of the orthonormal polynomial of degree p + 1: the last row.
    bias = float(rows[1][-1] ** 2 * (kernel @ w))
    ratio = (2 * order + 1) * variances[1] / ((degree + 1 - order) * bias * variances[0])
    return float(ratio ** (1.0 / (2 * degree + 3)))


def design(t: Array, x: Array, neighbours: float, degree: int) -> Design:
    """Weighted bases at `x` for a number of neighbours, which may be fractional or above n.

    Between whole numbers the bandwidth is interpolated; above n it grows in proportion.
    """
    n = len(t)
    distances = np.abs(t - x[:, None])
    count = min(math.floor(neighbours) + 1, n)
    order = np.argsort(distances, axis=1, kind="stable")
    nearest = np.take_along_axis(distances, order[:, :count], axis=1)
    if neighbours >= n:
        width = nearest[:, -1] * (neighbours / n)
    else:
        share = neighbours - math.floor(neighbours)
        width = (1.0 - share) * nearest[:, -2] + share * nearest[:, -1]
    first = order[:, :count].min(axis=1)
    u = (t[first[:, None] + np.arange(count)] - x[:, None]) / width[:, None]
    weights = tricube(u)
    basis = np.asarray(legendre.legvander(np.clip(u, -1.0, 1.0), degree))
    Q, R = np.linalg.qr(np.sqrt(weights)[:, :, None] * basis)
    return Design(Q, R, weights, first, width)


def residual_squares(
    t: Array, samples: UnitSamples, neighbours: float, degree: int
) -> tuple[Array, Array, Array]:
    """Criterion, mean s**2 and mean V for all degrees up to `degree`: (degree + 1,) each."""
    n = len(t)
    points = some(t, POINTS)
    d = design(t, points, neighbours, degree)
    window = d.first[:, None] + np.arange(d.Q.shape[1])
    root = np.sqrt(d.weights)
    z = root * samples.z[window]
    components = np.einsum("mcp,mc->mp", d.Q, z)
    residuals = z[:, :, None] - np.cumsum(d.Q * components[:, None], axis=2)
    left = d.weights.sum(axis=1)[:, None]
    left = left - np.cumsum(np.einsum("mcp,mc->mp", d.Q**2, d.weights), axis=1)
    equivalent = root[:, :, None] * np.cumsum(d.Q * responses(d, 0)[:, None], axis=2)
    variance = np.sum(equivalent**2, axis=1)
    local = np.sum(residuals**2, axis=1) / left + samples.floor / n
    criterion = np.mean(local * (1.0 + np.arange(1, degree + 2) * variance), axis=0)
    return criterion, local.mean(axis=0), variance.mean(axis=0)


def some(t: Array, count: int) -> Array:
    """At most `count` of the times, both ends among them."""
    indices = np.round(np.linspace(0, len(t) - 1, min(len(t), count))).astype(int)
    return t[indices]


def responses(d: Design, order: int) -> Array:
    """Derivative of each function in Q: (m, p + 1) [mean step**-order]."""
    degree = d.R.shape[1] - 1
    b = np.broadcast_to(at_zero(degree, order)[:, None], (len(d.R), degree + 1, 1))
    response = np.linalg.solve(np.swapaxes(d.R, 1, 2), b)[:, :, 0]
    return np.asarray(response / d.width[:, None] ** order)


class Minimum(NamedTuple):
    """Minimum of each degree's criterion over the number of neighbours; all are (degrees,)."""

    neighbours: Array
    criterion: Array
    squares: Array  # mean s**2
    variance: Array  # mean V


def minimise(t: Array, samples: UnitSamples) -> Minimum:
    """Minimise the criterion of all degrees over the number of neighbours."""
    n = len(t)
    highest = min(HIGHEST, n - SPARE - 1)
    best = Minimum(*np.full((4, highest + 1), np.inf))
    neighbours = float(EXTRA + SPARE)
    while neighbours <= 4 * n:
        degree = min(highest, math.floor(neighbours) - SPARE)
        criterion, squares, variance = residual_squares(t, samples, neighbours, degree)
        # Of equal ones, where all residuals are rounding, the widest counts.
        better = np.flatnonzero(criterion <= best.criterion[: degree + 1] * (1.0 + 1e-9))
        best.neighbours[better] = neighbours
        best.criterion[better] = criterion[better]
        best.squares[better] = squares[better]
        best.variance[better] = variance[better]
        if neighbours > WIDE * best.neighbours[: degree + 1].max() and degree == highest:
            break
        neighbours *= RATIO
    return best


def curvatures(t: Array, best: Minimum, noise: float) -> Array:
    """Squared coefficient of degree p + 1 that explains the misfit of each degree: (degrees,)."""
    points, found = some(t, FEW), np.zeros(len(best.squares))
    for degree in range(EXTRA, len(found)):
        misfit = max(best.squares[degree] - noise, 0.5 * best.variance[degree] * noise)
        d = design(t, points, float(best.neighbours[degree]), degree + 1)
        left = d.weights.sum(axis=1)
        left -= np.einsum("mcp,mc->m", d.Q[:, :, :-1] ** 2, d.weights)
        square = d.R[:, -1, -1] ** 2 * d.width ** (2 * degree + 2) / left
        found[degree] = misfit / float(np.mean(square))
    return found


def risks(
    t: Array, order: int, neighbours: dict[int, float], noise: float, squares: Array
) -> Array:
    """Risk of each degree (rows) of `neighbours` at `some` of the times."""
    points = some(t, POINTS)
    rows = []
    for degree, number in neighbours.items():
        d = design(t, points, number, degree + 1)
        a = responses(d, order)
        weights = np.einsum("mcp,mp->mc", d.Q[:, :, :-1], a[:, :-1])
        variance = np.sum(d.weights * weights**2, axis=1)
        bias = (a[:, -1] * d.R[:, -1, -1] * d.width ** (degree + 1)) ** 2
        rows.append(noise * variance + squares[degree] * bias)
    return np.array(rows)


def fit(
    t: Array, samples: UnitSamples, t_eval: Array, order: int, degree: int, neighbours: float
) -> Array:
    """Derivative (m,) of the polynomials of `degree` among a number of neighbours."""
    d = design(t, t_eval, neighbours, degree)
    z = np.sqrt(d.weights) * samples.z[d.first[:, None] + np.arange(d.Q.shape[1])]
    return np.asarray(np.sum(responses(d, order) * np.einsum("mcp,mc->mp", d.Q, z), axis=1))


@estimator(
    "local_polynomial",
    family="local polynomial",
    max_order=MAX_ORDER,
    exact_degree=3,
    min_samples=20,
    cites=("cleveland1979robust", "fan1995data", "fan1996local"),
)
def local_polynomial(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate tricube-weighted local polynomials of the degree and width of least risk.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing sample times [time] and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k, 0 to 7.

    Returns
    -------
    Estimate
        Derivatives (len(orders), m) [signal / time**k].

    References
    ----------
    Cleveland (1979), J. Am. Stat. Assoc. 74, 829-836; Fan & Gijbels (1995), J. R. Stat. Soc. B 57,
    371-394, equations 3.1 to 3.3.
    """
    samples = unit_samples(y)
    offset = np.array([[samples.mean * (k == 0)] for k in orders])
    if samples.spread == 0.0:
        return Estimate(np.repeat(offset, len(t_eval), axis=1))
    step = float(t[-1] - t[0]) / (len(t) - 1)
    x = (t - t[0]) / step
    best = minimise(x, samples)
    noise = float(best.squares[EXTRA:].min())
    squares = curvatures(x, best, noise)
    points, place = some(x, POINTS), (t_eval - t[0]) / step
    nearest = np.searchsorted(0.5 * (points[1:] + points[:-1]), place)
    values, used = np.empty((len(orders), len(t_eval))), []
    for row, k in enumerate(orders):
        neighbours = {
            degree: max(float(best.neighbours[degree]) * correction(k, degree), degree + SPARE)
            for degree in range(k + EXTRA, len(squares), STRIDE)
        }
        least = np.argmin(risks(x, k, neighbours, noise, squares), axis=0)
        degrees = np.array(list(neighbours))[least]
        for degree in np.unique(degrees):
            here = degrees[nearest] == degree
            number = neighbours[int(degree)]
            values[row, here] = fit(x, samples, place[here], k, int(degree), number)
        used.append(int(np.median(degrees)))
    values *= samples.spread / step ** np.array(orders, dtype=float)[:, None]
    return Estimate(
        values + offset, None, {"noise": math.sqrt(noise) * samples.spread, "degree": used}
    )
