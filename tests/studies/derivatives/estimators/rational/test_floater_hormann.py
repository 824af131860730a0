"""Floater-Hormann functions: the weights of the paper, reproduction, and the least squares."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.interpolate import FloaterHormannInterpolator

from tiltyard.studies.derivatives.estimators.rational.floater_hormann import (
    blending_weights,
    cardinal_functions,
    fit,
    floater_hormann,
)
from tiltyard.studies.derivatives.numerics.rational.barycentric import differentiate_barycentric
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples


def test_weights_of_the_paper():
    """Floater & Hormann (2007), table in section 4."""
    assert_allclose(np.abs(blending_weights(8, 0)), np.ones(8))
    assert_allclose(np.abs(blending_weights(8, 1)), [1, 2, 2, 2, 2, 2, 2, 1])
    assert_allclose(np.abs(blending_weights(10, 3)), [1, 4, 7, 8, 8, 8, 8, 7, 4, 1])


@pytest.mark.parametrize("degree", [2, 5])
def test_function_is_scipys(degree):
    nodes = np.linspace(-1.0, 1.0, 14)
    values = np.random.default_rng(0).standard_normal(14)
    x = np.concatenate([nodes[3:5], np.linspace(-0.99, 0.99, 31)])
    weights = blending_weights(14, degree)
    expected = FloaterHormannInterpolator(nodes, values, d=degree)(x)
    assert_allclose(cardinal_functions(nodes, weights, x) @ values, expected, atol=1e-12)
    found = differentiate_barycentric(nodes, values, weights, x, (0,))[0]
    assert_allclose(found, expected, atol=1e-12)


def test_derivatives_are_those_of_the_function():
    nodes, weights = np.linspace(-1.0, 1.0, 12), blending_weights(12, 4)
    values = np.cos(3 * nodes)
    x, h = np.linspace(-0.9, 0.9, 17), 1e-3
    for order in range(7):
        below = [
            differentiate_barycentric(nodes, values, weights, x + s * h, (order,))[0]
            for s in (-2, -1, 1, 2)
        ]
        slope = (below[0] - 8 * below[1] + 8 * below[2] - below[3]) / (12 * h)
        exact = differentiate_barycentric(nodes, values, weights, x, (order + 1,))[0]
        # The differences err by h^4 / 30 of five orders up, each 1 / spacing larger.
        assert_allclose(slope, exact, atol=1e-6 * np.abs(exact).max())


def test_residual_is_orthogonal_to_the_space():
    x = np.linspace(-1.0, 1.0, 50)
    samples = unit_samples(np.random.default_rng(1).standard_normal(50))
    found = fit(x, samples, 15, 5)
    assert found is not None
    columns = cardinal_functions(found.nodes, found.weights, x)
    assert np.abs(columns.T @ (samples.z - columns @ found.values)).max() < 1e-12


def test_polynomials_and_constants_at_every_order():
    t = np.sort(np.random.default_rng(2).uniform(0.0, 2.0, 40))
    orders = tuple(range(8))
    curve = np.polynomial.Chebyshev(np.ones(8), domain=[t[0], t[-1]])
    found = floater_hormann(t, curve(t), t, orders).values
    for order in orders:
        exact = curve.deriv(order)(t) if order else curve(t)
        # Rounding of 1e-15 and Markov's bound on the derivatives of degree 9.
        assert_allclose(found[order], exact, atol=1e-9 * max(1.0, np.abs(exact).max()))
    assert np.array_equal(
        floater_hormann(t, np.full(40, 0.3), t, (0, 1)).values[0], np.full(40, 0.3)
    )
