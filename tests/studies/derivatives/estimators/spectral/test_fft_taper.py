"""Tapered cosine transform with a trend against dense penalised least squares; known signals."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.spectral.fft_taper import (
    DEGREES,
    STEEPNESS,
    Parameters,
    fft_taper_adaptive,
    fit_parameters,
    select_parameters,
)

ORDERS = tuple(range(8))


def design(t: np.ndarray, n: int, degree: int, order: int = 0) -> np.ndarray:
    """Monomials 1 ... degree, then cosines 0 ... n - 1, of a record on [-1, 1] of n samples."""
    trend = [
        np.polynomial.Polynomial.basis(j).deriv(order)(t)
        if order
        else np.polynomial.Polynomial.basis(j)(t)
        for j in range(1, degree + 1)
    ]
    w = np.pi * (n - 1) / (2 * n) * np.arange(n)
    phase = np.multiply.outer(t + 1 + 1 / (n - 1), w) + order * np.pi / 2
    return np.hstack([np.array(trend).T, w**order * np.cos(phase)])


def penalties(n: int, parameters: Parameters) -> np.ndarray:
    """Diagonal of the penalty: cosines have norm n / 2, the constant and the trend none."""
    cosines = n / 2 * (np.arange(n) / parameters.cutoff) ** STEEPNESS
    return np.concatenate([np.zeros(parameters.degree), cosines])


def test_is_dense_penalised_least_squares() -> None:
    n, parameters = 24, Parameters(4, 6.0)
    t, t_eval = np.linspace(-1, 1, n), np.linspace(-1, 1, 15)
    y = np.exp(t) + np.sin(5 * t) + 0.01 * np.random.default_rng(0).standard_normal(n)
    estimate = fit_parameters(t, y, t_eval, ORDERS, parameters)
    columns = design(t, n, 4)
    inverse = np.linalg.inv(columns.T @ columns + np.diag(penalties(n, parameters)))
    coefficients = inverse @ columns.T @ y
    trace = np.trace(columns @ inverse @ columns.T)
    assert estimate.settings["parameters"] == pytest.approx(trace, rel=1e-6)
    variance = np.sum((y - columns @ coefficients) ** 2) / (n - trace)
    for k in ORDERS:
        rows = design(t_eval, n, 4, k)
        expected = rows @ coefficients
        # Normal equations of nearly dependent columns (the reference), amplified by order 7.
        assert_allclose(estimate.values[k], expected, atol=1e-6 * np.max(np.abs(expected)))
        deviation = np.sqrt(variance * np.einsum("ij,jk,ik->i", rows, inverse, rows))
        assert_allclose(estimate.standard_deviation[k], deviation, rtol=1e-4)


def test_selected_parameters_have_the_least_gcv() -> None:
    n = 40
    t = np.linspace(-1, 1, n)
    y = np.exp(t) + np.sin(5 * t) + 0.05 * np.random.default_rng(1).standard_normal(n)

    def score(parameters: Parameters) -> float:
        estimate = fit_parameters(t, y, t, (0,), parameters)
        residual = y - estimate.values[0]
        return float(residual @ residual / (n - estimate.settings["parameters"]) ** 2)

    chosen = select_parameters(t, y)
    least = score(chosen)
    for degree in DEGREES:
        for cutoff in np.geomspace(0.5, n, 25):
            assert score(Parameters(degree, cutoff)) > least * (1 - 1e-9)


@pytest.mark.parametrize("n", [60, 61])
def test_differentiates_what_a_trend_and_cosines_hold(n: int) -> None:
    t = np.linspace(3, 7, n)
    values = fft_taper_adaptive(t, np.sin(2 * t), t, ORDERS).values
    for k in ORDERS:  # noise-free; the ends, where order k converges k orders less, are worst
        exact = 2.0**k * np.sin(2 * t + k * np.pi / 2)
        limit = 10.0 ** (1.2 * k - 9)
        assert np.max(np.abs(values[k] - exact)[5:-5]) < limit * 2.0**k


def test_polynomials_are_trends() -> None:
    t = np.linspace(0, 2, 50)
    cubic = np.polynomial.Polynomial([1.0, -2.0, 0.5, 3.0])
    estimate = fft_taper_adaptive(t, cubic(t), t, ORDERS)
    assert estimate.settings["degree"] == 4
    assert_allclose(estimate.values[0], cubic(t), atol=1e-12)
    assert_allclose(estimate.values[2], cubic.deriv(2)(t), atol=1e-8)


def test_standard_deviations_cover_the_errors() -> None:
    t, scores = np.linspace(0, 4, 101), []
    for seed in range(6):
        y = np.sin(3 * t) + 1e-2 * np.random.default_rng(seed).standard_normal(101)
        estimate = fft_taper_adaptive(t, y, t, (0, 1))
        exact = np.array([np.sin(3 * t), 3 * np.cos(3 * t)])
        scores.append((estimate.values - exact) / estimate.standard_deviation)
    assert 0.5 < np.sqrt(np.mean(np.square(scores))) < 2.0
