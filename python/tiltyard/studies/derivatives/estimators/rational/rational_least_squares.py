"""Rational least squares: AAA finds poles, least squares moves them, BIC chooses their number."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import ESTIMATORS, TWINS, Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.rational.rational_fit import (
    columns,
    distances,
    standard_deviations,
)
from tiltyard.studies.derivatives.numerics.rational.rational_selection import best_fit
from tiltyard.studies.derivatives.numerics.scaling import unit_time


@estimator(
    "rational_least_squares",
    oracle="oracle_rational",
    family="rational",
    exact_degree=8,
    min_samples=12,
    standard_deviation=True,
    cites=(
        "nakatsukasa2018aaa",
        "costa2023aaals",
        "golub1973differentiation",
        "schwarz1978estimating",
    ),
)
def rational_least_squares(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate a polynomial and partial fractions, with poles that AAA finds.

    AAA (Nakatsukasa, Sète & Trefethen 2018) interpolates its support points, noise included. So
    only its poles are kept: those nearer to the record than two mean sample steps, which fit
    noise, are dropped, and polynomial and residues are fitted to all samples (AAA-LS, Costa &
    Trefethen 2023). In the best six of AAA's steps the poles then move to minimise the squares as
    well, and BIC chooses between the six; those that fall too slowly to win are given up on the
    way. In that fit poles are removed, added or replaced by a higher degree as long as this lowers
    BIC. Derivatives of partial fractions are explicit. Standard deviations are those of linearised
    least squares, given the number of poles.

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
        Values and standard deviations ``(len(orders), m)`` [signal / time**k]; the number of
        ``poles``, the ``degree`` of the polynomial, the ``nearest`` pole's distance from the
        record [time], and the standard deviation of the ``noise`` [signal].
    """
    n = len(t)
    unit = unit_time(t, t_eval)
    offset = y.mean()
    resolution = 4.0 * np.finfo(float).eps * float(np.abs(y).max())
    values = np.zeros((len(orders), len(t_eval)))
    deviations = np.zeros_like(values)
    settings: dict[str, float] = {"poles": 0, "degree": 0}
    scale = float(np.abs(y - offset).max())
    if scale > resolution:
        fit = best_fit(unit.x, (y - offset) / scale, resolution / scale)
        for row, order in enumerate(orders):
            functions = columns(unit.x_eval, fit.degree, fit.poles, order)
            values[row] = scale * (functions @ fit.coefficients)
        deviations = scale * standard_deviations(unit.x, fit, unit.x_eval, orders)
        near = float(distances(fit.poles).min(initial=np.inf)) * unit.half_width
        settings = {
            "poles": int(np.where(fit.poles.imag > 0, 2, 1).sum()),
            "degree": fit.degree,
            "nearest": near,
            "noise": scale * math.sqrt(fit.squares / (n - fit.parameters)),
        }
    values[[order == 0 for order in orders]] += offset
    return Estimate(unit.to_time(values, orders), unit.to_time(deviations, orders), settings)


# Of 52 datasets of 101 samples, closed forms and three systems with noise from 1e-8 to 1e-2, 16
# differ between languages by 1e-8 to 3e-2 of an order's largest value, seven of them at noise 1e-8,
# where errors differ by up to 2 times. One unit in the last place of samples and times moves the
# estimate of one language as far, within a factor of 5: close poles leave 1e-6 of each other.
ESTIMATORS.explain(
    "rational_least_squares",
    TWINS,
    "at low noise close poles are told apart by the last digits of the samples",
)
