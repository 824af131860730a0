"""Warped Gaussian processes against dense formulas, finite differences and symmetries."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal

from tiltyard.derivatives.estimators.gaussian_process.gaussian_process_warped import (
    fit,
    gaussian_process_warped,
)
from tiltyard.derivatives.numerics.warped_clock import (
    PAIRS,
    PeriodicClock,
    SmoothClock,
    SteadyClock,
)
from tiltyard.derivatives.numerics.warped_features import Grid
from tiltyard.derivatives.numerics.warped_likelihood import Fit
from tiltyard.derivatives.numerics.warped_member import Member
from tiltyard.derivatives.numerics.warped_members import respread, spectrum_penalty
from tiltyard.derivatives.numerics.warped_pooling import log_weights, mixture_median, pool
from tiltyard.derivatives.numerics.warped_posterior import (
    Posterior,
    TallRegression,
    WideRegression,
)
from tiltyard.derivatives.numerics.warped_scoring import Optimum, minimise

ORDERS = tuple(range(8))
X = np.sort(np.concatenate([[-0.5, 0.5], np.random.default_rng(3).uniform(-0.5, 0.5, 28)]))
Y = np.sin(9 * X + 4 * X**2) + 0.1 * np.random.default_rng(4).standard_normal(len(X))
Y = (Y - Y.mean()) / Y.std()
U = np.random.default_rng(5).standard_normal(12)
V = 0.4 * np.random.default_rng(6).standard_normal(2 * PAIRS + 1)
H = np.array([0.3, -0.4])


def smooth(x=X, h=H):
    return SmoothClock(x, 12, 6.0, h)


def periodic(x=X, h=H):
    return PeriodicClock(x, 0.4, h)


CLOCKS = [(smooth, U), (periodic, V)]


# --- Clocks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("clock", "u"), CLOCKS)
def test_gradient_of_a_clock(clock, u):
    step = 1e-6
    columns = [
        (clock().read(u + step * e).tau - clock().read(u - step * e).tau) / (2 * step)
        for e in np.eye(len(u))
    ]
    # Central differences err by step^2 times third derivatives of order 10.
    assert_allclose(clock().read(u).gradient, np.transpose(columns), atol=1e-9)


@pytest.mark.parametrize(("clock", "u"), CLOCKS)
def test_series_of_a_clock_continue_it(clock, u):
    x, h, depth = np.array([-0.3, 0.1, 0.35]), 2e-3, 9
    tau, gradient = clock(x).series(u, depth)
    there = clock(x + h).read(u)
    powers = h ** np.arange(float(depth))
    # The first term left out is (w h)^9 with w up to 75 in the rate: 0.15^9.
    assert_allclose(np.tensordot(powers, tau, 1), there.tau, atol=4e-8)
    assert_allclose(np.tensordot(powers, gradient, 1), there.gradient, atol=4e-8)
    # One order less must be worse: the last coefficient counts.
    shorter = np.abs(np.tensordot(powers[:4], tau[:4], 1) - there.tau)
    assert shorter.max() > 10 * np.abs(np.tensordot(powers, tau, 1) - there.tau).max()


def test_smooth_clock_runs_from_end_to_end_and_turns_round():
    ends = smooth(np.array([-0.5, 0.5])).read(U).tau
    assert_allclose(ends, [-0.5, 0.5], atol=1e-14)
    assert np.all(np.diff(smooth().read(U).tau) > 0)
    signs = (-1.0) ** np.arange(1, 13)
    assert_allclose(smooth(-X[::-1]).read(signs * U).tau, -smooth().read(U).tau[::-1], atol=1e-13)


def test_periodic_clock_repeats_and_turns_round():
    period = 0.4 * np.exp(0.02 * V[0])
    assert_allclose(periodic(X + period).read(V).tau, periodic().read(V).tau + 1.0, atol=1e-12)
    signs = np.r_[np.ones(1 + PAIRS), -np.ones(PAIRS)]
    assert_allclose(periodic(-X).read(signs * V).tau, -periodic().read(V).tau, atol=1e-13)


@pytest.mark.parametrize("clock", [smooth, periodic])
def test_spectrum_of_a_clock(clock):
    step = 1e-6
    slopes = [
        (np.log(clock().spread(H + step * e).d) - np.log(clock().spread(H - step * e).d))
        / (2 * step)
        for e in np.eye(2)
    ]
    assert_allclose(clock().spread(H).slopes, slopes, atol=1e-8)
    # The same as made with it, at the same log rate.
    other = clock(h=np.zeros(2)).respread(H)
    assert_allclose(
        other.read(0.1 * np.ones(other.size)).tau, clock().read(0.1 * np.ones(other.size)).tau
    )


def test_smooth_clock_has_the_log_rate_it_promises():
    scale = 0.7 * np.exp(0.5 * H[0])
    assert 0.5 * np.sum(smooth().d ** 2) == pytest.approx(scale**2)


# --- Likelihood ----------------------------------------------------------------------------------


def member(clock, highest, matern=True, trend=True, noise_variance=None):
    return Member(
        X,
        clock,
        matern=matern,
        trend=trend,
        periods=2.5 if isinstance(clock, PeriodicClock) else None,
        grid=Grid(1.0 if isinstance(clock, PeriodicClock) else 2.0, highest),
        noise_variance=noise_variance,
    )


# Fewer features than samples and more; processes of both kinds; all clocks.
CASES = [
    (member(smooth(), 8), np.r_[-2.0, 2.3, -3.0, U]),
    (member(smooth(), 30), np.r_[-2.0, 2.3, -3.0, U]),
    (member(periodic(), 30), np.r_[-1.5, 2.3, -3.0, V]),
    (member(SteadyClock(X), 30, matern=False, trend=False), np.array([-2.0, -3.0])),
    (member(smooth(), 30, noise_variance=0.02), np.r_[-2.0, 2.3, -3.0, U]),
    (member(smooth(), 8, noise_variance=0.02), np.r_[-2.0, 2.3, -3.0, U]),
]


def covariance(model, theta):
    """Of the samples, in signal variances."""
    here = Fit(model, theta, Y)
    return here.A @ here.A.T + here.r * np.eye(len(X))


@pytest.mark.parametrize(("model", "theta"), CASES)
def test_likelihood_is_that_of_a_normal_distribution(model, theta):
    here = Fit(model, theta, Y)
    dense = multivariate_normal(np.zeros(len(X)), here.scale * covariance(model, theta))
    # Eigenvalues below 1e-6 of the noise are left out: at most 1e-6 each.
    assert_allclose(here.L, -dense.logpdf(Y), atol=1e-5)


@pytest.mark.parametrize(("model", "theta"), CASES)
def test_gradient_of_the_objective(model, theta):
    step = 1e-5
    differences = [
        (Fit(model, theta + step * e, Y).J - Fit(model, theta - step * e, Y).J) / (2 * step)
        for e in np.eye(len(theta))
    ]
    # Rounding of J, 1e-13 of 50, over the step; step^2 times third derivatives of order 100.
    assert_allclose(Fit(model, theta, Y).derivatives()[0], differences, atol=2e-6, rtol=1e-6)


@pytest.mark.parametrize(("model", "theta"), CASES)
def test_fisher_matrix_is_that_of_the_textbook(model, theta):
    step = 1e-5

    def scaled(at):
        known = model.noise_variance
        return covariance(model, at) * (known / Fit(model, at, Y).r if known else 1.0)

    inverse = np.linalg.inv(scaled(theta))
    W = [
        inverse @ (scaled(theta + step * e) - scaled(theta - step * e)) / (2 * step)
        for e in np.eye(len(theta))
    ]
    expected = 0.5 * np.array([[np.sum(a * b.T) for b in W] for a in W])
    if model.noise_variance is None:  # a free scale takes its part of the information
        traces = np.array([np.trace(a) for a in W])
        expected -= np.outer(traces, traces) / (2 * len(X))
    expected += np.diag(model.prior(theta)[2])
    found = Fit(model, theta, Y).derivatives()[1]
    assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


def test_cholesky_and_orthogonal_factorisations_agree():
    model = member(smooth(), 30)
    theta = np.r_[-2.0, 2.3, np.log(1e-9), U]
    above, below = theta.copy(), theta.copy()
    above[2] += 1e-3  # factorised as K, and as the stack of features and noise
    below[2] -= 1e-3
    slope = Fit(model, below, Y).derivatives()[0][2]
    gained = Fit(model, above, Y).J - Fit(model, below, Y).J
    # K has lost 1e-16 / 1e-9 of its digits: Q by 1e-7, J by 15 times that and more.
    assert gained == pytest.approx(2e-3 * slope, abs=1e-4)


# --- Posterior -----------------------------------------------------------------------------------


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


def optimum(model, theta):
    here = Fit(model, theta, Y)
    return Optimum(here, here.derivatives()[1])


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
    expected = []
    for i in range(len(X)):
        others = np.delete(np.arange(len(X)), i)
        weights = np.linalg.solve(K[np.ix_(others, others)], K[others, i])
        deviation = np.sqrt(K[i, i] - weights @ K[others, i])
        expected.append((Y[i] - weights @ Y[others]) / deviation)
    assert_allclose(posterior.left_out(), expected, rtol=1e-8, atol=1e-10)


def test_local_length_is_short_where_the_clock_is_fast():
    best = optimum(*CASES[1])
    slope = np.gradient(best.member.clock.at(np.linspace(-0.5, 0.5, 4001)).read(U).tau, 1 / 4000)
    fastest = np.interp(X, np.linspace(-0.5, 0.5, 4001), slope)
    # The gradient of numpy is of second order.
    assert_allclose(Posterior(best, X, Y).local_length(), np.exp(-2.0) / fastest, rtol=1e-3)


def test_minimise_reaches_a_stationary_point():
    model, theta = CASES[0]
    best = minimise(Fit(model, theta, Y), 60, 1e-6)
    gradient = best.fit.derivatives()[0]
    # What a full step would still gain is below the tolerance.
    assert gradient @ np.linalg.solve(best.fisher, gradient) < 1e-4
    assert best.fit.J < Fit(model, theta, Y).J - 1.0


def test_spectrum_is_estimated_by_an_ascent_of_the_evidence():
    model, theta = CASES[0]
    here = minimise(Fit(model, theta, Y), 60, 1e-6)
    for _ in range(3):
        before = here.evidence() + spectrum_penalty(here)
        moved, clock = respread(here)
        log_rate = here.member.clock.log_rate_basis() @ here.theta[3:]
        assert_allclose(clock.log_rate_basis() @ moved[3:], log_rate, atol=1e-12)
        here = minimise(Fit(replace(model, clock=clock), moved, Y), 60, 1e-6)
        # The Fisher matrix is not quite the Hessian: 0.1 nats.
        assert here.evidence() + spectrum_penalty(here) < before + 0.1


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


# --- Pool ----------------------------------------------------------------------------------------


def test_median_of_mixtures():
    weights = np.array([0.5, 0.5])
    assert mixture_median(np.array([1.0, 3.0]), np.array([0.2, 0.2]), weights) == pytest.approx(2)
    alone = mixture_median(np.array([1.0, 1e9]), np.array([0.1, 1e9]), np.array([0.999, 0.001]))
    assert alone == pytest.approx(1.0, abs=1e-3)


def test_pool_has_the_variance_of_the_mixture():
    means, variances = np.array([[[0.0]], [[2.0]]]), np.array([[[1.0]], [[1.0]]])
    centre, variance = pool(means, variances, np.zeros((2, 1)), np.zeros(2), linear=True)
    assert (centre[0, 0], variance[0, 0]) == (1.0, 2.0)


def test_a_rash_member_decides_the_estimate_but_not_its_variance():
    means, variances = np.array([[[0.0]], [[1.0]]]), np.array([[[1.0]], [[1e-8]]])
    evidence = np.zeros(2)
    centre, variance = pool(means, variances, log_weights(evidence, variances[:, :, 0]), evidence)
    assert centre[0, 0] == pytest.approx(1.0)
    assert variance[0, 0] == pytest.approx(0.5 * (1.0 + 1.0), rel=1e-6)


# --- Estimator -----------------------------------------------------------------------------------


def chirp(t, order=0):
    phase = 3 * t**2
    return np.sin(phase) if order == 0 else 6 * t * np.cos(phase)


@pytest.fixture(scope="module")
def sampled():
    t = np.linspace(0.0, 3.0, 61)
    return t, chirp(t) + 1e-3 * np.random.default_rng(1).standard_normal(len(t))


def test_a_straight_line_is_returned(sampled):
    t, _ = sampled
    found = gaussian_process_warped(1e-12 * t, 2e9 - 3e9 * t, 1e-12 * t[::7], ORDERS)
    assert_allclose(found.values[0], 2e9 - 3e9 * t[::7], rtol=1e-12, atol=1e-5)
    assert_allclose(found.values[1], -3e21, rtol=1e-12)
    assert np.all(found.values[2:] == 0.0)


def test_zero_noise_interpolates(sampled):
    t, y = sampled
    found = fit(t, y, t, (0, 1), noise=0.0)
    # Noise below 1e-9 of the spread counts as that.
    assert_allclose(found.values[0], y, atol=5e-9)
    assert np.all(found.standard_deviation[0] < 5e-9)


def test_known_noise_is_reported_and_believed(sampled):
    t, y = sampled
    found = fit(t, y, t, (0,), noise=0.05)
    assert found.settings["noise_sd"] == pytest.approx(0.05)
    assert np.median(found.standard_deviation) > 0.01  # noise of 1e-3 would give 6e-4


def test_a_negative_noise_is_refused(sampled):
    t, y = sampled
    with pytest.raises(ValueError, match=r"noise -1\.0 .* >= 0"):
        fit(t, y, t, (0,), noise=-1.0)


def test_consistent_orders_are_derivatives_of_each_other(sampled):
    t, y = sampled
    x, step = np.linspace(0.5, 2.5, 9), 1e-5
    at = np.sort(np.concatenate([x - step, x, x + step]))
    found = fit(t, y, at, (0, 1, 2), consistent=True).values.reshape(3, 9, 3)
    difference = (found[:-1, :, 2] - found[:-1, :, 0]) / (2 * step)
    # Rounding over the step, and step^2 times the third derivative.
    assert_allclose(difference, found[1:, :, 1], atol=1e-5 * np.abs(found[2]).max())


def test_a_chirp_has_a_clock_and_its_noise_is_found(sampled):
    t, y = sampled
    found = gaussian_process_warped(t, y, t, (0, 1))
    weights = dict(zip(found.settings["members"], found.settings["weights"], strict=True))
    assert sum(weights[name][1] for name in weights if name.startswith("warped")) > 0.9
    # The standard error of a standard deviation from 61 samples, half of them free: 13 %.
    assert found.settings["noise_sd"] == pytest.approx(1e-3, rel=0.4)
    assert np.std(found.values[1] - chirp(t, 1)) < 0.01 * np.std(chirp(t, 1))


def test_an_outlier_and_a_step_are_reported(sampled):
    t, y = sampled
    assert fit(t, y, t, (0,)).settings["outliers"] == []
    struck = y.copy()
    struck[20] += 0.02
    assert fit(t, struck, t, (0,)).settings["outliers"] == [t[20]]
    step = fit(t, (t > 1.52) + 0.05 * (y - chirp(t)), t, (0,)).settings
    assert step["samples_per_length"] < 1.2
    assert step["fastest_at"] == pytest.approx(1.525, abs=0.05)
