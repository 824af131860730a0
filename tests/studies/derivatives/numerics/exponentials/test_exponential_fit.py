"""Sums of exponentials with given exponents: derivatives, tangents, dependence, the descent."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.numerics.bases.legendre import legendre
from tiltyard.studies.derivatives.numerics.exponentials.exponential_descent import (
    SLOWEST,
    Descent,
    bounds,
    evaluate,
    exponentials,
    moved,
)
from tiltyard.studies.derivatives.numerics.exponentials.exponential_fit import (
    columns,
    exponent_columns,
    fit_coefficients,
    refine,
    standard_deviations,
)

X = np.linspace(-1.0, 1.0, 81)
EXPONENTS = np.array([-6.0 + 0j, -0.5 + 9.0j, 2.0 + 0j, 0.7 + 20.0j])
COEFFICIENTS = np.array([0.3, -0.2, 1.0, 0.5, -0.7, 0.2, 0.4, -0.3])
Y = columns(X, 1, EXPONENTS, 0) @ COEFFICIENTS
NOISY = Y + 0.05 * np.random.default_rng(3).standard_normal(len(X))


def slope(function, at=0.0, h=1e-3):
    """Derivative by five points; its error is h^4 / 30 of the fifth derivative."""
    below, less, more, above = (function(at + k * h) for k in (-2, -1, 1, 2))
    return (below - 8.0 * less + 8.0 * more - above) / (12.0 * h)


def test_columns_differentiate():
    for order in range(7):
        found = slope(lambda h, k=order: columns(X[20:60] + h, 3, EXPONENTS, k))
        exact = columns(X[20:60], 3, EXPONENTS, order + 1)
        # |s| = 20: 20^4 h^4 / 30 = 5e-9 of the derivative.
        assert np.abs((found - exact) / np.maximum(np.abs(exact).max(axis=0), 1.0)).max() < 1e-7


def test_columns_are_at_most_one_on_the_record():
    steep = np.array([-300.0 + 5j, 300.0 + 0j, 0.0 + 40j])
    largest = np.abs(exponentials(X, steep)).max(axis=0)
    assert_allclose(largest, 1.0, rtol=1e-14)


@pytest.mark.parametrize("order", range(8))
def test_exponent_columns_are_derivatives_by_the_exponents(order):
    fit = fit_coefficients(X, NOISY, 1, EXPONENTS)
    found = exponent_columns(X, fit, order)
    pairs = np.flatnonzero(EXPONENTS.imag)
    directions = [(j, 1.0) for j in range(4)] + [(j, 1j) for j in pairs]
    assert found.shape == (len(X), len(directions))
    for column, (j, direction) in zip(found.T, directions, strict=True):
        step = direction * (np.arange(4) == j)

        def there(h, step=step):
            return columns(X, 1, EXPONENTS + h * step, order) @ fit.coefficients

        # Rounding of the other terms, of 20^k, by the step of 1e-3; the truncated series is less.
        size = np.abs(columns(X, 1, EXPONENTS, order) * fit.coefficients).sum(axis=1).max()
        assert np.abs(slope(there) - column).max() < 1e-11 * size + 1e-9 * np.abs(column).max()


def test_the_descent_has_the_same_squares_and_their_gradient():
    """Kaufman's slopes are exact in the gradient: -2 slopes' left."""
    fit = fit_coefficients(X, NOISY, 1, EXPONENTS)
    polynomials = legendre(X, 1, 0)
    point = evaluate(X, NOISY, polynomials, EXPONENTS)
    assert point.squares == pytest.approx(fit.squares, rel=1e-12)
    assert_allclose(point.coefficients, fit.coefficients, rtol=1e-11)
    gradient = -2.0 * point.slopes.T @ point.left[: len(point.slopes)]
    directions = [1.0 * (np.arange(4) == j) for j in range(4)]
    directions += [1j * (np.arange(4) == j) for j in (1, 3)]
    for value, direction in zip(gradient, directions, strict=True):

        def squares(h, direction=direction):
            return fit_coefficients(X, NOISY, 1, EXPONENTS + h * direction).squares

        assert value == pytest.approx(slope(squares), rel=1e-6, abs=1e-9)


def test_refining_finds_the_exponents_of_exact_samples():
    start = fit_coefficients(X, Y, 1, EXPONENTS + np.array([1.0, 0.2 - 0.4j, -0.3, 0.3 + 0.5j]))
    fit = refine(X, Y, start, tolerance=1e-14, iterations=100)
    assert np.abs(fit.exponents - EXPONENTS).max() < 1e-9  # rounding, 1e-16, over the curvature
    assert_allclose(fit.coefficients, COEFFICIENTS, atol=1e-9)


def test_at_the_minimum_residuals_are_orthogonal_to_every_direction():
    fit = refine(X, NOISY, fit_coefficients(X, NOISY, 1, EXPONENTS), tolerance=0.0, iterations=99)
    J = exponent_columns(X, fit, 0)
    J -= fit.Q @ (fit.Q.T @ J)
    cosines = fit.residual @ J / np.linalg.norm(J, axis=0) / np.sqrt(fit.squares)
    assert np.abs(cosines).max() < 1e-6  # squares within 1e-12 of the least: rounding
    assert np.abs(fit.Q.T @ fit.residual).max() < 1e-13


def test_squares_never_rise_on_the_way():
    start = evaluate(X, NOISY, legendre(X, 1, 0), EXPONENTS * (1.2 + 0j))
    descent, squares = Descent(X, NOISY, legendre(X, 1, 0), start), [start.squares]
    while not descent.settled:
        descent.advance(1, 1e-10)
        squares.append(descent.point.squares)
    assert len(squares) > 3
    assert (np.diff(squares) <= 0.0).all()


def test_a_descent_that_is_halted_goes_on_as_if_it_were_not():
    polynomials = legendre(X, 1, 0)
    start = evaluate(X, NOISY, polynomials, EXPONENTS * (1.2 + 0j))
    once, halted = (Descent(X, NOISY, polynomials, start) for _ in range(2))
    once.advance(7, 1e-10)
    for steps in (2, 4, 1):
        halted.advance(steps, 1e-10)
    assert np.array_equal(once.point.exponents, halted.point.exponents)


@pytest.mark.parametrize("noise", [0.0, 1e-8, 1e-2])
def test_a_step_that_rounding_could_have_made_is_the_last(noise):
    y = Y + noise * np.random.default_rng(6).standard_normal(len(X))
    polynomials = legendre(X, 1, 0)
    descent = Descent(X, y, polynomials, evaluate(X, y, polynomials, EXPONENTS))
    descent.advance(99, 0.0)
    assert descent.settled
    again = Descent(X, y, polynomials, descent.point)
    again.advance(1, 0.0)
    assert again.settled
    # 8 eps of all samples, in the length of what is left
    unsure = 8.0 * np.finfo(float).eps * np.linalg.norm(y)
    lengths = np.sqrt([again.point.squares, descent.point.squares])
    assert abs(lengths[0] - lengths[1]) < 2.0 * unsure


@pytest.mark.parametrize(
    ("degree", "exponents"),
    [
        (1, [-2.0, -2.0]),
        (1, [3.0 + 8.0j, 3.0 + 8.0j]),
        (10, [0.05]),  # its Taylor series, cut off at x^10, errs by 1e-23
        (0, [1e-13]),
    ],
)
def test_dependent_columns_are_refused(degree, exponents):
    exponents = np.array(exponents, complex)
    assert fit_coefficients(X, Y, degree, exponents) is None
    assert evaluate(X, Y, legendre(X, degree, 0), exponents) is None
    apart = exponents + 1.7 * np.arange(1, len(exponents) + 1)
    assert fit_coefficients(X, Y, min(degree, 3), apart) is not None
    assert evaluate(X, Y, legendre(X, min(degree, 3), 0), apart) is not None


def test_more_terms_than_samples_are_refused():
    few = X[::16]
    assert len(few) == 6
    assert fit_coefficients(few, few**2, 2, np.array([-1.0 + 3j, 2.0 + 0j])) is None
    assert evaluate(few, few**2, legendre(few, 2, 0), np.array([-1.0 + 3j])) is None


def test_steps_end_at_the_bounds_and_real_exponents_never_vanish():
    steepest, fastest = bounds(81)
    assert (steepest, fastest) == (40.0, pytest.approx(0.8 * np.pi * 40.0))
    start = np.array([0.3, -0.3, -1.0 + 2.0j, 0.1 + 1.0j, 5.0])
    there = moved(start, np.array([-0.28, 0.4, -99.0, 0.2, 99.0, 999.0, -3.0]), 81)
    assert_allclose(there, [SLOWEST, 0.1, -40.0 + 1j * fastest, 0.3 + 1j * SLOWEST, 40.0])


def test_deviations_are_those_of_many_draws():
    """Root mean square errors of 200 draws, whose sampling error is 5 %, against the deviations.

    At this noise the fit is all but linear in its exponents.
    """
    exponents, at = EXPONENTS[:2], np.array([-0.9, 0.0, 0.55])
    orders, errors, stated = (0, 1, 4), [], []
    exact = [columns(at, 1, exponents, k) @ COEFFICIENTS[:5] for k in orders]
    clean, rng = columns(X, 1, exponents, 0) @ COEFFICIENTS[:5], np.random.default_rng(11)
    for _ in range(200):
        y = clean + 1e-4 * rng.standard_normal(len(X))
        fit = refine(X, y, fit_coefficients(X, y, 1, exponents), tolerance=1e-10, iterations=20)
        values = [columns(at, 1, fit.exponents, k) @ fit.coefficients for k in orders]
        errors.append(np.array(values) - np.array(exact))
        stated.append(standard_deviations(X, fit, at, orders))
    ratio = np.sqrt(np.mean(np.square(errors), axis=0)) / np.mean(stated, axis=0)
    assert ratio.min() > 0.8
    assert ratio.max() < 1.2
