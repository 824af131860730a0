"""Sums of exponentials as parametric fits: their places are exponents.

Prior of an exponent s in points x of [-1, 1]: the density of Re s is ``(2 + |Re s|)**-2``, and that
of Im s, of a complex one, ``2 pi / (2 pi + Im s)**2``. Half of all exponents have |Re s| below 2,
and half of the tones a period above half the record; the tails are heavy.
"""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.exponentials.exponential_fit import (
    ExponentialFit,
    columns,
    exponent_columns,
    fit_coefficients,
    refine,
)
from tiltyard.studies.derivatives.numerics.exponentials.exponential_selection import best_fit
from tiltyard.studies.derivatives.numerics.parametric.parametric_fit import (
    ROUNDING,
    Indices,
    ParametricFit,
)

MOVES = 20  # of the exponents, at most, once all samples are there


def exponential_fits(x: Array, y: Array, few: Indices) -> tuple[ParametricFit, ParametricFit]:
    """Fits to the samples of indices `few`, which decide degree and exponents, and to all.

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
        alone = described(x, decided, largest)
        return alone, alone
    fit = fit_coefficients(x, y / largest, decided.degree, decided.exponents)
    if fit is None:
        raise np.linalg.LinAlgError(
            f"{len(decided.exponents)} exponents placed by {len(few)} samples are linearly "
            f"dependent on all {len(x)}"
        )
    fit = refine(x, y / largest, fit, tolerance=1e-3 / len(x), iterations=MOVES)
    return described(x[few], decided, largest), described(x, fit, largest)


def described(x: Array, fit: ExponentialFit, largest: float) -> ParametricFit:
    """The fit to samples ``y / largest``, as one to y."""
    s = fit.exponents
    tone = s.imag > 0.0
    tones, reals = int(np.count_nonzero(tone)), int(np.count_nonzero(~tone))
    turn = 2.0 * math.pi
    return ParametricFit(
        x=x,
        coefficients=largest * fit.coefficients,
        Q=fit.Q,
        residual=largest * fit.residual,
        largest=largest,
        columns=lambda points, order: columns(points, fit.degree, s, order),
        by_place=lambda points, order: largest * exponent_columns(points, fit, order),
        density=np.concatenate(
            [(2.0 + np.abs(s.real)) ** -2.0, turn / np.square(turn + s.imag[tone])]
        ),
        alike=(tones, reals),
    )
