"""Plain AAA, its derivatives and its noise estimates against closed forms."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.rational.aaa_interpolation import (
    aaa_difference,
    aaa_high_precision,
    aaa_low_precision,
    aaa_wavelet,
)
from tiltyard.studies.derivatives.numerics.noise_estimation import (
    DAUBECHIES_4,
    noise_from_second_differences,
    noise_from_wavelets,
)
from tiltyard.studies.derivatives.numerics.rational.barycentric import differentiate_barycentric

ORDERS = tuple(range(8))
POLE = 0.3 + 0.8j


def runge(x, order):
    """Derivatives of the imaginary part of ``1 / (p - x)``."""
    return math.factorial(order) * (1.0 / (POLE - x) ** (order + 1)).imag


def test_rational_function_is_reproduced_at_every_order():
    t = np.linspace(-1.0, 1.0, 81)
    at = np.sort(np.concatenate([t[::7], t[3:-3:9] + 1e-9, t[4:-4:11] + 0.013]))
    found = aaa_high_precision(t, runge(t, 0), at, ORDERS).values
    for order in ORDERS:
        exact = runge(at, order)
        # Samples' rounding of 1e-16, times some 10^order for a degree of two.
        assert_allclose(found[order], exact, atol=1e-13 * 10.0**order * np.abs(exact).max())


def test_polynomial_in_barycentric_form_near_its_nodes():
    nodes = np.cos(np.pi * np.arange(9) / 8)
    weights = (-1.0) ** np.arange(9)
    weights[[0, 8]] *= 0.5
    curve = np.polynomial.Chebyshev([0.2, 0.5, -0.3, 0.1, 0.4, 0.0, -0.2, 0.6, 0.1])
    x = np.concatenate([nodes, nodes[1:-1] + 1e-12, [0.123]])
    found = differentiate_barycentric(nodes, curve(nodes), weights, x, ORDERS)
    for order in ORDERS:
        exact = curve.deriv(order)(x) if order else curve(x)
        assert_allclose(found[order], exact, atol=1e-12 * 8.0**order * max(1, order))


def test_wavelet_filter_is_orthonormal_with_four_vanishing_moments():
    for shift in range(4):
        product = DAUBECHIES_4[2 * shift :] @ DAUBECHIES_4[: 8 - 2 * shift]
        assert product == pytest.approx(float(shift == 0), abs=1e-14)
    high_pass = DAUBECHIES_4[::-1] * (-1.0) ** np.arange(8)
    for degree in range(4):  # rounding of 1e-16 times 8^degree
        assert abs(high_pass @ np.arange(8.0) ** degree) < 1e-12


def test_noise_is_found():
    rng = np.random.default_rng(4)
    t = np.sort(rng.uniform(0.0, 1.0, 2000))
    y = np.sin(3 * t) + 0.02 * rng.standard_normal(2000)
    # A median of 2000 absolute values has a deviation of some 3 per cent.
    assert noise_from_second_differences(t, y) == pytest.approx(0.02, rel=0.12)
    assert noise_from_wavelets(y) == pytest.approx(0.02, rel=0.12)
    x = np.linspace(0.0, 1.0, 50)
    assert noise_from_wavelets(5 + x**3) < 1e-14
    assert noise_from_second_differences(t, 5 + t) < 1e-14


def test_residuals_obey_the_tolerance():
    t = np.linspace(0.0, 6.0, 120)
    y = np.sin(t) + 1e-3 * np.random.default_rng(0).standard_normal(120)
    for method in (aaa_wavelet, aaa_difference, aaa_low_precision):
        found = method(t, y, t, (0,))
        assert found.settings["supports"] < 20
        assert np.abs(found.values[0] - y).max() <= found.settings["tolerance"]


@pytest.mark.parametrize("method", [aaa_wavelet, aaa_low_precision])
def test_constant_samples(method):
    t = np.linspace(0.0, 1.0, 20)
    found = method(t, np.full(20, 0.1), t, (0, 1)).values
    assert_allclose(found, [np.full(20, 0.1), np.zeros(20)], atol=1e-15)


def test_a_single_spike_leaves_a_node_without_weight():
    t = np.linspace(0.0, 1.0, 21)
    found = aaa_high_precision(t, np.eye(21)[6], t, (0, 1)).values
    assert np.isfinite(found).all()
