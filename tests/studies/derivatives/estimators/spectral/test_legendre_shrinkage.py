"""Shrunk Legendre series against dense Gaussian formulas, its own prior and known signals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.polynomial import Legendre
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.spectral.legendre_shrinkage import (
    EXTENSIONS,
    TERMS,
    Parameters,
    fit_parameters,
    legendre_shrinkage,
    select_parameters,
)

ORDERS = tuple(range(8))
PARAMETERS = Parameters(1.25, 0.6, 6.0)


def uneven(n: int) -> np.ndarray:
    s = np.linspace(0, 1, n)
    return 2 + 3 * (s + 0.05 * np.sin(6 * np.pi * s))


def functions(t: np.ndarray, extension: float, order: int = 0, terms: int = 60) -> np.ndarray:
    """Normalised Legendre polynomials of the record [2, 5], by numpy."""
    u, columns = (t - 3.5) / (1.5 * extension), []
    for j in range(terms):
        one = Legendre.basis(j)
        columns.append(math.sqrt(2 * j + 1) * (one.deriv(order) if order else one)(u))
    return np.array(columns).T / (1.5 * extension) ** order


def dense_parts(t: np.ndarray, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Prior variances of degrees from 2, and covariance of the samples in units of the noise."""
    variances = np.exp(
        parameters.log_ratio - 2 * parameters.strip / parameters.extension * np.arange(2, 60)
    )
    shrunk = functions(t, parameters.extension)[:, 2:]
    return variances, (shrunk * variances) @ shrunk.T + np.eye(len(t))


def minus_two_log_likelihood(t: np.ndarray, y: np.ndarray, parameters: Parameters) -> float:
    """Restricted likelihood by its textbook formula, the noise variance profiled out."""
    _, covariance = dense_parts(t, parameters)
    free = np.vander((t - 3.5) / 1.5, 2)
    inverse = np.linalg.inv(covariance)
    information = free.T @ inverse @ free
    projection = inverse - inverse @ free @ np.linalg.inv(information) @ free.T @ inverse
    freedom = len(t) - 2
    log_determinants = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1]
    return float(freedom * np.log(y @ projection @ y) + log_determinants)


def test_posterior_is_the_dense_gaussian_one() -> None:
    t, t_eval = uneven(30), np.linspace(2, 5, 17)
    y = np.exp(np.sin(3 * t)) + 0.1 * np.random.default_rng(0).standard_normal(30)
    estimate = fit_parameters(t, y, t_eval, ORDERS, PARAMETERS)
    variances, covariance = dense_parts(t, PARAMETERS)
    phi = functions(t, 1.25)
    inverse = np.linalg.inv(covariance)
    information = np.linalg.inv(phi[:, :2].T @ inverse @ phi[:, :2])
    free = information @ phi[:, :2].T @ inverse @ y
    left = y - phi[:, :2] @ free
    noise = left @ inverse @ left / 28
    for k in ORDERS:
        rows = functions(t_eval, 1.25, k)
        cross = (rows[:, 2:] * variances) @ phi[:, 2:].T
        expected = rows[:, :2] @ free + cross @ inverse @ left
        # Products of numbers up to the variance ratio 400, and order 7 amplifies them.
        assert_allclose(estimate.values[k], expected, atol=1e-8 * np.max(np.abs(expected)))
        lacking = rows[:, :2] - cross @ inverse @ phi[:, :2]
        variance = np.sum(rows[:, 2:] ** 2 * variances, axis=1)
        variance -= np.einsum("ij,jk,ik->i", cross, inverse, cross)
        variance += np.einsum("ij,jk,ik->i", lacking, information, lacking)
        assert_allclose(estimate.standard_deviation[k], np.sqrt(noise * variance), rtol=1e-5)
    assert estimate.settings["noise_sd"] == pytest.approx(math.sqrt(noise), rel=1e-8)


def test_selected_parameters_maximise_the_restricted_likelihood() -> None:
    t = uneven(40)
    y = np.exp(np.sin(3 * t)) + 0.05 * np.random.default_rng(1).standard_normal(40)
    chosen = select_parameters(t, y)
    least = minus_two_log_likelihood(t, y, chosen)
    for factor in (0.9, 0.99, 1.01, 1.1):
        other = chosen._replace(strip=chosen.strip * factor)
        assert minus_two_log_likelihood(t, y, other) > least
        other = chosen._replace(log_ratio=chosen.log_ratio + math.log(factor))
        assert minus_two_log_likelihood(t, y, other) > least
    for extension in EXTENSIONS:
        assert minus_two_log_likelihood(t, y, chosen._replace(extension=extension)) >= least


def test_standard_deviations_are_those_of_errors_of_signals_from_the_prior() -> None:
    t = uneven(60)
    rng = np.random.default_rng(2)
    amplitudes = 0.8 ** np.arange(60)
    scores = []
    for _ in range(8):
        c = amplitudes * rng.standard_normal(60)
        y = functions(t, 1.5) @ c + 1e-3 * rng.standard_normal(60)
        estimate = legendre_shrinkage(t, y, t, (0, 2, 4))
        exact = np.array([functions(t, 1.5, k) @ c for k in (0, 2, 4)])
        scores.append((estimate.values - exact) / estimate.standard_deviation)
    # About ten independent errors a draw and order; that the hyperparameters are estimated
    # makes high orders less certain than they know.
    assert_allclose(np.sqrt(np.mean(np.square(scores), axis=(0, 2))), 1.0, atol=0.4)


def test_differentiates_analytic_functions_seven_times() -> None:
    t = np.linspace(-1, 1, 101)
    values = legendre_shrinkage(t, np.exp(2 * t), t, ORDERS).values
    for k in ORDERS:  # noise-free: rounding 1e-16, amplified about a hundredfold an order
        exact = 2.0**k * np.exp(2 * t)
        assert np.max(np.abs(values[k] - exact)) < 10.0 ** (2 * k - 12) * np.max(exact)


def test_a_line_is_a_line_and_constants_are_constants() -> None:
    t = uneven(50)
    values = legendre_shrinkage(t, 3 * t - 7, t, ORDERS).values
    assert_allclose(values[0], 3 * t - 7, atol=1e-12)
    assert_allclose(values[1], 3, atol=1e-10)
    estimate = legendre_shrinkage(t, np.full(50, 4.0), t, ORDERS)
    assert_allclose(estimate.values[0], 4.0, atol=1e-12)
    assert np.all(np.isfinite(estimate.standard_deviation))


@pytest.mark.parametrize("n", [10, TERMS + 50])
def test_fewer_and_more_samples_than_functions(n: int) -> None:
    t = np.linspace(0, 1, n)
    y = np.sin(5 * t) + 1e-3 * np.random.default_rng(3).standard_normal(n)
    estimate = fit_parameters(t, y, t, (0, 1), Parameters(1.5, 1.0, 20.0))
    assert_allclose(estimate.values[0], np.sin(5 * t), atol=5e-3)
    # Ten samples determine the slope at the ends to a tenth.
    assert_allclose(estimate.values[1], 5 * np.cos(5 * t), atol=0.5)
