"""Floater-Hormann rational functions, fitted by least squares; GCV chooses nodes and degree."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg import qr, solve_triangular
from scipy.special import comb

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.rational.barycentric import differentiate_barycentric
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples, unit_samples
from tiltyard.studies.derivatives.numerics.scaling import unit_time

DEGREES = (3, 5, 7, 9, 11, 13)  # of the blended polynomials
MOST_NODES = 150
#: A column of which the others leave less than this share counts as dependent on them.
DEPENDENT = 1e-12


class Fit(NamedTuple):
    """Nodes in [-1, 1], barycentric weights and fitted values there (each (p,)), and GCV."""

    nodes: Array
    weights: Array
    values: Array
    criterion: float


@estimator(
    "floater_hormann",
    family="rational",
    exact_degree=9,
    min_samples=16,
    cites=("floater2007barycentric", "schneider1986some", "craven1978smoothing"),
)
def floater_hormann(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the least-squares fit of a Floater-Hormann rational function.

    Floater & Hormann's (2007) interpolant blends the polynomials of degree d through every d + 1
    successive nodes; for fixed nodes it is linear in the values there, has no real poles, and is
    infinitely smooth. Here the nodes are evenly spaced and fewer than the samples, the values are
    fitted to all samples, and generalised cross-validation chooses the number of nodes and d. The
    function is differentiated in barycentric form.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time], evenly spaced or not, and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k]; the number of ``nodes`` and the ``degree``
        of the blended polynomials.

    References
    ----------
    Floater & Hormann (2007), Numer. Math. 107, 315-331.
    Craven & Wahba (1978), Numer. Math. 31, 377-403.
    """
    samples, unit = unit_samples(y), unit_time(t, t_eval)
    if samples.spread == 0.0:
        flat = [np.full(len(t_eval), samples.mean if k == 0 else 0.0) for k in orders]
        return Estimate(np.array(flat))
    (count, degree), best = search(unit.x, samples)
    values = samples.spread * differentiate_barycentric(
        best.nodes, best.values, best.weights, unit.x_eval, orders
    )
    values[[k == 0 for k in orders]] += samples.mean
    return Estimate(unit.to_time(values, orders), settings={"nodes": count, "degree": degree})


def search(x: Array, samples: UnitSamples) -> tuple[tuple[int, int], Fit]:
    """Number of nodes and degree of the least GCV score, and its fit."""
    n = len(x)
    most = min(9 * n // 10, MOST_NODES)
    counts = [*range(2, min(20, most))]
    while counts[-1] < most:
        counts.append(min(counts[-1] + max(counts[-1] // 16, 1), most))
    found: tuple[tuple[int, int], Fit] | None = None
    for count in counts:
        # A degree too high for the nodes becomes that of the polynomial through all of them.
        for degree in sorted({min(d, count - 1) for d in DEGREES}):
            trial = fit(x, samples, count, degree)
            if trial is not None and (found is None or trial.criterion < found[1].criterion):
                found = (count, degree), trial
    assert found is not None  # two nodes are never dependent
    return found


def fit(x: Array, samples: UnitSamples, count: int, degree: int) -> Fit | None:
    """Least squares with `count` nodes; None where the samples do not determine all values."""
    nodes = np.linspace(-1.0, 1.0, count)
    weights = blending_weights(count, degree)
    Q, R = qr(cardinal_functions(nodes, weights, x), mode="economic", check_finite=False)
    diagonal = np.abs(np.diag(R))
    if diagonal.min() < DEPENDENT * diagonal.max():
        return None
    projected = Q.T @ samples.z
    residual = samples.z - Q @ projected
    values = solve_triangular(R, projected, check_finite=False)
    squares = float(residual @ residual) + samples.floor
    criterion = math.log(squares) - 2.0 * math.log(1.0 - count / len(x))
    return Fit(nodes, weights, values, criterion)


def blending_weights(count: int, degree: int) -> Array:
    """Barycentric weights for evenly spaced nodes (Floater & Hormann 2007, section 3)."""
    weights = np.zeros(count)
    row = comb(degree, np.arange(degree + 1))
    for start in range(count - degree):
        weights[start : start + degree + 1] += row
    return weights * (-1.0) ** np.arange(count)


def cardinal_functions(nodes: Array, weights: Array, x: Array) -> Array:
    """Values at `x` of the functions that are 1 at one node and 0 at the others: (len(x), p)."""
    distance = x[:, None] - nodes
    hit = distance == 0.0
    distance[hit] = 1.0
    terms = weights / distance
    functions = terms / terms.sum(axis=1, keepdims=True)
    functions[hit.any(axis=1)] = hit[hit.any(axis=1)]
    return np.asarray(functions)
