"""Stencils chosen from the samples: exactness, noise estimate, and what the choice achieves."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Chebyshev
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.finite_difference.central_difference import (
    central_difference,
)
from tiltyard.studies.derivatives.estimators.finite_difference.central_difference_adaptive import (
    central_difference_adaptive,
    noise_variance,
)

ORDERS = tuple(range(8))


def uneven(n: int) -> np.ndarray:
    x = np.linspace(0, 1, n)
    return 1 + 6 * (x + 0.04 * np.sin(6 * np.pi * x))


def noisy(t: np.ndarray, noise: float, seed: int = 0) -> np.ndarray:
    return np.sin(2 * t) + noise * np.random.default_rng(seed).standard_normal(len(t))


def errors(t: np.ndarray, values: np.ndarray) -> np.ndarray:
    exact = np.array([2.0**k * np.sin(2 * t + k * np.pi / 2) for k in ORDERS])
    return np.sqrt(np.mean((values - exact) ** 2, axis=1)) / 2.0 ** np.arange(8)


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_exact_up_to_degree_2_on_uneven_times(degree: int) -> None:
    t = uneven(51)
    polynomial = Chebyshev(np.ones(degree + 1), domain=(1, 7))
    values = central_difference_adaptive(t, polynomial(t), t, ORDERS).values
    for k in ORDERS:
        exact = polynomial.deriv(k)(t) if k else polynomial(t)
        # Round-off of the samples, which order k amplifies with the closest steps (0.03).
        assert_allclose(values[k], exact, atol=1e-14 * 100.0**k)


def test_interpolates_a_polynomial_of_its_stencils_degree() -> None:
    t = uneven(51)
    polynomial = Chebyshev(np.ones(9), domain=(1, 7))
    values = central_difference_adaptive(t, polynomial(t), t, (7,)).values
    assert_allclose(values[0], polynomial.deriv(7)(t), rtol=1e-3)


@pytest.mark.parametrize("noise", [1e-6, 1e-2])
def test_noise_estimate_is_near_the_truth(noise: float) -> None:
    t = uneven(201)
    # 190 residuals, of which the least of six means is taken: within a fifth.
    found = np.sqrt(noise_variance(t, noisy(t, noise)))
    assert found == pytest.approx(noise, rel=0.2)


def test_noise_is_never_below_the_rounding_of_the_samples() -> None:
    t = np.linspace(0, 1, 30)
    assert noise_variance(t, np.full(30, 1e6)) == pytest.approx((2e6 * 2.0**-52) ** 2)


@pytest.mark.parametrize("noise", [1e-4, 1e-2])
def test_beats_the_narrowest_stencils_in_noise(noise: float) -> None:
    t = uneven(101)
    y = noisy(t, noise)
    narrow = errors(t, central_difference(t, y, t, ORDERS))
    chosen = errors(t, central_difference_adaptive(t, y, t, ORDERS).values)
    assert np.all(chosen[2:] < narrow[2:])
    assert np.all(chosen[4:] < 0.2 * narrow[4:])


def test_stencils_grow_with_the_noise() -> None:
    t = np.linspace(0, 6, 101)
    reach = []
    for noise in (1e-8, 1e-1):
        settings = central_difference_adaptive(t, noisy(t, noise), t, (1, 3)).settings
        reach.append(np.multiply(settings["width"], settings["stride"]))
    assert np.all(reach[1] > reach[0])


def test_standard_deviation_is_that_of_the_noise() -> None:
    t = np.linspace(0, 6, 101)
    draws = [central_difference_adaptive(t, noisy(t, 1e-3, seed), t, (1,)) for seed in range(40)]
    # Only draws with the same stencil have the same distribution.
    kept = [d for d in draws if d.settings == {**draws[0].settings, "noise": d.settings["noise"]}]
    assert len(kept) >= 5
    spread = np.std([d.values[0] for d in kept], axis=0, ddof=1)
    ratio = spread / np.mean([d.standard_deviation[0] for d in kept], axis=0)
    assert np.median(ratio) == pytest.approx(1, rel=0.4)


@pytest.mark.parametrize("n", [20, 21, 33])
def test_accepts_constants_and_few_samples(n: int) -> None:
    t = uneven(n)
    for y in (np.full(n, 3.7), np.zeros(n), np.cos(40 * t)):
        assert np.all(np.isfinite(central_difference_adaptive(t, y, t, ORDERS).values))
