"""Support vector regression: its optimality conditions, closed forms and independent numbers."""

import math

import mpmath as mp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.learning.support_vector_regression import (
    Expansion,
    Settings,
    kernel,
    machine,
    noise_level,
    polish,
    select,
    support_vector_regression,
    violations,
)

ORDERS = tuple(range(8))


@pytest.fixture
def samples():
    x = np.linspace(-1, 1, 40)
    rng = np.random.default_rng(1)
    return x, np.sin(5 * x) + 0.05 * rng.standard_normal(40)


@pytest.mark.parametrize("order", ORDERS)
def test_kernel_is_differentiated(order):
    found = kernel(np.array([0.3]), np.array([-0.2, 0.35]), 0.25, order)[0]
    with mp.workdps(60):
        for value, centre in zip(found, (-0.2, 0.35), strict=True):
            exact = mp.diff(
                lambda x, c=centre: mp.exp(-(((x - mp.mpf(c)) / mp.mpf(0.25)) ** 2) / 2),
                mp.mpf(0.3),
                order,
            )
            # A dozen roundings, of terms somewhat larger than their sum.
            assert value == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("level", [1e-6, 1e-2])
def test_noise_level_of_a_smooth_signal(level, uneven):
    rng = np.random.default_rng(4)
    x = np.linspace(-1, 1, 200)
    if uneven:
        x[1:-1] += 0.002 * rng.uniform(-1, 1, 198)
    y = np.exp(np.sin(3 * x)) + level * rng.standard_normal(200)
    # 200 overlapping differences tell a standard deviation to about 10 %, the smallest is taken.
    assert noise_level(x, y) == pytest.approx(level, rel=0.3)


def test_noise_level_of_a_polynomial_is_rounding():
    x = np.linspace(-1, 1, 60)
    assert noise_level(x, x**5 - x) < 1e-12


@pytest.mark.parametrize("settings", [Settings(0.3, 10.0, 0.03), Settings(0.15, 1.0, 0.05)])
def test_polish_gives_the_minimiser_from_any_feasible_start(samples, settings):
    x, y = samples
    K = kernel(x, x, settings.length)
    start = machine(x, y, settings, 100_000)
    model = polish(K, y, settings, start)
    residual = y - K @ model.coefficients - model.intercept
    assert violations(residual, model.coefficients, settings).max() < 1e-9
    assert abs(model.coefficients.sum()) < 1e-12
    assert np.abs(model.coefficients).max() <= settings.penalty
    # libsvm's tolerance on the conditions, 3e-3 here, bounds the distance of the fits.
    fitted = K @ model.coefficients + model.intercept
    assert_allclose(K @ start.coefficients + start.intercept, fitted, atol=0.02)
    first, last = np.zeros(40), np.zeros(40)
    first[[3, 20]] = settings.penalty / 2, -settings.penalty / 2
    last[[0, 9]] = -settings.penalty, settings.penalty
    last[[4, 30]] = 0.1, -0.1
    for other in (first, last):
        again = polish(K, y, settings, Expansion(other, 0.0))
        assert_allclose(K @ again.coefficients + again.intercept, fitted, atol=1e-8)


def test_violations_are_distances_to_the_tube():
    residual = np.array([0.1, 0.3, 0.3, 0.1, 0.3, -0.3, -0.3])
    b = np.array([0.0, 0.0, 1.0, 1.0, 0.5, 0.5, -1.0])
    found = violations(residual, b, Settings(1.0, 1.0, 0.2))
    assert_allclose(found, [0.0, 0.1, 0.0, 0.1, 0.1, 0.5, 0.0], atol=1e-15)


def test_polish_leaves_an_expansion_without_free_samples_alone():
    x = np.linspace(-1, 1, 10)
    start = Expansion(np.zeros(10), 0.25)
    assert polish(kernel(x, x, 0.5), 0.1 * x, Settings(0.5, 1.0, 1.0), start) is start


def test_selected_tube_grows_with_noise(samples):
    x, _ = samples
    rng = np.random.default_rng(0)
    chosen = [
        select(x, np.sin(5 * x) + level * rng.standard_normal(40)) for level in (0.0, 1e-3, 1e-1)
    ]
    tubes = [settings.tube for settings in chosen]
    assert tubes == sorted(tubes)
    # 3 sigma sqrt(log n / n), with sigma known to some 20 %.
    assert tubes[2] == pytest.approx(0.3 * math.sqrt(math.log(40) / 40), rel=0.5)


@pytest.mark.parametrize("uneven", [False, True])
def test_recovers_the_derivatives_of_a_sine(uneven):
    rng = np.random.default_rng(3)
    t = np.linspace(0, 6, 80)
    if uneven:
        t[1:-1] += 0.02 * rng.uniform(-1, 1, 78)
    y = np.sin(2 * t) + 1e-3 * rng.standard_normal(80)
    values = support_vector_regression(t, y, t, (0, 1, 2)).values
    for k, largest in enumerate((0.003, 0.03, 0.1)):
        exact = 2.0**k * np.sin(2 * t + k * math.pi / 2)
        # A few times the noise, which each order amplifies about tenfold.
        assert np.std(values[k] - exact) < largest * 2.0**k


def test_settings_have_the_units_of_the_data(samples):
    x, y = samples
    one = support_vector_regression(x, y, x, (0,)).settings
    # Powers of two: scaling rounds nothing.
    other = support_vector_regression(1024 * x, y / 4096, 1024 * x, (0,)).settings
    assert other["length_scale"] == 1024 * one["length_scale"]
    assert other["tube"] == one["tube"] / 4096
    assert other["penalty"] == one["penalty"]
    assert 0 < one["support_vectors"] <= 40


def test_more_samples_than_the_search_sees():
    t = np.linspace(0, 1, 301)
    y = np.sin(20 * t) + 1e-2 * np.random.default_rng(2).standard_normal(301)
    values = support_vector_regression(t, y, t, (0, 1)).values
    assert np.std(values[0] - np.sin(20 * t)) < 0.01
    assert np.std(values[1] - 20 * np.cos(20 * t)) < 0.05 * 20


@pytest.mark.parametrize(
    "curve",
    [
        lambda t: 3 * t - 1,
        lambda t: t**7,
        lambda t: np.sign(t - 0.4),
        lambda t: np.random.default_rng(0).standard_normal(len(t)),
        lambda t: 1e6 + np.sin(9 * t),
        lambda t: np.where(t > 0.49, 1.0, 0.0) * np.where(t < 0.51, 1.0, 0.0),
    ],
    ids=["line", "power", "step", "noise", "offset", "spike"],
)
@pytest.mark.parametrize("n", [10, 33])
def test_hard_data_give_finite_results(curve, n):
    t = np.linspace(0, 1, n)
    assert np.isfinite(support_vector_regression(t, curve(t), t, ORDERS).values).all()


def test_constant_samples_give_a_constant():
    t = np.linspace(0, 1, 20)
    estimate = support_vector_regression(t, np.full(20, 0.1), t, (0, 3))
    assert_allclose(estimate.values[0], 0.1, rtol=1e-15)
    assert not estimate.values[1].any()
