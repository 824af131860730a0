"""Least squares in nested spaces of functions, by a basis that is orthonormal on the samples.

Each basis function is an earlier one times a fixed multiplier, or a seed function, made
orthonormal to all before it (Vandermonde with Arnoldi; Brubeck, Nakatsukasa & Trefethen 2021, SIAM
Rev. 63, 405). The same recurrence gives values and derivatives anywhere, so that no ill-conditioned
system in monomials, Chebyshev polynomials or extended Fourier modes is ever solved.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: A function of whose norm projection leaves no more than this share is in the space already.
DEPENDENT = 1e-13


class Step(NamedTuple):
    """Start of a basis function: seed number `seed`, or the multiplier times function `parent`."""

    seed: int = -1
    parent: int = -1


class NestedBasis(NamedTuple):
    """Basis functions by their recurrence.

    Attributes
    ----------
    steps : tuple of Step
        Start of each function.
    columns : (n, K) array
        Values on the samples, orthonormal.
    projections : (K, K) array
        Column k: components along the functions before k that were subtracted.
    norms : (K,) array
        Norm of each function after this subtraction, by which it was divided.
    """

    steps: tuple[Step, ...]
    columns: Array
    projections: Array
    norms: Array


def build_basis(multiplier: Array, seeds: Array, steps: Sequence[Step]) -> NestedBasis:
    """The basis of `steps` on the samples; it ends before a function that depends on earlier ones.

    Parameters
    ----------
    multiplier : (n,) array
        The multiplier at the samples.
    seeds : (s, n) array
        The seed functions at the samples.
    steps : sequence of Step
        Starts of the functions; a parent precedes its child.
    """
    n, count = len(multiplier), len(steps)
    columns, projections = np.zeros((n, count), order="F"), np.zeros((count, count))
    norms = np.zeros(count)
    for k, step in enumerate(steps):
        column = seeds[step.seed] if step.seed >= 0 else multiplier * columns[:, step.parent]
        before = np.linalg.norm(column)
        for _ in range(2):  # twice is enough (Kahan, Parlett)
            along = columns[:, :k].T @ column
            column = column - columns[:, :k] @ along
            projections[:k, k] += along
        norms[k] = np.linalg.norm(column)
        if norms[k] <= DEPENDENT * before:
            count = k
            break
        columns[:, k] = column / norms[k]
    return NestedBasis(
        tuple(steps[:count]), columns[:, :count], projections[:count, :count], norms[:count]
    )


def differentiate_basis(basis: NestedBasis, multiplier: Array, seeds: Array) -> Array:
    """Derivatives of the first functions of `basis` from those of multiplier and seeds.

    Parameters
    ----------
    basis : NestedBasis
        Basis of K functions.
    multiplier : (d + 1, m) array
        Derivatives of order 0 to d of the multiplier at m points.
    seeds : (s, d + 1, m) array
        Derivatives of order 0 to d of the seed functions at these points.

    Returns
    -------
    (K, d + 1, m) array
        Derivatives of order 0 to d of the basis functions at these points.
    """
    result = np.zeros((len(basis.steps), *multiplier.shape))
    nonzero = [i for i, row in enumerate(multiplier) if np.any(row)]
    for k, step in enumerate(basis.steps):
        if step.seed >= 0:
            result[k] = seeds[step.seed]
        else:
            for j in range(len(multiplier)):
                for i in nonzero:  # Leibniz's rule
                    if i <= j:
                        result[k, j] += comb(j, i) * multiplier[i] * result[step.parent, j - i]
        result[k] -= np.tensordot(basis.projections[:k, k], result[:k], axes=1)
        result[k] /= basis.norms[k]
    return result


class NestedFit(NamedTuple):
    """Least-squares fits of the first 1, 2, ... K functions.

    Attributes
    ----------
    coefficients : (K,) array
    residual_squares : (K,) array
        Residual sum of squares of each fit.
    prediction_squares : (K,) array
        Sum of squares of each fit's leave-one-out residuals, ``r_i / (1 - h_ii)``.
    """

    coefficients: Array
    residual_squares: Array
    prediction_squares: Array


def fit_nested(basis: NestedBasis, y: Array) -> NestedFit:
    """Fit `y` in every nested space at once, from explicit residuals."""
    residual, leverage = y.copy(), np.zeros(len(y))
    count = basis.columns.shape[1]
    coefficients, squares, predictions = np.zeros((3, count))
    for k, column in enumerate(basis.columns.T):
        coefficients[k] = column @ residual
        residual -= coefficients[k] * column
        leverage += column**2
        squares[k] = residual @ residual
        # At leverage 1 no other sample predicts this one: both terms of the ratio are rounding.
        predicted = residual / np.maximum(1.0 - leverage, np.finfo(float).eps)
        predictions[k] = predicted @ predicted
    return NestedFit(coefficients, squares, predictions)


def rounding_squares(y: Array) -> float:
    """Residual sum of squares below which only the rounding of `y` is left."""
    return float(len(y) * (2 * np.finfo(float).eps * np.max(np.abs(y))) ** 2)


def aicc(residual_squares: Array, parameters: Array, n: int, floor: float) -> Array:
    """Corrected Akaike criterion of least-squares fits with unknown noise variance.

    ``n log(RSS / n) + 2 p n / (n - p - 1)``, p = parameters + 1 (Hurvich & Tsai 1989, Biometrika
    76, 297), up to a constant; infinite where n <= p + 1. RSS below `floor` is rounding and counts
    as `floor`, so that an exact fit is not refined for ever.
    """
    p = parameters + 1
    room = n - p - 1
    squares = np.maximum(residual_squares, max(floor, np.finfo(float).tiny))
    with np.errstate(divide="ignore"):
        value = n * np.log(squares / n) + 2 * p * n / np.where(room > 0, room, np.nan)
    return np.where(room > 0, value, np.inf)


def gcv(residual_squares: Array, parameters: Array, n: int, floor: float) -> Array:
    """Generalised cross-validation of least-squares fits, ``n RSS / (n - parameters)**2``.

    Craven & Wahba (1978), Numer. Math. 31, 377. Infinite where no sample is left over; RSS below
    `floor` is rounding and counts as `floor`.
    """
    room = n - parameters
    squares = np.maximum(residual_squares, max(floor, np.finfo(float).tiny))
    return np.where(room > 0, n * squares / np.maximum(room, 1) ** 2, np.inf)
