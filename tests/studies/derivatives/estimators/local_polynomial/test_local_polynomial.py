"""Loess with automatic bandwidth, and Savitzky-Golay by cross-validation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Polynomial

from tiltyard.studies.derivatives.estimators.local_polynomial.local_polynomial import (
    correction,
    fit,
    local_polynomial,
    residual_squares,
)
from tiltyard.studies.derivatives.estimators.local_polynomial.savitzky_golay_gcv import (
    DEGREES,
    choose,
    scores,
)
from tiltyard.studies.derivatives.numerics.bases.gram_polynomials import gram_basis
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples

ORDERS = tuple(range(8))


def noisy_sine(t: np.ndarray, noise: float) -> np.ndarray:
    return np.sin(t) + noise * np.random.default_rng(4).standard_normal(len(t))


def test_is_the_weighted_polynomial_of_its_neighbours() -> None:
    t = np.cumsum(1.0 + 0.3 * np.sin(np.arange(60.0) ** 2))
    samples = unit_samples(noisy_sine(0.3 * t, 1e-2))
    for x, order, degree, neighbours in ((t[30] + 0.2, 2, 5, 17), (t[0], 1, 4, 12)):
        distance = np.abs(t - x)
        width = np.sort(distance)[neighbours - 1]
        weights = np.maximum(1 - (distance / width) ** 3, 0) ** 3
        expected = Polynomial.fit(t - x, samples.z, degree, w=np.sqrt(weights)).deriv(order)(0.0)
        found = fit(t, samples, np.array([x]), order, degree, float(neighbours))[0]
        # Powers up to the fifth of the whole record's times keep ten digits.
        np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_residual_squares_are_those_of_each_degree() -> None:
    t = np.arange(40.0)
    samples = unit_samples(noisy_sine(0.3 * t, 1e-2))
    criterion, squares, variance = residual_squares(t, samples, 15.0, 4)
    local, factors = [], []
    for x in t:
        distance = np.abs(t - x)
        weights = np.maximum(1 - (distance / np.sort(distance)[14]) ** 3, 0) ** 3
        X = np.vander(t - x, 4, increasing=True)  # degree 3
        S = np.linalg.inv(X.T @ (weights[:, None] * X))
        rest = samples.z - X @ (S @ (X.T @ (weights * samples.z)))
        hat = weights.sum() - np.trace(S @ (X.T @ (weights[:, None] ** 2 * X)))
        local.append(weights @ rest**2 / hat)
        factors.append((S @ (X.T @ (weights[:, None] ** 2 * X)) @ S)[0, 0])
    np.testing.assert_allclose(squares[3], np.mean(local), rtol=1e-8)
    np.testing.assert_allclose(variance[3], np.mean(factors), rtol=1e-8)
    expected = np.mean(np.array(local) * (1 + 4 * np.array(factors)))
    np.testing.assert_allclose(criterion[3], expected, rtol=1e-8)


def test_correction_minimises_the_risk_that_the_criterion_assumes() -> None:
    u = np.linspace(-1, 1, 20001)
    K = (1 - np.abs(u) ** 3) ** 3
    m = [np.trapezoid(u**j * K, u) for j in range(7)]
    v = [np.trapezoid(u**j * K**2, u) for j in range(5)]
    # Degree 2, order 1: u**3 has the slope m4 / m2 and leaves the residual m6 - m4**2 / m2.
    misfit = (m[6] - m[4] ** 2 / m[2]) / m[0]
    bias, slope = m[4] / m[2], v[2] / m[2] ** 2
    D = m[0] * m[4] - m[2] ** 2
    value = (m[4] ** 2 * v[0] - 2 * m[4] * m[2] * v[2] + m[2] ** 2 * v[4]) / D**2
    expected = (3 * slope * misfit / (2 * bias**2 * value)) ** (1 / 7)
    np.testing.assert_allclose(correction(1, 2), expected, rtol=1e-6)


@pytest.mark.parametrize("noise", [1e-6, 1e-2])
def test_estimates_a_sine_at_uneven_times(noise: float) -> None:
    t = np.linspace(0, 10, 101) + 0.03 * np.sin(np.arange(101.0) ** 2)
    found = local_polynomial(t, noisy_sine(t, noise), t, ORDERS)
    assert noise / 2 < found.settings["noise"] < 3 * max(noise, 1e-6)
    errors = found.values - np.array([np.sin(t + k * np.pi / 2) for k in ORDERS])
    rms = np.sqrt(np.mean(errors[:, 10:-10] ** 2, axis=1))
    # Orders 6 and 7 of a sine at noise 1e-2 are all but lost in 100 samples.
    assert np.all(rms[:6] <= (1e-3 if noise < 1e-3 else 0.3)), rms
    assert np.all(rms[:2] <= (noise, 10 * noise))


def test_gcv_is_that_of_the_hat_matrix() -> None:
    samples = unit_samples(noisy_sine(np.linspace(0, 10, 41), 1e-2))
    half, n = 7, 41
    for degree, score in zip(DEGREES, scores(samples, half), strict=True):
        basis = gram_basis(15, degree)
        window = basis @ basis.T
        hat = np.zeros((n, n))
        for i in range(n):
            centre = min(max(i, half), n - 1 - half)
            hat[i, centre - half : centre + half + 1] = window[i - centre + half]
        rest = samples.z - hat @ samples.z
        expected = n * (rest @ rest) / (n - np.trace(hat)) ** 2
        np.testing.assert_allclose(score, expected, rtol=1e-9)


def test_gcv_widens_with_noise() -> None:
    t = np.linspace(0, 10, 201)
    ratios = [
        (2 * half + 1) / degree
        for half, degree in (choose(unit_samples(noisy_sine(t, s))) for s in (1e-6, 1e-1))
    ]
    assert ratios[1] > 1.5 * ratios[0]
