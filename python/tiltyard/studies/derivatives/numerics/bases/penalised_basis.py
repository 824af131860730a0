"""Penalised least squares on a basis, for all values of the penalty's factor at once.

The problem is: minimise ``|y - B c|^2 + factor * |w P c|^2`` over c, where ``w`` is a weight of
the order of what the samples need. The generalised singular value decomposition of (w P, B)
diagonalises both terms. It comes from a QR factorisation of the two stacked and singular value
decompositions of the blocks of Q (Van Loan 1985), never from products like B'B, so that neither
small penalties nor small parts of the fit lose their digits. A value of a criterion costs O(n).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import qr, solve_triangular

from tiltyard.studies.derivatives.contract import Array

HALVES = 0.7  # sines up to this come from the penalty's block, cosines below it from the basis's


class PenalisedBasis(NamedTuple):
    """Directions in which fit and penalty are diagonal; those without penalty come last.

    Attributes
    ----------
    fitted : (n, K) array
        Orthonormal fitted samples of each direction; zero where `cosines` are 0.
    coefficients : (K, K) array
        Coefficients c of each direction, for which ``|B c|^2 + |w P c|^2 = 1``.
    cosines, sines : (K,) arrays
        ``|B c|`` and ``|w P c|`` of each direction.
    free : int
        Number of directions without penalty.
    """

    fitted: Array
    coefficients: Array
    cosines: Array
    sines: Array
    free: int

    def kept(self, factor: float) -> Array:
        """Share of each direction's samples that the fit keeps (K,)."""
        return np.asarray(self.cosines**2 / (self.cosines**2 + factor * self.sines**2))

    def left(self, factor: Array) -> Array:
        """One minus `kept`, without cancellation, for factors (G,): shape (G, K)."""
        penalty = np.asarray(factor)[:, None] * self.sines**2
        return np.asarray(penalty / (self.cosines**2 + penalty))


class Projected(NamedTuple):
    """Samples projected on the directions of a basis.

    Attributes
    ----------
    parts : (K,) array
        Parts of the samples along `PenalisedBasis.fitted`.
    outside : float
        Sum of squares of the part that no coefficients can fit, plus that of rounding errors.
    n : int
        Number of samples.
    """

    parts: Array
    outside: float
    n: int


def decompose(basis: Array, penalty: Array) -> PenalisedBasis:
    """Diagonalise `basis` (n, K) and weighted `penalty` (K - free, K).

    The two must have no null vector in common.
    """
    rows, count = penalty.shape
    # Rows of the penalty may be large: on top they do not spoil the others (Powell & Reid 1969).
    q, r = qr(np.vstack([penalty, basis]), mode="economic")
    top = np.vstack([q[:rows], np.zeros((count - rows, count))])
    sines, directions = np.linalg.svd(top)[1:]
    sines[rows:] = 0.0
    rough = sines > HALVES
    smooth_cosines = np.sqrt(1.0 - sines[~rough] ** 2)
    smooth_fitted = q[rows:] @ directions[~rough].T / smooth_cosines
    # The roughest directions have small cosines, which 1 - sine^2 would lose. Their fitted samples
    # are sought orthogonal to those of the smooth ones, as tiny cosines do not determine them.
    others = qr(smooth_fitted)[0][:, smooth_fitted.shape[1] :]
    block = others.T @ (q[rows:] @ directions[rough].T)
    inside = min(block.shape)
    padding = np.zeros((max(0, block.shape[1] - len(block)), block.shape[1]))
    left, cosines, right = np.linalg.svd(np.vstack([block, padding]), full_matrices=False)
    cosines[inside:] = 0.0
    left[:, inside:] = 0.0
    rough_fitted = others @ left[: len(block), ::-1]
    turned = np.vstack([(right @ directions[rough])[::-1], directions[~rough]])
    return PenalisedBasis(
        fitted=np.hstack([rough_fitted, smooth_fitted]),
        coefficients=np.asarray(solve_triangular(r, turned.T)),
        cosines=np.concatenate([cosines[::-1], smooth_cosines]),
        sines=np.concatenate([np.sqrt(1.0 - cosines[::-1] ** 2), sines[~rough]]),
        free=count - rows,
    )


def project(model: PenalisedBasis, z: Array, floor: float) -> Projected:
    """Project samples `z` (n,), whose rounding errors have the sum of squares `floor`."""
    parts = model.fitted.T @ z
    outside = z - model.fitted @ parts
    return Projected(parts, float(outside @ outside) + floor, len(z))


def solve(model: PenalisedBasis, samples: Projected, factor: float) -> Array:
    """Coefficients (K,) that minimise the penalised squares of `samples` for `factor`."""
    weight = model.cosines / (model.cosines**2 + factor * model.sines**2)
    return np.asarray(model.coefficients @ (weight * samples.parts))


def fitted_values(model: PenalisedBasis, samples: Projected, z: Array, factor: float) -> Array:
    """Fitted samples (n,); where they nearly interpolate, differences from `z` are accurate."""
    left = model.left(np.array([factor]))[0]
    outside = z - model.fitted @ samples.parts
    return np.asarray(z - outside - model.fitted @ (left * samples.parts))


def degrees_left(model: PenalisedBasis, samples: Projected, factor: Array) -> Array:
    """Number of samples minus the trace of the smoother, for factors (G,)."""
    unreachable = samples.n - np.count_nonzero(model.cosines)
    present = model.cosines > 0.0
    return np.asarray(model.left(factor)[:, present].sum(axis=1) + unreachable)


def cross_validation(
    model: PenalisedBasis, samples: Projected, factor: Array, robustness: float = 1.0
) -> Array:
    """Logarithm of the robust GCV score of `samples`, for factors (G,): see `score`."""
    squares = ((model.left(factor) * samples.parts) ** 2).sum(axis=1) + samples.outside
    return score(squares, model, samples, factor, robustness)


def score(
    squares: Array, model: PenalisedBasis, samples: Projected, factor: Array, robustness: float
) -> Array:
    """Logarithm of the robust GCV score for sums of squared residuals `squares` (G,).

    With `robustness` gamma it is the GCV score (Craven & Wahba 1978) times
    ``gamma + (1 - gamma) tr(S^2) / n`` (Lukas 2006), where S is the smoother; 1 is plain GCV.
    """
    kept = np.where(model.cosines > 0.0, 1.0 - model.left(factor), 0.0)
    share = (kept**2).sum(axis=1) / samples.n
    freedom = degrees_left(model, samples, factor)
    weight = robustness + (1.0 - robustness) * share
    return np.asarray(np.log(squares) - 2.0 * np.log(freedom) + np.log(weight))


def restricted(model: PenalisedBasis, samples: Projected, factor: Array) -> Array:
    """-2 log of the restricted likelihood up to a constant, for factors (G,).

    The penalty counts as normally distributed ``P c``; the noise variance is profiled out.
    """
    left = model.left(factor)
    quadratic = (left * samples.parts**2).sum(axis=1) + samples.outside
    penalised = (model.cosines > 0.0) & (
        np.arange(len(model.sines)) < len(model.sines) - model.free
    )
    determinant = np.log(left[:, penalised]).sum(axis=1)
    return np.asarray((samples.n - model.free) * np.log(quadratic) - determinant)
