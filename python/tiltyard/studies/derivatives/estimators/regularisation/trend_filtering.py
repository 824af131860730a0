"""l1 trend filtering of degree 2 and 7, set by Stein's unbiased estimate of the risk.

f of degree k minimises ``sum (y - f)**2 / 2 + lam * sum |D^(k+1) f|`` with the forward difference
D, or its divided form at uneven times (Kim, Koh, Boyd & Gorinevsky 2009; Tibshirani 2014). Degree
2 is the problem of `total_variation_acceleration`, degree 7 the discrete form of that of
`total_variation`. In both of these a degree of freedom costs three noise variances, since
derivatives suffer more from a needless knot than f does; here it costs two, as in Stein's estimate
for f itself, with knots + k + 1 degrees of freedom (Tibshirani & Taylor 2012). AICc needs no
estimate of the noise, but allows too few knots at little noise. BIC and GCV are least at
interpolation: the squares vanish with lam, and degrees of freedom stay below n.
"""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array, Estimate, estimator
from tiltyard.studies.derivatives.estimators.regularisation.total_variation import (
    DEGREE,
    Lasso,
    choose,
    knots_used,
    polynomial,
    risk,
)
from tiltyard.studies.derivatives.estimators.regularisation.total_variation_jerk import estimate
from tiltyard.studies.derivatives.numerics.local.finite_differences import differentiate_nearest
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.studies.derivatives.numerics.scaling import unit_time
from tiltyard.studies.derivatives.numerics.splines.jump_spline import difference_spline

PRICE = 2.0  # of a degree of freedom, in noise variances
WIDTH = 9  # samples of the stencil that differentiates pieces of degree 7 exactly

CITES = (
    "kim2009trend",
    "tibshirani2014adaptive",
    "tibshirani2012degrees",
    "stein1981estimation",
)


@estimator(
    "trend_filtering_2",
    family="regularisation",
    max_order=2,
    exact_degree=2,
    min_samples=16,
    cites=CITES,
)
def trend_filtering_2(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the trend filter of degree 2, piecewise parabolas, its penalty by the risk.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time], evenly spaced or not, and samples [signal].
    t_eval : (m,) array
        Times inside ``[t[0], t[-1]]``.
    orders : tuple of int
        Derivative orders k, up to 2.

    Returns
    -------
    Estimate
        Values ``(len(orders), m)`` [signal / time**k]; settings ``penalty`` (in units of the mean
        time step), ``knots`` and the ``noise``'s standard deviation [signal].

    Raises
    ------
    RuntimeError
        If the interior-point method converges at no penalty at all.
    """
    return estimate(t, y, t_eval, orders, 2, PRICE)


@estimator(
    "trend_filtering_7",
    family="regularisation",
    max_order=DEGREE,
    exact_degree=DEGREE,
    min_samples=24,
    uneven=False,
    cites=CITES,
)
def trend_filtering_7(t: Array, y: Array, t_eval: Array, orders: tuple[int, ...]) -> Estimate:
    """Differentiate the trend filter of degree 7 on even times, with its penalty by the risk.

    The interior-point method and the two grids of penalties are those of `total_variation`, which
    solves for penalties of any size in spite of the ill-conditioned eighth differences.

    Raises
    ------
    RuntimeError
        If the interior-point method does not reach a relative duality gap of 1e-10.
    """
    samples, n = unit_samples(y), len(t)
    unit = unit_time(t, t_eval)
    fitted, residual = polynomial(unit.x, samples.z, unit.x, (0,))
    settings: dict[str, float] = {"knots": 0}
    smooth = fitted[0]
    if residual**2 > samples.floor:

        def score(z: Array, lasso: Lasso, noise: float) -> Array:
            return risk(z, lasso, noise, PRICE)

        lasso, best, noise = choose(difference_spline(n, DEGREE), t, samples, 1.0, score)
        smooth = lasso.solution.fitted[best]
        settings = {
            "penalty": float(lasso.penalty[best]) * samples.spread,
            "knots": int(knots_used(lasso)[best].sum()),
            "noise": noise * samples.spread,
            "gap": float(lasso.gap[best]),
        }
    values = np.array([differentiate_nearest(t, smooth, t_eval, k, WIDTH) for k in orders])
    values *= samples.spread
    values[[k == 0 for k in orders]] += samples.mean
    return Estimate(values, settings=settings)
