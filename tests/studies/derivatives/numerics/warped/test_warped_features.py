"""Features of warped processes against exponentials, differences and densities."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.numerics.gaussian_processes.process_spectra import (
    matern_density,
    matern_log,
    squared_exponential_density,
    squared_exponential_log,
)
from tiltyard.studies.derivatives.numerics.warped.features import (
    Grid,
    amplitude_slopes,
    amplitudes,
    as_columns,
    by_reading,
    waves,
    waves_of_series,
)

TAU = np.linspace(-0.5, 0.5, 11)
GRID = Grid(1.7, 37)


def test_waves_are_exponentials():
    phase = np.multiply.outer(TAU, GRID.w())
    # Six doublings and the argument, up to 68 radians, round by 1e-16 each.
    assert_allclose(waves(TAU, GRID), np.exp(1j * phase), atol=1e-13)


@pytest.mark.parametrize("steady", [True, False])
def test_series_of_waves_continue_them(steady):
    tau = np.zeros((12, 2))
    tau[:2] = [[0.1, -0.2], [1.0, 1.0]]
    if not steady:
        tau[2:4] = [[0.7, -0.4], [0.0, 2.0]]
    h = 2e-3
    there = waves(tau[:4].T @ h ** np.arange(4.0), GRID)
    # The first term left out is (w h)^12 / 12! with w up to 137: 1e-15.
    series = np.tensordot(h ** np.arange(12.0), waves_of_series(tau, GRID), 1)
    assert_allclose(series, there, atol=1e-13)


@pytest.mark.parametrize("before", [0, 2])
def test_columns_by_the_reading(before):
    a, step = amplitudes(GRID.w(), -2.0, 2.0), 1e-6
    A = as_columns(waves(TAU, GRID), a, before)
    A[:, :before] = 7.0
    up, down = (as_columns(waves(TAU + by, GRID), a) for by in (step, -step))
    slopes = by_reading(A, GRID.w(), before)
    assert_allclose(slopes[:, :before], 0.0, atol=0.0)
    # Central differences err by step^2 w^3 a and by rounding over the step.
    assert_allclose(slopes[:, before:], (up - down) / (2 * step), atol=1e-7)


@pytest.mark.parametrize("log_p", [None, 2.0])
def test_amplitudes_have_the_slopes_they_say(log_p):
    w, step = GRID.w(), 1e-6
    a = amplitudes(w, -2.0, log_p)
    assert a @ a == pytest.approx(1.0, rel=1e-14)
    ends = [[(-2.0 + by, log_p) for by in (step, -step)]]
    if log_p is not None:
        ends.append([(-2.0, log_p + by) for by in (step, -step)])
    expected = [
        (np.log(amplitudes(w, *up)) - np.log(amplitudes(w, *down))) / (2 * step)
        for up, down in ends
    ]
    # Rounding of logs of up to 170 over the step.
    assert_allclose(amplitude_slopes(w, -2.0, log_p, a), expected, atol=1e-7)


def test_logs_are_those_of_the_densities():
    w = GRID.w()
    long, p = math.log(0.3), math.log(7.5)
    assert_allclose(
        squared_exponential_log(long, w), squared_exponential_density(np.array([long]), w).log
    )
    assert_allclose(matern_log(long, p, w), matern_density(np.array([long, p]), w).log)
