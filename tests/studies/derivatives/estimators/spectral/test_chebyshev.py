"""The least-squares polynomial series against numpy's fit, brute-force left-out samples, exp."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Chebyshev
from numpy.polynomial.chebyshev import chebvander
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.spectral.chebyshev import chebyshev

ORDERS = tuple(range(8))


def uneven(n: int) -> np.ndarray:
    x = np.linspace(0, 1, n)
    return 2 + 3 * (x + 0.05 * np.sin(6 * np.pi * x))


def noisy(t: np.ndarray, noise: float, seed: int = 0) -> np.ndarray:
    return np.sin(4 * t) + noise * np.random.default_rng(seed).standard_normal(len(t))


@pytest.mark.parametrize("noise", [1e-8, 1e-2])
def test_is_numpys_fit_of_the_selected_degree(noise: float) -> None:
    t = uneven(81)
    y = noisy(t, noise)
    t_eval = np.linspace(2, 5, 50)
    estimate = chebyshev(t, y, t_eval, ORDERS)
    fit = Chebyshev.fit(t, y, estimate.settings["degree"], domain=(2, 5))
    for k in ORDERS:
        expected = fit.deriv(k)(t_eval) if k else fit(t_eval)
        # Condition number of numpy's columns (about 1e3) times round-off times degree**(2 k).
        assert_allclose(estimate.values[k], expected, atol=1e-7 * np.max(np.abs(expected)))


def test_degree_predicts_left_out_samples_best() -> None:
    t = uneven(31)
    y = noisy(t, 1e-2)
    errors = []
    for degree in range(20):
        left_out = [
            Chebyshev.fit(np.delete(t, i), np.delete(y, i), degree, domain=(2, 5))(t[i]) - y[i]
            for i in range(31)
        ]
        errors.append(np.sum(np.square(left_out)))
    assert chebyshev(t, y, t, (0,)).settings["degree"] == np.argmin(errors)


def test_standard_deviation_is_the_least_squares_covariance() -> None:
    t = uneven(61)
    y = noisy(t, 1e-2)
    estimate = chebyshev(t, y, t, (0, 1))
    degree = estimate.settings["degree"]
    x = (t - 3.5) / 1.5
    design = chebvander(x, degree)
    variance = np.sum((y - estimate.values[0]) ** 2) / (61 - degree - 1)
    covariance = variance * np.linalg.inv(design.T @ design)
    slopes = np.array([Chebyshev.basis(j).deriv()(x) for j in range(degree + 1)]).T / 1.5
    for rows, found in zip((design, slopes), estimate.standard_deviation, strict=True):
        expected = np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
        assert_allclose(found, expected, rtol=1e-6)


def test_differentiates_an_exponential_seven_times() -> None:
    t = np.linspace(-1, 1, 101)
    values = chebyshev(t, np.exp(t), t, ORDERS).values
    # Noise-free: round-off 1e-16 times the seventh derivative of degree 15, about 1e7 inside and
    # 1e10 at the ends.
    assert_allclose(values[:3], np.exp(t)[None] * np.ones((3, 1)), atol=1e-9)
    assert_allclose(values[7, 10:-10], np.exp(t[10:-10]), rtol=1e-3)


@pytest.mark.parametrize("degree", [0, 1, 9])
def test_noise_free_polynomials_of_few_samples(degree: int) -> None:
    t = uneven(25)
    polynomial = Chebyshev(np.ones(degree + 1), domain=(2, 5))
    values = chebyshev(t, polynomial(t), t, ORDERS).values
    assert_allclose(values[0], polynomial(t), atol=1e-12 * (degree + 1))
    assert_allclose(values[1], polynomial.deriv()(t), atol=1e-9)
