"""Restricted likelihood of a Gauss-Markov chain, in a form that compares chains of two orders."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.polynomial import legendre

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.criterion_search import smallest
from tiltyard.studies.derivatives.numerics.kalman.information_smoother import (
    Chain,
    forward,
    triangle_of,
)

COARSE_STEP = 0.3  # of the logarithm of the cut-off frequency
MARGIN = 1e-3  # by which -2 log of the likelihood must fall: more than rounding can


class Candidate(NamedTuple):
    """A chain of order p: without noise, its states are those of polynomials of degree < p.

    Attributes
    ----------
    order : int
    chain : Chain
        Its states are ``f^(k) / k!``, k < p, of times in mean steps.
    noise_ratio : callable
        Noise ratio q of the chain for logarithms of the cut-off frequency.
    """

    order: int
    chain: Chain
    noise_ratio: Callable[[Array], Array]


def restricted_likelihood(
    chain: Chain, z: Array, floor: float, q: Array, trend: Array | None = None
) -> Array:
    """-2 log of the restricted likelihood, up to a constant; the noise variance profiled out.

    The polynomials that the chain leaves free and the columns of `trend` (n, c) count as unknown
    effects (Patterson & Thompson 1971). For splines and no trend this is Wahba's generalised
    maximum likelihood (1985).

    Parameters
    ----------
    chain : Chain
        Chain of n states, all observed.
    z : (n,) array
        Samples of the states' first component.
    floor : float
        Sum of squares of the samples' rounding errors, added to that of the residuals.
    q : (G,) array
        Noise ratios of the chain, > 0.
    trend : (n, c) array, optional
        Further unknown effects, one a column.
    """
    columns = z[:, None] if trend is None else np.column_stack([trend, z])
    reduced = forward(chain, columns, q, keep=False)
    R = triangle_of(reduced.residuals)
    diagonal = np.abs(np.diagonal(R, axis1=1, axis2=2))
    freedom = len(z) - chain.back.shape[1] - columns.shape[1] + 1
    log_determinant = reduced.log_determinant + 2.0 * np.log(diagonal[:, :-1]).sum(axis=1)
    return np.asarray(freedom * np.log(diagonal[:, -1] ** 2 + floor) + log_determinant)


def likeliest_order(
    candidates: Iterable[Candidate],
    highest: int,
    x: Array,
    z: Array,
    floor: float,
    bounds: tuple[float, float],
) -> int:
    """The order whose likelihood is highest, going up through `candidates` until one is worse.

    Restricted likelihoods of chains of different order belong to different contrasts of the
    samples, so all are given the same: those free of polynomials of degree < `highest`.

    Parameters
    ----------
    candidates : iterable of Candidate
        Chains of increasing order; the last is taken if none is worse than the one before.
    highest : int
        Highest order among the candidates.
    x : (n,) array
        Sample times in [-1, 1].
    z, floor : as in `restricted_likelihood`
    bounds : pair of float
        Range of the logarithm of the cut-off frequency.
    """
    best, least = 0, math.inf
    # The state's polynomials have leading coefficient 1; Legendre's change the determinant.
    degrees = np.arange(highest)
    scale = np.log(2.0 / (len(z) - 1))
    log_leading = [_log_leading_legendre(k) + k * scale for k in range(highest)]
    polynomials: Array = np.asarray(legendre.legvander(x, highest - 1))
    for candidate in candidates:
        trend = polynomials[:, degrees >= candidate.order]
        basis = sum(log_leading[candidate.order :])

        def criterion(parameter: Array, one: Candidate = candidate, trend: Array = trend) -> Array:
            return restricted_likelihood(one.chain, z, floor, one.noise_ratio(parameter), trend)

        where = smallest(criterion, *bounds, COARSE_STEP)
        value = float(criterion(np.array([where]))[0]) - 2.0 * basis
        if value >= least - MARGIN:
            break
        best, least = candidate.order, value
    return best


def _log_leading_legendre(degree: int) -> float:
    return math.log(math.comb(2 * degree, degree)) - degree * math.log(2.0)
