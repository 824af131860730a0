"""Legendre polynomials against numpy's, and against closed forms where theirs are largest."""

from math import factorial

import numpy as np
import pytest
from numpy.polynomial import Legendre
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.numerics.bases.legendre import legendre


@pytest.mark.parametrize("order", range(8))
def test_every_column_is_that_derivative(order):
    x = np.linspace(-1.0, 1.0, 23)
    table = legendre(x, 10, order)
    for n in range(11):
        exact = Legendre.basis(n).deriv(order)(x) if order else Legendre.basis(n)(x)
        # Either recursion loses a digit or two of the largest value, which is at the ends.
        assert_allclose(table[:, n], exact, rtol=0, atol=1e-13 * max(1.0, np.abs(exact).max()))


@pytest.mark.parametrize("order", range(8))
def test_derivatives_at_one_are_integers_over_powers_of_two(order):
    found = legendre(np.ones(1), 10, order)[0]
    for n in range(11):
        largest = 0.0
        if n >= order:
            largest = factorial(n + order) / (2**order * factorial(order) * factorial(n - order))
        assert found[n] == pytest.approx(largest, rel=1e-14)
