"""Integrated-Wiener smoothers of fixed order: the choice of the window, and what they return."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.kalman.kalman_wiener import HIGHEST, LOWEST, fit
from tiltyard.studies.derivatives.importing import load_python
from tiltyard.studies.derivatives.numerics.kalman.integrated_wiener_window import (
    LATTICE,
    log_ratio,
    restricted_log_likelihood,
)

T = np.linspace(0.0, 10.0, 101)
ENTRIES = {entry.name: entry for entry in load_python()}


def noisy_sine(level: float) -> np.ndarray:
    return np.sin(T) + level * np.random.default_rng(3).standard_normal(len(T))


@pytest.mark.parametrize("q", range(LOWEST, HIGHEST + 1))
def test_window_is_the_likeliest_and_may_be_given(q: int) -> None:
    y = noisy_sine(1e-2)
    orders = tuple(range(min(q, 7) + 1))
    found = ENTRIES[f"kalman_wiener_{q}"].function(T, y, T, orders)
    index = round(float(np.log(found.settings["window"] / 0.1)) / LATTICE)
    given = fit(T, y, T, orders, q=q, index=index)
    assert_allclose(given.values, found.values, rtol=1e-12)
    assert_allclose(given.standard_deviation, found.standard_deviation, rtol=1e-12)
    around = np.array([log_ratio(q, i) for i in range(index - 40, index + 41)])
    z = (y - y.mean()) / y.std()
    likelihood = restricted_log_likelihood(T, z, q, around, 0.0)[0]
    assert likelihood[40] >= likelihood.max() - 1e-6


@pytest.mark.parametrize("q", [4, 6])
def test_deviations_are_those_of_the_errors(q: int) -> None:
    orders = tuple(range(q - 2))
    found = fit(T, noisy_sine(1e-2), T, orders, q=q)
    assert 0.7e-2 < found.settings["noise"] < 1.3e-2
    for k in orders:
        errors = found.values[k] - np.sin(T + k * np.pi / 2)
        ratio = errors / found.standard_deviation[k]
        # Errors are correlated over the window; the sine is smoother than the prior says.
        assert 0.1 < np.sqrt(np.mean(ratio**2)) < 2.5


def test_orders_are_those_with_continuous_paths() -> None:
    assert [ENTRIES[f"kalman_wiener_{q}"].max_order for q in (2, 7, 9)] == [2, 7, 7]
