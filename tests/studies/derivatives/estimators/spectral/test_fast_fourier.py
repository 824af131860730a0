"""Truncated transforms against explicit sums, and signals that they hold exactly."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.spectral.fast_fourier import (
    fourier_fft_adaptive,
    fourier_interpolation,
    spectral_taper,
)

ORDERS = tuple(range(8))


@pytest.mark.parametrize("n", [60, 61])
def test_a_wave_that_repeats_after_n_steps_is_differentiated_exactly(n: int) -> None:
    h = 0.1
    t = 2 + h * np.arange(n)
    w = 2 * np.pi / (n * h)
    between = np.linspace(t[0], t[-1], 37)
    estimate = fourier_fft_adaptive(t, 5 + np.sin(3 * w * (t - 2)), between, ORDERS)
    assert 0.1 <= estimate.settings["kept"] <= 0.8
    for k in ORDERS:
        exact = (3 * w) ** k * np.sin(3 * w * (between - 2) + k * np.pi / 2) + 5 * (k == 0)
        # Rounding 1e-16 at up to 24 harmonics: (24 / 3)**7 = 2e6 of the wave's own derivative.
        assert_allclose(estimate.values[k], exact, atol=1e-8 * (3 * w) ** k)


def test_the_kept_share_follows_the_noise() -> None:
    t = np.linspace(0, 1, 101)
    noise = np.random.default_rng(0).standard_normal(101)
    settings = [
        fourier_fft_adaptive(t, np.exp(np.sin(9 * t)) + s * noise, t, (0,)).settings
        for s in (1e-6, 1e-1)
    ]
    assert settings[0]["kept"] > settings[1]["kept"]
    assert 0.07 < settings[1]["noise_sd"] < 0.14


@pytest.mark.parametrize("n", [50, 51])
def test_mirrored_cosines_are_differentiated_exactly(n: int) -> None:
    t = np.linspace(-1, 3, n)
    between = np.linspace(-1, 3, 23)
    w = np.pi / 4
    y = 7 - 2 * np.cos(3 * w * (t + 1)) + np.cos(8 * w * (t + 1))
    estimate = fourier_interpolation(t, y, between, ORDERS)
    assert estimate.settings["harmonics"] == int(0.4 * (n - 1))
    for k in ORDERS:
        phases = [j * w * (between + 1) + k * np.pi / 2 for j in (3, 8)]
        exact = -2 * (3 * w) ** k * np.cos(phases[0]) + (8 * w) ** k * np.cos(phases[1])
        exact += 7 * (k == 0)
        assert_allclose(estimate.values[k], exact, atol=1e-9 * (8 * w) ** k)


def test_higher_frequencies_are_removed() -> None:
    t = np.linspace(0, 1, 51)
    y = np.cos(21 * np.pi * t)  # one above 0.4 * 50
    assert_allclose(fourier_interpolation(t, y, t, (0, 1)).values, 0.0, atol=1e-12)


def test_taper_divides_out_where_the_tapered_wave_is_slow() -> None:
    t = np.linspace(0, 1, 201)
    values = spectral_taper(t, 4 + np.sin(20 * t), t, (0, 1, 2)).values
    middle = slice(40, -40)
    # The taper's second derivative jumps: its frequencies above the cutoff are about 1e-5,
    # and in the slope 314 times that, at either end.
    assert_allclose(values[0, middle], 4 + np.sin(20 * t[middle]), atol=1e-4)
    assert_allclose(values[1, middle], 20 * np.cos(20 * t[middle]), atol=3e-2)
    # At the ends finite, though divided by the taper, (12.6 / 201)**2.
    assert_allclose(values[0], 4 + np.sin(20 * t), atol=0.2)


def test_taper_derivatives_are_those_of_the_quotient() -> None:
    t = np.linspace(0, 1, 101)
    y = np.cos(7 * t) + 1e-2 * np.random.default_rng(3).standard_normal(101)
    at, h = np.array([0.05, 0.5, 0.93]), 1e-4
    lower, exact, upper = (spectral_taper(t, y, at + d, ORDERS).values for d in (-h, 0, h))
    difference = (upper - lower) / (2 * h)
    for k in ORDERS[:-1]:  # error of the central difference: h**2 / 6 times order k + 3
        assert_allclose(exact[k + 1], difference[k], rtol=1e-3)
