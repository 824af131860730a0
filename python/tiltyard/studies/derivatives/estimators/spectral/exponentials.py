"""A polynomial plus real and complex exponentials: a grid finds the exponents, BIC chooses."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import ESTIMATORS, TWINS, Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.exponentials.exponential_fit import (
    columns,
    standard_deviations,
)
from tiltyard.studies.derivatives.numerics.exponentials.exponential_selection import best_fit
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.studies.derivatives.numerics.scaling import unit_time


@estimator(
    "exponentials",
    family="spectral",
    exact_degree=10,
    min_samples=20,
    standard_deviation=True,
    cites=(
        "golub1973differentiation",
        "kaufman1975variable",
        "marquardt1963algorithm",
        "chen1989orthogonal",
        "istratov1999exponential",
        "schwarz1978estimating",
    ),
)
def exponentials(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate a polynomial plus a sum of decays, growths and damped or growing tones.

    Solutions of linear equations with constant coefficients are of this form: kinetics of first
    order, compartments, vibrations (Istratov & Vyvenko 1999). The next exponent is the one of a
    grid that explains most of the residual (orthogonal least squares: Chen, Billings & Luo 1989);
    then all of them move by Levenberg and Marquardt's method, the coefficients being eliminated
    (Golub & Pereyra 1973, Kaufman 1975). Exponents and degrees are added and taken as long as BIC
    (Schwarz 1978) falls, in which exponents of large modulus pay for the many places that they
    might have had. Frequencies stay below 0.8 of Nyquist's. Standard deviations are those of
    linearised least squares, given the number of terms.

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
        Values and standard deviations ``(len(orders), m)`` [signal / time**k]; the numbers of
        ``real`` exponents and of ``complex`` pairs, the ``degree`` of the polynomial, the
        ``fastest`` exponent's modulus [1 / time], the standard deviation of the ``noise`` [signal].
    """
    n = len(t)
    unit, samples = unit_time(t, t_eval), unit_samples(y)
    values = np.zeros((len(orders), len(t_eval)))
    deviations = np.zeros_like(values)
    settings: dict[str, float] = {"real": 0, "complex": 0, "degree": 0}
    if samples.spread > 0.0:
        fit = best_fit(unit.x, samples.z, math.sqrt(samples.floor / n))
        for row, order in enumerate(orders):
            functions = columns(unit.x_eval, fit.degree, fit.exponents, order)
            values[row] = samples.spread * (functions @ fit.coefficients)
        deviations = samples.spread * standard_deviations(unit.x, fit, unit.x_eval, orders)
        pairs = int(np.count_nonzero(fit.exponents.imag))
        settings = {
            "real": len(fit.exponents) - pairs,
            "complex": pairs,
            "degree": fit.degree,
            "fastest": float(np.abs(fit.exponents).max(initial=0.0)) / unit.half_width,
            "noise": samples.spread * math.sqrt(fit.squares / (n - fit.parameters)),
        }
    values[[order == 0 for order in orders]] += samples.mean
    return Estimate(unit.to_time(values, orders), unit.to_time(deviations, orders), settings)


# Of 52 datasets of 101 samples, closed forms and three systems with noise from 1e-8 to 1e-2, one
# differs between languages by more than 1e-8 of an order's largest value: a chirp with noise 1e-8,
# by 8e-5, and its errors by 0.4 %. One unit in the last place of samples moves it by 3e-5 to 3e-4.
ESTIMATORS.explain(
    "exponentials",
    TWINS,
    "terms that stand for what is no exponential are told apart by the last digits of the samples",
)
