"""Fourier extension against an explicit least-squares fit, its own series, smooth signals."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.spectral.fourier import EXTENSIONS, fourier

ORDERS = tuple(range(8))
T = np.linspace(1, 5, 101)


def test_is_the_explicit_least_squares_fit_of_the_selected_model() -> None:
    y = np.exp(-T) + 0.3 * np.sin(5 * T) + 1e-3 * np.random.default_rng(3).standard_normal(101)
    estimate = fourier(T, y, T, (0, 1, 2))
    harmonics = np.arange(1, estimate.settings["harmonics"] + 1)
    frequencies = 2 * np.pi * harmonics / estimate.settings["period"]
    phases = np.multiply.outer(T - 3, frequencies)
    one = np.ones((101, 1))
    rows = [
        np.hstack([one, T[:, None] - 3, np.cos(phases), np.sin(phases)]),
        np.hstack([0 * one, one, -frequencies * np.sin(phases), frequencies * np.cos(phases)]),
        np.hstack(
            [
                0 * one,
                0 * one,
                -(frequencies**2) * np.cos(phases),
                -(frequencies**2) * np.sin(phases),
            ]
        ),
    ]
    coefficients = np.linalg.lstsq(rows[0], y, rcond=1e-15)[0]
    for k in range(3):
        expected = rows[k] @ coefficients
        # The explicit design's condition number (about 1e4 here) times round-off, with a margin.
        assert_allclose(estimate.values[k], expected, atol=1e-9 * np.max(np.abs(expected)))


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_differentiates_series_of_its_periods(extension: float) -> None:
    w = 2 * np.pi / (4 * extension)
    y = 2 - T + np.cos(w * (T - 3)) + 0.5 * np.sin(3 * w * (T - 3))
    values = fourier(T, y, T, ORDERS).values
    for k in ORDERS:
        exact = w**k * np.cos(w * (T - 3) + k * np.pi / 2)
        exact += 0.5 * (3 * w) ** k * np.sin(3 * w * (T - 3) + k * np.pi / 2)
        exact += 2 - T if k == 0 else -float(k == 1)
        # Round-off 1e-16, amplified most at the ends by a few superfluous harmonics.
        limit = 1e-10 if k == 0 else 1e-4
        assert_allclose(values[k], exact, atol=limit * np.max(np.abs(exact)))


def test_a_signal_that_is_not_periodic_has_no_jump_at_the_ends() -> None:
    values = fourier(T, np.exp(T / 2), T, (0, 1)).values
    # A plain Fourier series would miss the ends by half the jump (6) and ring.
    assert_allclose(values[0], np.exp(T / 2), atol=1e-8)
    assert_allclose(values[1], np.exp(T / 2) / 2, atol=1e-5)


def test_a_line_is_a_line() -> None:
    values = fourier(T, 3 * T - 7, T, ORDERS).values
    assert_allclose(values[0], 3 * T - 7, atol=1e-12)
    assert_allclose(values[1], 3, atol=1e-12)
    assert_allclose(values[2:], 0, atol=1e-6)


def test_standard_deviations_cover_the_errors() -> None:
    scores = []
    for seed in range(6):
        noise = 1e-2 * np.random.default_rng(seed).standard_normal(101)
        estimate = fourier(T, np.sin(2 * T) + noise, T, (0, 1))
        exact = np.array([np.sin(2 * T), 2 * np.cos(2 * T)])
        scores.append((estimate.values - exact) / estimate.standard_deviation)
    # About one if the truncation error is below the noise; 6 draws of about 10 coefficients.
    assert 0.5 < np.sqrt(np.mean(np.square(scores))) < 2
