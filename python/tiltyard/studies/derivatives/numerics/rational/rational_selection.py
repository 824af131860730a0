"""Number and places of a rational function's poles: AAA finds them, BIC chooses."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import Array
from tiltyard.studies.derivatives.numerics.rational.aaa_steps import aaa_steps, poles_of
from tiltyard.studies.derivatives.numerics.rational.rational_fit import (
    Complex,
    RationalFit,
    coordinates,
    distances,
    fit_residues,
    most_useful_pole,
)
from tiltyard.studies.derivatives.numerics.rational.rational_refinement import polish, refine

MOST_SUPPORTS = 40  # points of AAA
NEAREST = 2.0  # mean sample steps: a pole nearer to the record fits single samples
FAR = 8.0  # half-widths of the record: a pole beyond is one at infinity, a polynomial's degree
HIGHEST_DEGREE = 10
MOST_PARAMETERS = 0.75  # of the number of samples
STARTS = 6  # steps of AAA whose poles are moved


def bic(fit: RationalFit, resolution: float) -> float:
    """Schwarz's criterion, with a uniform prior for the poles' places along the record.

    A pole is placed in units of its distance d from the record, so there are some ``1 / d`` places
    for it, and finding one costs ``2 log(1 / d)``. Squares below the samples' rounding count as
    that.
    """
    n = len(fit.residual)
    squares = max(fit.squares, n * resolution**2)
    places = -2.0 * np.log(np.minimum(distances(fit.poles), 1.0)).sum()
    return n * math.log(squares / n) + fit.parameters * math.log(n) + float(places)


def best_fit(x: Array, y: Array, resolution: float) -> RationalFit:
    """Choose number and places of the poles; `resolution` is the rounding of the samples."""
    n = len(x)
    nearest = NEAREST * 2.0 / (n - 1)
    line = fit_residues(x, y, 1, np.zeros(0, complex))
    assert line is not None
    fits = [line]
    for support, weights in aaa_steps(x, y, min(n // 2, MOST_SUPPORTS), resolution):
        degree, poles = split_poles(poles_of(x[support], weights), len(support) - 1, nearest)
        fit = fit_residues(x, y, degree, poles)
        if fit is not None and fit.parameters <= MOST_PARAMETERS * n:
            fits.append(fit)
    fits.sort(key=lambda fit: bic(fit, resolution))
    moved = [
        refine(x, y, fit, nearest=nearest, tolerance=1e-3 / n, iterations=30)
        for fit in fits[:STARTS]
    ]
    best = settle(x, y, min(moved, key=lambda fit: bic(fit, resolution)), nearest, resolution)
    best = refine(x, y, best, nearest=nearest, tolerance=1e-14, iterations=100)
    return polish(x, y, best, nearest=nearest)


def settle(x: Array, y: Array, fit: RationalFit, nearest: float, resolution: float) -> RationalFit:
    """Remove or add one pole or pair at a time, and move the poles, as long as BIC falls."""
    changes = (with_far_poles_at_infinity, without_least_pole, with_another_pair)
    turn, failures = 0, 0
    while failures < len(changes):
        trial = changes[turn](x, y, fit, nearest)
        if trial is not None and trial.parameters <= MOST_PARAMETERS * len(x):
            trial = refine(x, y, trial, nearest=nearest, tolerance=1e-3 / len(x), iterations=30)
            if bic(trial, resolution) < bic(fit, resolution):
                fit, failures = trial, 0
                continue
        turn, failures = (turn + 1) % len(changes), failures + 1
    return fit


def with_far_poles_at_infinity(
    x: Array, y: Array, fit: RationalFit, nearest: float
) -> RationalFit | None:
    """The fit with a higher degree of the polynomial in place of far poles; None if none is far."""
    far = distances(fit.poles) > FAR
    degree = fit.degree + coordinates(fit.poles[far])
    if not far.any() or degree > HIGHEST_DEGREE:
        return None
    return fit_residues(x, y, degree, fit.poles[~far])


def without_least_pole(x: Array, y: Array, fit: RationalFit, nearest: float) -> RationalFit | None:
    """The fit without the pole whose loss raises the squares least; None without poles."""
    poles = fit.poles
    reduced = [fit_residues(x, y, fit.degree, np.delete(poles, j)) for j in range(len(poles))]
    return min((f for f in reduced if f is not None), key=lambda f: f.squares, default=None)


def with_another_pair(x: Array, y: Array, fit: RationalFit, nearest: float) -> RationalFit | None:
    """The fit with one more pair of poles: the one on a grid that lowers the squares most."""
    heights = 2.0 * nearest * 2.0 ** np.arange(max(math.log2(0.5 / nearest), 1.0))
    grid = [
        complex(real, height)
        for height in heights
        for real in np.linspace(-1.0, 1.0, 2 * math.ceil(1.0 / height) + 1)
    ]
    pole = most_useful_pole(x, fit, np.array(grid))
    return fit_residues(x, y, fit.degree, np.append(fit.poles, pole))


def split_poles(poles: Complex, count: int, nearest: float) -> tuple[int, Complex]:
    """Degree of the polynomial, and the poles that are neither far nor near, one of each pair.

    The number of far or infinite poles among `count` is the degree, at least 1.
    """
    distance = distances(poles)
    degree = count - int(np.count_nonzero(distance <= FAR))
    kept = (poles.imag >= 0.0) & (distance > nearest) & (distance <= FAR)
    return min(max(degree, 1), HIGHEST_DEGREE), poles[kept]
