"""Poles on their way: the factor that tells where to, the bounds, the descent."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.numerics.bases.legendre import legendre
from tiltyard.studies.derivatives.numerics.rational.rational_fit import (
    columns,
    distances,
    fit_residues,
    place,
    pole_columns,
)
from tiltyard.studies.derivatives.numerics.rational.rational_refinement import (
    FARTHEST,
    Descent,
    linearised,
    moved,
    refine,
)

X = np.linspace(-1.0, 1.0, 61)
POLES = np.array([1.7 + 0.0j, 0.3 + 0.4j, -2.5 + 0.0j, -0.5 + 0.8j])  # pairs and real ones mixed
COEFFICIENTS = np.array([0.2, -1.0, 0.6, 1.0, -0.8, 0.5, -0.7, 0.3])
Y = columns(X, 1, POLES, 0) @ COEFFICIENTS
NOISY = Y + 0.05 * np.random.default_rng(3).standard_normal(len(X))
NEAREST = 0.05
BESIDE = POLES + np.array([0.2, 0.05 - 0.06j, 0.3, -0.08 + 0.1j])


def fitted(y, poles):
    fit = fit_residues(X, y, 1, poles)
    assert fit is not None
    return fit


def test_the_factor_gives_the_least_squares_of_its_columns():
    A = columns(X, 1, POLES, 0)
    exact, squares = np.linalg.lstsq(A, NOISY)[:2]
    fit, placed = fitted(NOISY, POLES), place(X, NOISY, legendre(X, 1, 0), POLES)
    # Rounding times the columns' condition, 3e3, and two digits.
    assert_allclose(placed.coefficients, exact, rtol=1e-10)
    assert_allclose(fit.coefficients, exact, rtol=1e-10)
    assert placed.squares == pytest.approx(squares[0], rel=1e-12)
    assert fit.squares == pytest.approx(squares[0], rel=1e-12)
    assert_allclose(fit.residual, NOISY - A @ exact, atol=1e-13)
    assert_allclose(fit.Q.T @ fit.Q, np.eye(len(exact)), atol=1e-14)
    assert (fit.degree, fit.parameters) == (1, 14)


@pytest.mark.parametrize("poles", [[0.3 + 0.4j] * 2, [1.7, 1.7], [0.2j, 0.2j + 1e-14]])
def test_dependent_columns_are_refused(poles):
    assert fit_residues(X, NOISY, 1, np.array(poles, complex)) is None


def test_as_many_columns_as_samples_are_refused():
    assert fit_residues(X[:8], NOISY[:8], 1, POLES) is None
    assert fit_residues(X[:9], NOISY[:9], 1, POLES) is not None


def test_the_tangent_is_what_is_orthogonal_to_the_columns():
    """In orthonormal coordinates inner products are those of the samples."""
    fit, placed = fitted(NOISY, POLES), place(X, NOISY, legendre(X, 1, 0), POLES)
    J = pole_columns(X, fit, 0)
    J -= fit.Q @ (fit.Q.T @ J)
    slopes, left = linearised(placed)
    assert abs(left) == pytest.approx(np.sqrt(fit.squares), rel=1e-12)
    size = np.linalg.norm(J, axis=0)
    assert_allclose(
        slopes.T @ slopes / np.outer(size, size), J.T @ J / np.outer(size, size), atol=1e-12
    )
    assert_allclose(slopes[0] * left / size, fit.residual @ J / size, atol=1e-13)


def test_the_gradient_is_that_of_the_squares():
    """Kaufman's slopes are exact in the gradient, -2 slopes' left; step 1e-4 errs by 1e-8."""
    slopes, left = linearised(place(X, NOISY, legendre(X, 1, 0), POLES))
    for gradient, direction in zip(-2.0 * slopes[0] * left, np.eye(6), strict=True):
        ahead, behind = (
            fitted(NOISY, moved(POLES, h * direction, NEAREST)).squares for h in (1e-4, -1e-4)
        )
        assert gradient == pytest.approx((ahead - behind) / 2e-4, rel=1e-5, abs=1e-8)


def test_steps_are_in_units_of_the_distance():
    step = np.array([0.5, -0.25, np.log(2.0), np.log(0.5), np.log(3.0), np.log(0.1)])
    expected = [3.1, 0.5 + 0.8j, -1.15, -0.7 + 0.4j]
    assert_allclose(moved(POLES, step, NEAREST), expected, rtol=1e-14)


def test_poles_stay_between_two_distances():
    longest = np.array([1.0, 1.0, -9.0, -9.0, -9.0, -9.0])
    near = moved(POLES, longest * [0, 0, 1, 1, 1, 1], NEAREST)
    assert_allclose(distances(near), NEAREST, rtol=1e-13)
    assert_allclose(near.real[[0, 2]], [1.0 + NEAREST, -1.0 - NEAREST])
    far = moved(POLES, -longest, NEAREST)
    assert_allclose(np.abs(far), FARTHEST, rtol=1e-14)
    assert ((far.imag > 0.0) == (POLES.imag > 0.0)).all()
    # Beyond the ends a pair may come near the axis, and never on it.
    beyond = moved(POLES[1:2], np.array([5.0, -9.0]), NEAREST)
    assert beyond.real[0] == pytest.approx(2.3)
    assert beyond.imag[0] == pytest.approx(1e-3 * NEAREST)


def test_squares_never_rise_on_the_way():
    descent = Descent(X, NOISY, fitted(NOISY, BESIDE), NEAREST)
    squares = [descent.squares]
    while not descent.settled:
        descent.advance(1, 1e-10)
        squares.append(descent.squares)
    assert len(squares) > 3
    assert (np.diff(squares) <= 0.0).all()
    assert descent.fit.squares == pytest.approx(squares[-1], rel=1e-12)


def test_a_descent_that_is_halted_goes_on_as_if_it_were_not():
    start = fitted(NOISY, BESIDE)
    halted = Descent(X, NOISY, start, NEAREST)
    for steps in (1, 2, 1):
        halted.advance(steps, 1e-10)
    once = refine(X, NOISY, start, nearest=NEAREST, tolerance=1e-10, iterations=4)
    assert np.array_equal(once.poles, halted.fit.poles)


def test_what_cannot_be_moved_is_kept():
    """A polynomial, and poles of which a single sample is left over."""
    line, full = fitted(NOISY, np.zeros(0, complex)), fit_residues(X[:9], NOISY[:9], 1, POLES)
    for x, y, fit in ((X, NOISY, line), (X[:9], NOISY[:9], full)):
        descent = Descent(x, y, fit, NEAREST)
        descent.advance(3, 0.0)
        descent.polish()
        assert descent.settled
        assert descent.fit is fit


def test_fewer_samples_than_coordinates_are_interpolated():
    """Three samples are left over for six coordinates of poles, which reach them all."""
    x, y = X[::6], NOISY[::6]
    start = fit_residues(x, y, 1, BESIDE)
    assert len(x) == len(start.coefficients) + 3
    fit = refine(x, y, start, nearest=0.02, tolerance=1e-14, iterations=200)
    assert fit.squares < 1e-3 * start.squares
