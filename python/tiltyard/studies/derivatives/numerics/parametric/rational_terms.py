"""Rational functions as parametric fits: their places are poles.

Prior of a pair of poles p in points x of [-1, 1]: Re p is uniform over [-1 - Im p, 1 + Im p], and
log Im p between the nearest and the farthest pole that `rational_selection` takes; the log distance
of a real pole is uniform over the same range on either side.
"""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.parametric.parametric_fit import (
    ROUNDING,
    Indices,
    ParametricFit,
)
from tiltyard.studies.derivatives.numerics.rational.rational_fit import (
    RationalFit,
    columns,
    distances,
    fit_residues,
    pole_columns,
)
from tiltyard.studies.derivatives.numerics.rational.rational_refinement import refine
from tiltyard.studies.derivatives.numerics.rational.rational_selection import (
    FAR,
    NEAREST,
    best_fit,
)

MOVES = 20  # of the poles, at most, once all samples are there


def rational_fits(x: Array, y: Array, few: Indices) -> tuple[ParametricFit, ParametricFit]:
    """Fits to the samples of indices `few`, which decide degree and poles, and to all.

    Parameters
    ----------
    x, y : (n,) arrays
        Points in [-1, 1], and samples.
    few : (m,) array
        Increasing indices; 0 and n - 1 are among them.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the functions decided are linearly dependent on all samples.
    """
    largest = float(np.abs(y).max())
    decided = best_fit(x[few], y[few] / largest, ROUNDING)
    if len(few) == len(x):
        alone = described(x, decided, largest, len(few))
        return alone, alone
    fit = fit_residues(x, y / largest, decided.degree, decided.poles)
    if fit is None:
        raise np.linalg.LinAlgError(
            f"{len(decided.poles)} poles placed by {len(few)} samples are linearly dependent on "
            f"all {len(x)}"
        )
    nearest = NEAREST * 2.0 / (len(few) - 1)
    fit = refine(x, y / largest, fit, nearest=nearest, tolerance=1e-3 / len(x), iterations=MOVES)
    return described(x[few], decided, largest, len(few)), described(x, fit, largest, len(few))


def described(x: Array, fit: RationalFit, largest: float, placed: int) -> ParametricFit:
    """The fit to samples ``y / largest``, as one to y, its poles placed on so many samples."""
    poles = fit.poles
    pair = poles.imag > 0.0
    pairs, reals = int(np.count_nonzero(pair)), int(np.count_nonzero(~pair))
    span = math.log(FAR * (placed - 1) / (2.0 * NEAREST))
    real_part = distances(poles)[pair] / (2.0 * (1.0 + poles.imag[pair]))
    return ParametricFit(
        x=x,
        coefficients=largest * fit.coefficients,
        Q=fit.Q,
        residual=largest * fit.residual,
        largest=largest,
        columns=lambda points, order: columns(points, fit.degree, poles, order),
        by_place=lambda points, order: largest * pole_columns(points, fit, order),
        density=np.concatenate([real_part, np.full(pairs, 1.0 / span), np.full(reals, 0.5 / span)]),
        alike=(pairs, reals),
    )
