"""Posteriors of warped processes against dense formulas and finite differences."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from warped_cases import CASES, U, V, X, Y, covariance, optimum, periodic

from tiltyard.studies.derivatives.numerics.warped.likelihood import Fit
from tiltyard.studies.derivatives.numerics.warped.member import Member
from tiltyard.studies.derivatives.numerics.warped.posterior import (
    Posterior,
    TallRegression,
    WideRegression,
)

ORDERS = tuple(range(8))


@pytest.mark.parametrize(("n", "m"), [(12, 7), (7, 12)])
def test_both_regressions_solve_the_normal_equations(n, m):
    rng = np.random.default_rng(n)
    A, y, J, r = rng.normal(size=(n, m)), rng.normal(size=n), rng.normal(size=(3, m)), 0.1
    f, s = rng.normal(size=(m, 2)), rng.normal(size=(n, 2))
    inverse = np.linalg.inv(A.T @ A + r * np.eye(m))
    for regression in (TallRegression(A, y, r), WideRegression(A, y, r)):
        assert_allclose(regression.c, inverse @ A.T @ y, atol=1e-12)
        assert_allclose(regression.alpha, (y - A @ regression.c) / r, atol=1e-11)
        assert_allclose(regression.variance(J), np.diag(r * J @ inverse @ J.T), atol=1e-12)
        expected = inverse @ (r * f + A.T @ s)
        assert_allclose(regression.propagate(f, s), expected, atol=1e-12)


@pytest.mark.parametrize(("n", "m"), [(24, 17), (17, 24)])
@pytest.mark.parametrize("r", [1e-4, 1e-12, 1e-20])
def test_diagonal_of_the_inverse_keeps_its_digits(n, m, r):
    x = np.linspace(-1.0, 1.0, n)
    # Columns from 1 to 1e-8: at the low ratios some samples are tied to others by 1e-12 and less.
    A = np.polynomial.chebyshev.chebvander(x, m - 1) * 10.0 ** -np.linspace(0.0, 8.0, m)
    with mpmath.workdps(60):
        exact = mpmath.matrix(A.tolist())
        inverse = (exact * exact.T + mpmath.mpf(r) * mpmath.eye(n)) ** -1
        expected = [float(inverse[i, i]) for i in range(n)]
    kind = TallRegression if m < n else WideRegression
    found = kind(A, np.ones(n), r).inverse_diagonal()
    # The factor is that of columns that differ by 1e-16 of themselves, and its condition is at most
    # 1 / sqrt(r) = 1e10: the least values of the diagonal are the best determined.
    assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(("model", "theta"), CASES)
def test_orders_are_derivatives_and_settings_count(model, theta):
    best = optimum(model, theta)
    posterior = Posterior(best, X, Y)
    x, step = np.linspace(-0.45, 0.45, 5), 1e-5
    found = posterior.predict(x, ORDERS)
    ahead, behind = (posterior.predict(x + by, ORDERS).mean for by in (step, -step))
    difference = (ahead - behind)[:-1] / (2 * step)
    size = np.abs(found.mean[1:]).max(axis=1, keepdims=True)
    # Step^2 times the squared frequency, some 100^2.
    assert np.all(np.abs(difference - found.mean[1:]) <= 1e-5 * size)
    gradient = np.array(
        [
            (
                Posterior(optimum(model, theta + step * e), X, Y).predict(x, (0, 3)).mean
                - Posterior(optimum(model, theta - step * e), X, Y).predict(x, (0, 3)).mean
            )
            / (2 * step)
            for e in np.eye(len(theta))
        ]
    )
    expected = np.einsum("ikq,ij,jkq->kq", gradient, np.linalg.inv(best.fisher), gradient)
    assert_allclose(posterior.predict(x, (0, 3)).settings, expected, rtol=1e-4)


def test_variance_at_fixed_settings_is_the_dense_one():
    model, theta = CASES[1]
    best = optimum(model, theta)
    there = replace(model, x=X + 0.01, clock=model.clock.at(X + 0.01))
    J = Fit(there, theta, Y).A
    A, r = best.fit.A, best.fit.r
    K = A @ A.T + r * np.eye(len(X))
    inside = J @ J.T - J @ A.T @ np.linalg.solve(K, A @ J.T)
    found = Posterior(best, X, Y).predict(X + 0.01, (0,)).fixed[0]
    assert_allclose(found, best.signal_variance() * np.diag(inside), rtol=1e-8)


@pytest.mark.parametrize("case", [CASES[0], CASES[1]])
def test_left_out_samples_are_predicted_by_the_others(case):
    model, theta = case
    best = optimum(model, theta)
    posterior = Posterior(best, X, Y)
    K = posterior.signal_variance * covariance(model, theta)
    expected, surprise = [], 0.0
    for i in range(len(X)):
        others = np.delete(np.arange(len(X)), i)
        weights = np.linalg.solve(K[np.ix_(others, others)], K[others, i])
        deviation = np.sqrt(K[i, i] - weights @ K[others, i])
        expected.append((Y[i] - weights @ Y[others]) / deviation)
        surprise += 0.5 * expected[-1] ** 2 + np.log(deviation)
    found = posterior.left_out()
    assert_allclose(found.standardised(), expected, rtol=1e-8, atol=1e-10)
    assert found.surprise() == pytest.approx(surprise, rel=1e-8)
    first = np.arange(len(X)) < 7
    assert found.surprise(first) + found.surprise(~first) == pytest.approx(surprise, rel=1e-8)


def test_local_length_is_short_where_the_clock_is_fast():
    best = optimum(*CASES[1])
    slope = np.gradient(best.member.clock.at(np.linspace(-0.5, 0.5, 4001)).read(U).tau, 1 / 4000)
    fastest = np.interp(X, np.linspace(-0.5, 0.5, 4001), slope)
    # The gradient of numpy is of second order.
    assert_allclose(Posterior(best, X, Y).local_length(), np.exp(-2.0) / fastest, rtol=1e-3)


def test_a_symmetric_clock_turns_twice():
    theta = np.r_[-1.5, 2.3, -3.0, V]
    model = Member(X, periodic(), periods=1.25, turns=2).on_grid(theta)
    assert model.grid.period == 2.0
    x = np.linspace(-0.5, 0.1, 5)
    turn = 0.4 * np.exp(0.02 * V[0])
    posterior = Posterior(optimum(model, theta), X, Y)
    once, twice = (posterior.predict(x + k * turn, (0,)).mean for k in (1, 2))
    line = posterior.regression.c[1] * 10.0 * 2 * turn
    assert_allclose(twice, posterior.predict(x, (0,)).mean + line, atol=1e-9)
    assert np.abs(once - twice).max() > 0.1
