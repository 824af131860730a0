"""Savitzky-Golay with fixed windows, and with windows from noise and curvature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.polynomial import Legendre
from scipy.signal import savgol_filter

from tiltyard.studies.derivatives.estimators.local_polynomial.savitzky_golay_curvature import (
    Curvature,
    asymptotic_risk,
    best_half,
    legendre_at_zero,
    measure,
)
from tiltyard.studies.derivatives.estimators.local_polynomial.savitzky_golay_fixed import VARIANTS
from tiltyard.studies.derivatives.importing import load_python
from tiltyard.studies.derivatives.numerics.bases.gram_polynomials import gram_derivatives
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples

T = np.linspace(0, 10, 101)
ENTRIES = {entry.name: entry for entry in load_python()}


def noisy_sine(noise: float, t: np.ndarray = T) -> np.ndarray:
    return np.sin(t) + noise * np.random.default_rng(2).standard_normal(len(t))


@pytest.mark.parametrize(("window", "degree", "prior_name"), VARIANTS)
def test_agrees_with_scipy(window: int, degree: int, prior_name: str) -> None:
    entry = ENTRIES[f"savitzky_golay_{window}_{degree}"]
    assert entry.prior_names == (prior_name,)
    orders = tuple(range(degree + 1))
    found = entry.function(T, noisy_sine(1e-2), T, orders)
    for k in orders:
        expected = savgol_filter(noisy_sine(1e-2), window, degree, k, delta=0.1, mode="interp")
        # scipy solves in powers of the offset: its order 7 keeps eight digits.
        np.testing.assert_allclose(found[k], expected, atol=1e-7 * np.max(np.abs(expected)))


def test_legendre_at_zero() -> None:
    for order in range(4):
        expected = [Legendre.basis(j).deriv(order)(0.0) for j in range(9)]
        np.testing.assert_allclose(legendre_at_zero(8, order), expected, atol=1e-12)


@pytest.mark.parametrize("order", range(8))
def test_asymptotic_risk_is_that_of_wide_windows(order: int) -> None:
    size, degree = 401, order + 3
    b = gram_derivatives(size, degree, order, np.zeros(1))[order, 0]
    variance, bias, r = asymptotic_risk(order, degree)
    # The window of N samples has the length N: relative errors of 1 / N**2 times degree**4.
    expected = variance * (size / 2) ** -(2 * order + 1)
    assert math.isclose(float(b @ b), expected, rel_tol=degree**4 / size**2)
    assert r == order + 4
    offsets = np.arange(size) - size // 2
    basis = gram_derivatives(size, degree, 0, offsets.astype(float))[0]
    fitted = float(((offsets / (size / 2)) ** r @ basis) @ b) * (size / 2) ** order
    assert math.isclose(abs(fitted), bias * math.factorial(r), rel_tol=degree**4 / size**2)


def test_measures_noise_and_curvature_of_a_sine() -> None:
    t = np.linspace(0, 20, 401)
    for noise in (1e-6, 1e-3, 3e-2):
        samples = unit_samples(noisy_sine(noise, t))
        found = measure(samples)
        # A sine of step 1/20 has derivatives 20**-k of its own; 401 samples tell them to 20 %
        # but for what strides of a radian, needed at noise 3e-2, take from it.
        assert math.isclose(math.sqrt(found.noise) * samples.spread, noise, rel_tol=0.2)
        assert math.isclose(found.fourth, 20.0**-4, rel_tol=0.4)
        assert math.isclose(found.frequency, 1 / 20, rel_tol=0.3)


def test_window_grows_with_noise_and_shrinks_with_curvature() -> None:
    halves = [best_half(Curvature(s**2, 1e-7, 0.02), 0, 4001) for s in (1e-3, 1e-2, 1e-1)]
    assert halves[0] < halves[1] < halves[2]
    # Order 0: proportional to (sigma / D_4)**(2/9), but for the whole number of samples.
    assert abs(halves[2] / halves[1] - 10 ** (2 / 9)) < 0.15
    assert best_half(Curvature(1e-4, 1e-5, 0.1), 0, 4001) < halves[1]


def test_hybrid_has_the_fixed_window_at_low_noise_only() -> None:
    for noise, fixed in ((1e-8, True), (1.0, False)):
        y = noisy_sine(noise, 5 * T)  # 15 samples are more than a period
        found = ENTRIES["savitzky_golay_hybrid"].function(T, y, T, (0, 1))
        assert (found.settings["window"] == [15, 15]) == fixed
