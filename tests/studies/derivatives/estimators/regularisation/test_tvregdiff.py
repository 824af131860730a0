"""Chartrand's iteration against the minimum of its objective."""

import numpy as np
import pytest
from scipy.optimize import minimize

from tiltyard.studies.derivatives.estimators.regularisation.tvregdiff import (
    ROUNDING,
    WEIGHT,
    lagged_diffusivity,
    tvregdiff,
)


def objective(u, rise, step):
    integral = step * np.concatenate([[0.0], np.cumsum(0.5 * (u[1:] + u[:-1]))])
    slope = np.diff(u) / step
    variation = step * np.sum(np.sqrt(slope**2 + ROUNDING))
    return WEIGHT * variation + 0.5 * np.sum((integral - rise) ** 2)


def test_it_minimises_the_regularised_squares():
    t = np.linspace(0.0, 1.0, 20)
    rise = np.abs(t - 0.5) + 0.02 * np.random.default_rng(0).standard_normal(20)
    rise -= rise[0]
    u = lagged_diffusivity(rise, 1 / 19)
    found = objective(u, rise, 1 / 19)
    better = minimize(objective, u, args=(rise, 1 / 19), method="BFGS").fun
    assert found <= better * (1 + 1e-3)  # 100 steps converge linearly
    assert objective(u + 1e-2 * np.sin(5 * t), rise, 1 / 19) > found


def test_order_0_is_the_integral_of_order_1():
    t = np.linspace(0.0, 4.0, 41)
    at = np.linspace(0.5, 1.5, 1001)
    found = tvregdiff(t, np.sin(t), at, (0, 1)).values
    slope = np.diff(found[0]) / np.diff(at)
    assert np.abs(slope - 0.5 * (found[1, 1:] + found[1, :-1])).max() < 1e-9


def test_units_far_from_the_weight_are_an_error():
    t = np.linspace(0.0, 1e-12, 20)
    with pytest.raises(RuntimeError, match=r"too far from the units of its weight, 0\.01"):
        tvregdiff(t, np.random.default_rng(0).standard_normal(20), t, (1,))
