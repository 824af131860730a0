"""Central differences against exact weights in fractions, numpy's gradient and polynomials."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from numpy.polynomial import Chebyshev
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.finite_difference.central_difference import (
    central_difference,
)
from tiltyard.studies.derivatives.numerics.local.finite_differences import (
    first_of_nearest,
    fornberg_weights,
)

UNEVEN = np.array([0.0, 0.4, 0.9, 1.7, 2.0, 2.2, 3.1, 3.9, 4.0, 5.2, 6.0, 6.4, 7.1])


def exact_weights(offsets: list[Fraction], order: int) -> list[Fraction]:
    """Weights from Lagrange's polynomials, multiplied out in fractions."""
    weights = []
    for i, own in enumerate(offsets):
        coefficients = [Fraction(1)]
        for j, other in enumerate(offsets):
            if j != i:
                longer = [Fraction(0), *coefficients]
                for k, c in enumerate(coefficients):
                    longer[k] -= other * c
                coefficients = [c / (own - other) for c in longer]
        weights.append(factorial(order) * coefficients[order])
    return weights


@pytest.mark.parametrize("order", range(8))
@pytest.mark.parametrize("first", [-4, 0])
def test_weights_agree_with_fractions(order: int, first: int) -> None:
    offsets = [Fraction(first + i) + Fraction(i % 3, 7) for i in range(9)]
    found = fornberg_weights(np.array([offsets], dtype=float), order)[0]
    expected = np.array([float(w) for w in exact_weights(offsets, order)])
    # The recursion adds up about 9**2 products of the size of the largest weight.
    assert_allclose(found, expected, atol=1e-13 * np.max(np.abs(expected)))


def test_classic_formulas_on_even_times() -> None:
    h = 0.25
    t = h * np.arange(12)
    y = np.exp(np.sin(3 * t))
    first, second = central_difference(t, y, t, (1, 2))
    assert_allclose(first[1:-1], (y[2:] - y[:-2]) / (2 * h), rtol=1e-12)
    assert_allclose(first[0], (-3 * y[0] + 4 * y[1] - y[2]) / (2 * h), rtol=1e-12)
    assert_allclose(second[1:-1], (y[2:] - 2 * y[1:-1] + y[:-2]) / h**2, rtol=1e-11)


def test_order_1_is_numpys_gradient_on_uneven_times() -> None:
    y = np.cos(UNEVEN)
    found = central_difference(UNEVEN, y, UNEVEN, (1,))[0]
    assert_allclose(found, np.gradient(y, UNEVEN, edge_order=2), rtol=1e-12)


@pytest.mark.parametrize("order", range(8))
def test_exact_up_to_the_degree_of_its_stencil_on_uneven_times(order: int) -> None:
    degree = max(2, order + order % 2)
    polynomial = Chebyshev(np.ones(degree + 1), domain=(0, 7.1))
    t_eval = np.linspace(0, 7.1, 30)
    found = central_difference(UNEVEN, polynomial(UNEVEN), t_eval, (order,))[0]
    exact = polynomial.deriv(order)(t_eval) if order else polynomial(t_eval)
    # Round-off of the samples times weights up to 1e4 (order 7, steps of 0.1 to 1.2).
    assert_allclose(found, exact, atol=1e-10 * max(1.0, np.max(np.abs(exact))))


def test_order_0_is_the_samples() -> None:
    y = np.sin(7 * UNEVEN)
    assert np.array_equal(central_difference(UNEVEN, y, UNEVEN, (0,))[0], y)


def test_error_falls_with_the_square_of_the_step() -> None:
    errors = []
    for n in (41, 81):
        t = np.linspace(0, 2, n)
        found = central_difference(t, np.sin(t), np.array([1.0]), (1, 2, 3))[:, 0]
        errors.append(np.abs(found - [np.cos(1), -np.sin(1), -np.cos(1)]))
    # 4 for half the step, up to terms of the fourth power.
    assert_allclose(errors[0] / errors[1], 4, rtol=0.02)


def test_stencils_are_centred_inside_and_outermost_at_the_ends() -> None:
    t = np.arange(10.0)
    starts = first_of_nearest(t, np.array([0.0, 0.9, 4.2, 4.8, 8.0, 9.0]), 5)
    assert starts.tolist() == [0, 0, 2, 3, 5, 5]
