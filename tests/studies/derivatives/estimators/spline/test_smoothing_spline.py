"""The smoothing spline against 50-digit arithmetic, scipy, and dense formulas."""

import math

import mpmath as mp
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.interpolate import make_smoothing_spline

from tiltyard.studies.derivatives.contract import ESTIMATORS
from tiltyard.studies.derivatives.estimators.spline.smoothing_spline import (
    choose_by_likelihood,
    evaluate,
    fit,
    fixed,
    smoothing_spline_gcv,
    smoothing_spline_reml,
)
from tiltyard.studies.derivatives.estimators.spline.smoothing_spline_degrees import FIXED
from tiltyard.studies.derivatives.numerics.sample_scaling import unit_samples
from tiltyard.studies.derivatives.numerics.splines.restricted_likelihood import (
    restricted_likelihood,
)
from tiltyard.studies.derivatives.numerics.splines.spline_process import (
    describe,
    generalised_cross_validation,
    noise_ratio,
    prepare,
    residual,
    search_bounds,
    smooth,
)

ORDERS = tuple(range(8))
CRITERIA = ("reml", "gcv")


def exact_spline(x, z, m, smoothing, x_eval, orders):
    """Minimiser of squares plus `smoothing` times the penalty, from its kernel, in 50 digits.

    f is a polynomial of degree m - 1 plus multiples of ``(-1)^m |x - x_i|^(2m-1) / 2 (2m-1)!``
    whose coefficients are orthogonal to polynomials (Wahba 1990, section 2.4).
    """
    n, r = len(x), 2 * m - 1
    with mp.workdps(50):
        x, z, x_eval = ([mp.mpf(float(v)) for v in array] for array in (x, z, x_eval))
        scale = mp.mpf((-1) ** m) / (2 * mp.factorial(r))
        A, b = mp.zeros(n + m), mp.zeros(n + m, 1)
        for i in range(n):
            b[i] = z[i]
            for j in range(n):
                A[i, j] = scale * abs(x[i] - x[j]) ** r
            A[i, i] += mp.mpf(smoothing)
            for k in range(m):
                A[i, n + k] = A[n + k, i] = x[i] ** k
        c = mp.lu_solve(A, b)

        def derivative(s, order):
            kernel = mp.fsum(
                c[i] * abs(s - x[i]) ** (r - order) * mp.sign(s - x[i]) ** (order % 2)
                for i in range(n)
            )
            powers = mp.fsum(c[n + k] * mp.ff(k, order) * s ** (k - order) for k in range(order, m))
            return float(scale * mp.ff(r, order) * kernel + powers)

        return np.array([[derivative(s, order) for s in x_eval] for order in orders])


def unit_problem(n, m, uneven, seed=3):
    """A problem in mean steps, and its times; noise 1e-3."""
    rng = np.random.default_rng(seed)
    t = np.sort(rng.uniform(0.0, 1.0, n)) if uneven else np.linspace(0.0, 1.0, n)
    y = np.sin(12.0 * t) + 1e-3 * rng.standard_normal(n)
    problem = prepare(t, unit_samples(y), m)
    return problem, problem.times


def smoothing_of(q, m):
    """The penalty's factor, in units of the problem, that belongs to the noise ratio."""
    return 1.0 / (math.factorial(m - 1) ** 2 * q)


@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("log_cut_off", [-1.5, 0.0, 1.5])
def test_derivatives_agree_with_fifty_digits(uneven, log_cut_off):
    problem, x = unit_problem(24, 6, uneven)
    q = float(noise_ratio(np.array(log_cut_off), 6))
    x_eval = np.sort(np.concatenate([x[::4], x[-1:], [0.3, 7.7, 15.2]]))
    found, _ = evaluate(problem, q, x_eval, ORDERS)
    exact = exact_spline(x, problem.z, 6, smoothing_of(q, 6), x_eval, ORDERS)
    # Round-off, which interpolation of noise at the right end amplifies; seen: 1e-10.
    assert_allclose(
        found / np.abs(exact).max(axis=1)[:, None],
        exact / np.abs(exact).max(axis=1)[:, None],
        atol=1e-8,
    )


@pytest.mark.parametrize("smoothing", [1e-4, 1.0, 1e4])
def test_cubic_spline_is_scipys(smoothing):
    problem, x = unit_problem(60, 2, uneven=True)
    expected = make_smoothing_spline(x, problem.z, lam=smoothing)
    x_eval = np.linspace(0.0, x[-1], 77)
    found, _ = evaluate(problem, 1.0 / smoothing, x_eval, (0, 1, 2))
    for order in (0, 1, 2):
        # 1e-8: scipy solves banded normal equations.
        assert_allclose(found[order], expected(x_eval, nu=order), atol=1e-8)


def test_heavy_smoothing_of_many_samples_leaves_the_polynomial():
    t = np.linspace(-1.0, 1.0, 2001)
    y = t**5 - t + 1e-3 * np.cos(1e5 * t**2)
    problem = prepare(t, unit_samples(y), 6)
    q = float(noise_ratio(np.array(math.log(0.5 * math.pi / 2001)), 6))
    found, _ = evaluate(problem, q, problem.times, tuple(range(6)))
    fitted = np.polynomial.Legendre.fit(problem.times, problem.z, 5)
    for order in range(6):
        expected = fitted.deriv(order)(problem.times)
        # The spline keeps the part 1e-13 of the first rougher component, round-off another 1e-11.
        assert_allclose(found[order], expected, atol=1e-9 * np.abs(expected).max())


def smoother_matrix(problem, q):
    """The matrix that takes samples to smoothed samples, from 50-digit arithmetic."""
    n, m = len(problem.z), problem.order
    columns = [
        exact_spline(problem.times, row, m, smoothing_of(q, m), problem.times, (0,))[0]
        for row in np.eye(n)
    ]
    return np.array(columns).T


def test_criteria_and_deviations_are_those_of_the_smoother_matrix():
    problem, x = unit_problem(13, 3, uneven=True)
    n, m, z = 13, 3, problem.z
    ratios = noise_ratio(np.array([-0.5, 0.4]), m)
    likelihoods, scores = [], []
    for q in ratios:
        S = smoother_matrix(problem, q)
        left = np.linalg.eigvalsh(np.eye(n) - 0.5 * (S + S.T))[m:]
        quadratic = z @ (z - S @ z)
        likelihoods.append((n - m) * math.log(quadratic + problem.floor) - np.log(left).sum())
        residual = z - S @ z
        scores.append(math.log(residual @ residual + problem.floor) - 2 * math.log(n - np.trace(S)))
        _, variances = evaluate(problem, q, x, (0,))
        assert_allclose(variances[0], np.diag(S), rtol=1e-9)
        freedom, by_likelihood, by_residuals = describe(problem, q)
        assert_allclose(freedom, np.trace(S), rtol=1e-9)
        assert_allclose(by_likelihood, math.sqrt(quadratic / (n - m)), rtol=1e-9)
        assert_allclose(by_residuals, math.sqrt(residual @ residual / (n - freedom)), rtol=1e-9)
    found = restricted_likelihood(problem.chain, z, problem.floor, ratios)
    assert_allclose(np.diff(found), np.diff(likelihoods), rtol=1e-8)
    assert_allclose(generalised_cross_validation(problem, ratios), scores, rtol=1e-9)


def test_deviations_between_samples_are_those_of_the_process():
    """They are those of kriging with the process's generalised covariance and a free trend."""
    problem, x = unit_problem(15, 3, uneven=False)
    q = float(noise_ratio(np.array(0.0), 3))
    between = np.array([4.5])
    _, variance = evaluate(problem, q, between, (0,))
    grid = np.concatenate([x, between])
    intensity = math.factorial(2) ** 2 * q
    kernel = intensity * np.abs(grid[:, None] - grid) ** 5 / (2 * math.factorial(5)) * (-1) ** 3
    P = np.vander(x, 3)
    top = np.block([[kernel[:15, :15] + np.eye(15), P], [P.T, np.zeros((3, 3))]])
    right = np.concatenate([kernel[:15, 15], np.vander(between, 3)[0]])
    expected = kernel[15, 15] - right @ np.linalg.solve(top, right)
    assert_allclose(variance[0, 0], expected, rtol=1e-8)


def test_likelihood_prefers_a_higher_order_for_a_smoother_signal():
    t = np.linspace(0.0, 1.0, 201)
    noise = 1e-6 * np.random.default_rng(0).standard_normal(201)
    smooth, _ = choose_by_likelihood(t, unit_samples(np.sin(20 * t) + noise))
    rough, _ = choose_by_likelihood(t, unit_samples(np.abs(t - 0.4) + noise))
    assert smooth.order > rough.order == 6


@pytest.mark.parametrize("estimate", [smoothing_spline_reml, smoothing_spline_gcv])
def test_noise_and_its_deviation_are_found(estimate):
    t = np.linspace(0.0, 5.0, 401)
    noise = 0.05 * np.random.default_rng(4).standard_normal(401)
    found = estimate(t, np.sin(3 * t) + noise, t, ORDERS)
    # The noise's sample deviation varies by 1 / sqrt(2 * 400) = 3.5 %.
    assert_allclose(found.settings["noise"], 0.05, rtol=0.1)
    # Two standard deviations hold 95 %; smoothed errors are worth some 15 independent ones.
    for order in range(4):
        exact = 3**order * np.sin(3 * t + 0.5 * math.pi * order)
        within = np.abs(found.values[order] - exact) < 2 * found.standard_deviation[order]
        assert np.mean(within) > 0.75
    order = found.settings["penalty_order"]
    assert np.isfinite(found.standard_deviation[:order]).all()
    assert np.isnan(found.standard_deviation[order:]).all()


def test_each_derivative_is_that_of_the_one_before():
    t = np.sort(np.random.default_rng(8).uniform(0.0, 4.0, 40))
    at = np.array([1.2345, 1.2345 + 3e-5, 1.2345 + 6e-5])
    found = smoothing_spline_gcv(t, np.sin(3 * t) + 1e-3 * np.cos(50 * t), at, ORDERS).values
    slope = (found[:-1, 2] - found[:-1, 0]) / 6e-5
    # A central difference errs by 2e-10 of two orders higher.
    assert_allclose(slope, found[1:, 1], rtol=1e-5)


@pytest.mark.parametrize("m", FIXED.values())
def test_highest_derivative_at_a_sample_is_the_mean_of_both_sides(m):
    t = np.linspace(0.0, 2.0, 30)
    y = np.sin(4 * t) + 1e-2 * np.cos(50 * t)
    at = np.array([t[7] - 1e-6, t[7], t[7] + 1e-6])
    left, middle, right = fit(t, y, at, (2 * m - 1,), fixed(m, 0.0)).values[0]
    assert abs(right - left) > 1e-2 * abs(middle)
    assert_allclose(middle, 0.5 * (left + right), rtol=1e-6)


@pytest.mark.parametrize("m", FIXED.values())
def test_residuals_near_interpolation_are_the_jumps(m):
    problem, x = unit_problem(24, m, uneven=False)
    parameter = np.array([0.6, search_bounds(24, m)[1]])
    q = noise_ratio(parameter, m)
    squares, _ = residual(problem, smooth(problem.chain, problem.z, q), q)
    for i in range(2):
        exact = exact_spline(x, problem.z, m, smoothing_of(q[i], m), x, (0,))[0]
        expected = np.sum((problem.z - exact) ** 2)
        # exact_spline rounds its values, to 1e-16 of residuals of 1e-9.
        assert_allclose(squares[i], expected, rtol=1e-5)


@pytest.mark.parametrize(
    "name", [f"smoothing_spline_{degree}_{c}" for degree in FIXED for c in CRITERIA]
)
def test_splines_of_fixed_degree_choose_the_noise(name):
    t = np.linspace(0.0, 5.0, 401)
    noise = 0.05 * np.random.default_rng(4).standard_normal(401)
    entry = ESTIMATORS[(name, "python")]
    found = entry.function(t, np.sin(3 * t) + noise, t, (0, 1))
    assert_allclose(found.settings["noise"], 0.05, rtol=0.1)
    assert entry.max_order == min(2 * found.settings["penalty_order"] - 1, 7)
    for order, error in ((0, 0.02), (1, 0.3)):
        exact = 3**order * np.sin(3 * t + 0.5 * math.pi * order)
        assert np.sqrt(np.mean((found.values[order] - exact) ** 2)) < error


def test_fixed_smoothing_keeps_half_of_a_quarter_of_the_sampling_frequency():
    t = np.arange(2001.0)
    log_cut_off = 0.1 * math.log(100.0)
    y = np.cos(math.exp(log_cut_off) * (t - 1000.0))
    found = ESTIMATORS[("smoothing_spline_nonic_fixed", "python")].function(t, y, t[800:1201], (0,))
    # 5 %: sampled functions between samples are not those oscillations alone.
    assert_allclose(found.values[0], 0.5 * y[800:1201], atol=0.025)
    assert_allclose(found.settings["smoothing"], 0.01, rtol=1e-12)


def test_samples_all_equal_give_a_constant():
    t = np.linspace(0.0, 1.0, 12)
    found = smoothing_spline_reml(t, np.full(12, 7.0), t, (0, 1))
    assert np.array_equal(found.values, [[7.0] * 12, [0.0] * 12])
