"""Butterworth's filter without phase, its cut-off chosen by robust GCV, and a quintic spline.

Run forwards and backwards, a Butterworth filter of order N and cut-off c has the gain
``1 / (1 + (tan(w / 2) / tan(c / 2))^2N)`` at angular frequency w per step. For finitely many
samples a filter of that gain needs neither a first state nor samples beyond the ends (Pollock
2000): it is the posterior mean of a signal s with ``(1 - B)^N s = (1 + B)^N v`` in white noise,
where v is white and B shifts by a step. With ``s = (1 + B)^N u`` it is least squares in u with a
penalty on its differences of order N, so polynomials up to degree N - 1 pass unchanged, and the
filter has exact degrees of freedom.

Robust generalised cross-validation (Lukas 2006) chooses the cut-off. The plain score is known for
spurious minima near interpolation, and with a cut-off near the Nyquist frequency it would depend on
the one or two components above alone: at least `FEWEST_BEYOND` must lie there.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.polynomial import polynomial

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.bases.penalised_basis import (
    PenalisedBasis,
    Projected,
    cross_validation,
    decompose,
    degrees_left,
    fitted_values,
    project,
)
from tiltyard.studies.derivatives.numerics.criterion_search import smallest
from tiltyard.studies.derivatives.numerics.sample_scaling import UnitSamples, unit_samples
from tiltyard.studies.derivatives.numerics.splines.quintic_spline import (
    DEGREE,
    differentiate_samples,
)
from tiltyard.studies.derivatives.numerics.splines.spline_process import search_bounds, search_step

ORDER = 4  # of the filter
ROBUSTNESS = 0.3  # gamma of the robust score; 1 is plain GCV
FEWEST_BEYOND = 5  # frequencies above the highest cut-off, of the n that n samples resolve


class Problem(NamedTuple):
    """The filter for every cut-off, and the samples; `reference` has the penalty factor 1."""

    model: PenalisedBasis
    samples: Projected
    reference: float

    def factor(self, log_tangent: Array) -> Array:
        """Penalty factor for ``log tan(c / 2)`` of the cut-off c."""
        return np.asarray(np.exp(2 * ORDER * (self.reference - np.asarray(log_tangent))))


def bounds(n: int) -> tuple[float, float]:
    """Range of ``log tan(c / 2)`` for n samples: from a polynomial to nearly interpolation."""
    lowest = math.exp(search_bounds(n, ORDER)[0])
    highest = math.pi * max(0.5, 1.0 - FEWEST_BEYOND / n)
    return math.log(math.tan(0.5 * lowest)), math.log(math.tan(0.5 * highest))


def prepare(samples: UnitSamples) -> Problem:
    """Set up the filter for `samples`."""
    n = len(samples.z)
    reference = 0.5 * sum(bounds(n))
    averages = polynomial.polypow([0.5, 0.5], ORDER)  # (1 + B)^N / 2^N
    basis = sum(weight * np.eye(n, n + ORDER, k) for k, weight in enumerate(averages))
    differences = np.diff(np.eye(n + ORDER), ORDER, axis=0)
    model = decompose(np.asarray(basis), (2.0 * math.exp(reference)) ** -ORDER * differences)
    return Problem(model, project(model, samples.z, samples.floor), reference)


def filter_samples(samples: UnitSamples, problem: Problem, log_tangent: float) -> Array:
    """Filtered samples (n,) in the units of `samples`."""
    factor = float(problem.factor(np.array(log_tangent)))
    return fitted_values(problem.model, problem.samples, samples.z, factor)


def best(problem: Problem) -> float:
    """``log tan(c / 2)`` of the smallest robust GCV score."""

    def criterion(log_tangent: Array) -> Array:
        factor = problem.factor(log_tangent)
        return cross_validation(problem.model, problem.samples, factor, ROBUSTNESS)

    return smallest(criterion, *bounds(problem.samples.n), search_step(ORDER))


@estimator(
    "butterworth_spline",
    family="spline",
    max_order=DEGREE,
    exact_degree=ORDER - 1,
    min_samples=ORDER + 4,
    uneven=False,
    cites=("pollock2000trend", "lukas2006robust", "vanloan1985computing"),
)
def butterworth_spline(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Quintic spline through samples filtered without phase, the cut-off by robust GCV."""
    samples = unit_samples(y)
    level = (np.array(orders) == 0)[:, None] * np.full(len(t_eval), samples.mean)
    if samples.spread == 0.0:
        return Estimate(level, None, {"degrees_of_freedom": 1.0})
    problem = prepare(samples)
    chosen = best(problem)
    filtered = filter_samples(samples, problem, chosen)
    values = samples.spread * differentiate_samples(t, filtered, t_eval, orders)
    left = degrees_left(problem.model, problem.samples, problem.factor(np.array([chosen])))[0]
    step = float((t[-1] - t[0]) / (len(t) - 1))
    settings = {
        "order": ORDER,
        "cut_off_frequency": math.atan(math.exp(chosen)) / math.pi / step,
        "degrees_of_freedom": len(t) - float(left),
    }
    return Estimate(values + level, None, settings)
