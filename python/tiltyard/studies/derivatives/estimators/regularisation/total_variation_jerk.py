"""Total-variation regularisation of the first, second or third derivative, set by the risk."""

from __future__ import annotations

import math

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.numerics.local.finite_differences import differentiate_nearest
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.studies.derivatives.numerics.splines import spline_process
from tiltyard.studies.derivatives.numerics.trend_filter import (
    Problem,
    TrendFit,
    prepare,
    search,
)

PILOT_ORDER = 6  # penalty order of the smoothing spline that estimates the noise
PRICE = 3.0  # of a degree of freedom, in noise variances
TINY = float(np.finfo(float).tiny)

CITES = (
    "kim2009trend",
    "tibshirani2014adaptive",
    "tibshirani2012degrees",
    "friedman1991multivariate",
)


def differentiate(
    t: Array, t_eval: Array, orders: tuple[int, ...], problem: Problem, fit: TrendFit
) -> list[Array]:
    """Derivatives of the pieces: a symmetric stencil that is exact for their degree."""
    width = problem.degree + 1 + problem.degree % 2  # an odd number of samples
    return [differentiate_nearest(t, fit.smooth, t_eval, k, width) for k in orders]


def estimate(
    t: Array,
    y: Array,
    t_eval: Array,
    orders: tuple[int, ...],
    degree: int,
    price: float = PRICE,
) -> Estimate:
    """Regularise the derivative of order `degree`, the penalty chosen for least risk.

    The risk is the residual squares plus `price` noise variances for every degree of freedom.

    The dual variable is a (degree + 1)-fold sum of the residual. Between knots L samples apart it
    grows to some ``noise * L**(degree + 1/2)``; the path has all L from less than one to n / 4.
    """
    problem = prepare(t, y, degree)
    noise = noise_of(t, y)
    low = math.log10(max(noise, math.sqrt(problem.floor / len(t))) / max(problem.spread, TINY)) - 1

    def risk(squares: float, freedom: int) -> float:
        return squares + price * noise**2 * freedom

    fit = search(problem, risk, low, low + 1 + (degree + 0.5) * math.log10(len(t) / 4))
    values = differentiate(t, t_eval, orders, problem, fit)
    settings = {
        "penalty": problem.spread * 10**fit.exponent,
        "knots": fit.knots,
        "noise": noise,
    }
    return Estimate(np.array(values), settings=settings)


def noise_of(t: Array, y: Array) -> float:
    """Standard deviation of the noise [signal], by the smoothing spline that GCV chooses."""
    samples = unit_samples(y)
    if samples.spread == 0.0:
        return 0.0
    pilot = spline_process.prepare(t, samples, PILOT_ORDER)
    deviation = spline_process.describe(pilot, spline_process.choose_by_validation(pilot))[2]
    return samples.spread * float(deviation)


@estimator(
    "total_variation_jerk",
    family="regularisation",
    max_order=3,
    exact_degree=3,
    min_samples=16,
    cites=CITES,
)
def total_variation_jerk(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the fit that minimises squares plus the total variation of its jerk.

    ``sum (y - f)**2 / 2 + lam * TV(f''')`` over the samples, in the discrete form of trend
    filtering (Tibshirani 2014, eq. 26): f is piecewise cubic with few knots, so orders above 3 do
    not exist. ``lam`` minimises the residual squares plus three noise variances for every degree of
    freedom, which are the knots plus 4 (Tibshirani & Taylor 2012; for the price Friedman 1991); a
    smoothing spline by GCV estimates the noise. The solver is a primal-dual interior-point method
    on the dual (Kim, Koh, Boyd & Gorinevsky 2009), run to a duality gap of 1e-9 of the objective;
    each ``lam`` at which rounding keeps the gap open is left out.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time], evenly spaced or not, and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k, up to 3.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k]; settings ``penalty`` (in units of the mean
        time step), ``knots`` and the ``noise``'s standard deviation [signal].

    Raises
    ------
    RuntimeError
        If the solver converges at no penalty at all.

    References
    ----------
    Kim, Koh, Boyd & Gorinevsky (2009), SIAM Rev. 51, 339-360, section 6.
    Tibshirani (2014), Ann. Statist. 42, 285-323.
    Tibshirani & Taylor (2012), Ann. Statist. 40, 1198-1232.
    """
    return estimate(t, y, t_eval, orders, 3)


@estimator(
    "total_variation_acceleration",
    family="regularisation",
    max_order=2,
    exact_degree=2,
    min_samples=16,
    cites=CITES,
)
def total_variation_acceleration(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate the fit of squares plus the total variation of its second derivative.

    The fit is made of parabolas; all else is as in `total_variation_jerk`.
    """
    return estimate(t, y, t_eval, orders, 2)


@estimator(
    "total_variation_velocity",
    family="regularisation",
    max_order=1,
    exact_degree=1,
    min_samples=16,
    cites=(*CITES, "chartrand2011numerical"),
)
def total_variation_velocity(
    t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]
) -> Estimate:
    """Differentiate the fit of squares plus the total variation of its first derivative.

    The fit is made of straight lines: Chartrand's (2011) problem, in which the derivative is
    piecewise constant. All else is as in `total_variation_jerk`.
    """
    return estimate(t, y, t_eval, orders, 1)
