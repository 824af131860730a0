"""The same algorithm in both languages gives the same numbers."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from conformance import run_in_julia

from tiltyard.engine.catalogue import all_methods
from tiltyard.studies.derivatives.contract import Estimate, as_estimate
from tiltyard.studies.derivatives.importing import load_python
from tiltyard.studies.derivatives.julia.session import JuliaCall
from tiltyard.studies.derivatives.kind import Derivatives

pytestmark = [pytest.mark.usefixtures("julia_stops"), pytest.mark.julia]

#: Of each order's largest value the languages differ by 1e-8 at most, which rounding, optimisers
#: and order 7 at noise 1e-6 leave room for. These may differ by 1e-6: near interpolation a spline's
#: criterion is flat, and the poles of plain AAA follow the last digits of the noise.
LOOSER = {"aaa_high_precision", "smoothing_spline_gcv", "smoothing_spline_reml"} | {
    f"smoothing_spline_{degree}_{choice}"
    for degree in ("cubic", "quintic", "septic", "nonic")
    for choice in ("gcv", "reml")
}
PYTHON = {entry.name: entry for entry in load_python()}
#: From the catalogue that is remembered: no Julia starts for a list of tests.
JULIA = {entry.name: entry for entry in all_methods(Derivatives(), {}) if entry.language == "julia"}
BOTH = sorted(set(PYTHON) & set(JULIA))
T = np.linspace(0.0, 8.0, 81)
LEVELS = (1e-6, 1e-3, 2e-2)

#: Same algorithms in both languages that the study needs.
PAIRS = {
    "aaa",
    "central_difference",
    "chebyshev",
    "exponentials",
    "fourier",
    "gaussian_process_se",
    "kalman_integrated_wiener",
    "rational_least_squares",
    "savitzky_golay_adaptive",
    "smoothing_spline_reml",
    "whittaker",
}


def noisy(level: float) -> np.ndarray:
    noise = np.random.default_rng(5).standard_normal(len(T))
    return np.sin(T) + 0.3 * np.cos(3 * T) + level * noise


@cache
def julia_estimates(level: float) -> dict[str, Estimate | str]:
    """What every Julia estimator gives, or its message."""
    return run_in_julia(
        JuliaCall(entry.name, T, noisy(level), T, tuple(range(entry.max_order + 1)))
        for entry in JULIA.values()
    )


def test_the_pairs_are_there() -> None:
    assert set(BOTH) >= PAIRS
    assert any(name.startswith("total_variation") for name in BOTH)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", BOTH)
def test_both_languages_agree(name: str, level: float) -> None:
    entry = PYTHON[name]
    orders = tuple(range(entry.max_order + 1))
    result = entry.function(T, noisy(level), T, orders)
    python = as_estimate(result, (len(orders), len(T)))
    julia = julia_estimates(level)[name]
    assert isinstance(julia, Estimate), julia
    scale = np.max(np.abs(python.values), axis=1, keepdims=True)
    worst = np.max(np.abs(julia.values - python.values) / scale, axis=1)
    assert np.all(worst <= (1e-6 if name in LOOSER else 1e-8)), worst


@pytest.mark.parametrize("name", BOTH)
def test_both_languages_declare_the_same_facts(name: str) -> None:
    facts = (
        "family",
        "max_order",
        "exact_degree",
        "min_samples",
        "uneven",
        "standard_deviation",
        "oracle",
    )
    for fact in facts:
        assert getattr(PYTHON[name], fact) == getattr(JULIA[name], fact), fact
    assert set(PYTHON[name].cites) == set(JULIA[name].cites)
    assert set(PYTHON[name].exempt) == set(JULIA[name].exempt)
