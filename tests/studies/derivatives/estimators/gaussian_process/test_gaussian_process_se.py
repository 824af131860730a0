"""The squared-exponential Gaussian process against 60-digit arithmetic and closed forms."""

import math

import mpmath as mp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.gaussian_process import gaussian_process_se as module
from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_se import (
    covering,
    fit,
    gaussian_process_se,
    local_minima,
    newton_step,
    posterior,
    scan,
)
from tiltyard.studies.derivatives.numerics.gaussian_processes.spectral_features import (
    amplitudes,
    features,
    frequencies,
)

ORDERS = tuple(range(8))


def centred(y):
    y = y - np.mean(y)
    return y - np.mean(y)


@pytest.fixture
def samples():
    """Fourteen uneven samples of a smooth curve with noise 1e-8."""
    rng = np.random.default_rng(7)
    x = np.sort(np.concatenate([[-1.0, 1.0], rng.uniform(-1, 1, 12)]))
    return x, centred(np.sin(4 * x) * np.exp(x) + 1e-8 * rng.standard_normal(14))


class DenseProcess:
    """The textbook formulas (Rasmussen & Williams 2006, chapter 2) in 60 digits."""

    def __init__(self, x, y, length, ratio):
        self.x, self.length, n = [mp.mpf(float(v)) for v in x], length, len(x)
        K = mp.matrix(n, n)
        for i in range(n):
            for j in range(n):
                K[i, j] = self.covariance(self.x[i], self.x[j], 0) + (ratio if i == j else 0)
        self.K, self.inverse, self.ones = K, K**-1, mp.matrix([1] * n)
        self.y = mp.matrix([mp.mpf(float(v)) for v in y])
        self.precision = (self.ones.T * self.solve(self.ones))[0]
        self.mean = (self.ones.T * self.solve(self.y))[0] / self.precision
        self.alpha = self.solve(self.y - self.mean * self.ones)
        self.Q = ((self.y - self.mean * self.ones).T * self.alpha)[0]
        self.variance = self.Q / (n - 1)

    def solve(self, b):
        return self.inverse * b

    def covariance(self, a, b, order):
        """d^order/da^order of the covariance: a Hermite polynomial times it."""
        z = (a - b) / self.length
        hermite = mp.hermite(order, z / mp.sqrt(2)) / mp.sqrt(2) ** order
        return (-1) ** order * hermite * mp.exp(-(z**2) / 2) / self.length**order

    def objective(self):
        n = len(self.x)
        L = mp.cholesky(self.K)
        log_det = 2 * sum(mp.log(L[i, i]) for i in range(n))
        # The projection leaves the factor n of det(1'1) out.
        return ((n - 1) * mp.log(self.variance) + log_det + mp.log(self.precision / n)) / 2

    def derivative(self, at, order):
        k = mp.matrix([self.covariance(mp.mpf(float(at)), b, order) for b in self.x])
        prior = mp.fac2(2 * order - 1) / self.length ** (2 * order)
        weight = (1 if order == 0 else 0) - (self.ones.T * self.solve(k))[0]
        mean = (k.T * self.alpha)[0] + (self.mean if order == 0 else 0)
        variance = prior - (k.T * self.solve(k))[0] + weight**2 / self.precision
        return float(mean), float(mp.sqrt(self.variance * variance))


def dense(x, y, theta):
    return DenseProcess(x, y, mp.exp(mp.mpf(float(theta[0]))), mp.exp(mp.mpf(float(theta[1]))))


@pytest.mark.parametrize("length", [0.05, 0.3, 4.0])
def test_features_reproduce_the_covariance(length):
    x = np.linspace(-1, 1, 40)
    grid = frequencies(length, length, 1e-14)
    A = features(x, grid, amplitudes(grid, length)[0])
    expected = np.exp(-0.5 * (np.subtract.outer(x, x) / length) ** 2)
    # 1e-14 was asked for, images on both sides and both tails add; the rest is rounding.
    assert_allclose(A @ A.T, expected, atol=2e-13)


@pytest.mark.parametrize("order", range(1, 8))
def test_features_are_differentiated(order):
    grid = frequencies(0.5, 0.5, 1e-8)
    a, _ = amplitudes(grid, 0.5)
    x, step = np.linspace(-0.9, 0.9, 7), 1e-5
    difference = features(x + step, grid, a, order - 1) - features(x - step, grid, a, order - 1)
    derivative = features(x, grid, a, order)
    # Central differences err by (w step)^2 / 6 of the highest frequency's terms.
    assert_allclose(difference / (2 * step), derivative, atol=1e-7 * np.abs(derivative).max())


@pytest.mark.parametrize("log_ratio", [-4.0, -20.0, -37.0])
def test_objective_and_gradient_agree_with_60_digits(samples, log_ratio):
    x, y = samples
    theta = np.array([math.log(0.6), log_ratio])
    model = fit(x, y, theta, covering(len(x), theta))
    with mp.workdps(60):
        exact = dense(x, y, theta).objective()
        gradient = []
        for i in range(2):
            step = mp.mpf(10) ** -12
            shift = [mp.mpf(float(v)) + (step if j == i else 0) for j, v in enumerate(theta)]
            moved = DenseProcess(x, y, mp.exp(shift[0]), mp.exp(shift[1])).objective()
            gradient.append(float((moved - exact) / step))
    # Features err by 1e-10 of the noise variance, rounding by eps / sqrt(ratio): 2e-8 at -37.
    assert model.objective == pytest.approx(float(exact), abs=1e-7)
    assert_allclose(model.gradient, gradient, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("log_ratio", [-4.0, -20.0, -37.0, -48.0])
def test_posterior_agrees_with_60_digits(samples, log_ratio):
    x, y = samples
    theta = np.array([math.log(0.6), log_ratio])
    times = np.array([-1.0, -0.33, 0.5, 1.0])
    mean, deviation = posterior(fit(x, y, theta, covering(14, theta)), times, 14, ORDERS)
    with mp.workdps(60):
        reference = dense(x, y, theta)
        for order in ORDERS:
            exact = np.array([reference.derivative(at, order) for at in times])
            # The backward error eps * sqrt(n) * |y| is eps / sqrt(ratio) of the noise: 1e-5 at -48.
            error = np.abs(mean[order] - exact[:, 0]) / exact[:, 1]
            assert error.max() < 1e-4
            assert_allclose(deviation[order], exact[:, 1], rtol=1e-5)


def test_hessian_is_the_gradient_s_derivative(samples):
    x, y = samples
    theta, step = np.array([math.log(0.4), -9.0]), 1e-5
    grid = covering(len(x), theta)
    expected = np.empty((2, 2))
    for i in range(2):
        shift = step * np.eye(2)[i]
        forward = fit(x, y, theta + shift, grid).gradient
        expected[i] = (forward - fit(x, y, theta - shift, grid).gradient) / (2 * step)
    # Central differences: step^2 and rounding 1e-12 / step.
    assert_allclose(fit(x, y, theta, grid).hessian, expected, rtol=1e-6, atol=1e-6)


def test_scan_agrees_with_the_fit(samples):
    x, y = samples
    objective = scan(x, y, np.array([math.log(0.5)]))[0]
    for j in range(0, len(module.SCAN_RATIOS), 4):
        theta = np.array([math.log(0.5), module.SCAN_RATIOS[j]])
        # The SVD's backward error is eps / sqrt(ratio): 1e-6 at exp(-46), times a few.
        assert objective[j] == pytest.approx(
            fit(x, y, theta, covering(len(x), theta)).objective, abs=1e-3
        )


def test_minimum_is_stationary_and_global_on_the_scan(samples):
    x, y = samples
    y = centred(y + 1e-3 * np.random.default_rng(5).standard_normal(len(y)))
    best = module.best_fit(x, y)
    # Newton's last step is below 1e-9 or gains nothing; second derivatives are of order n.
    assert np.linalg.norm(best.gradient) < 1e-6
    assert best.objective < scan(x, y, np.arange(-3.0, 1.8, 0.2)).min() + 1e-3


def test_local_minima_are_sorted_and_include_edges():
    objective = np.array([[5.0, 9.0, 1.0], [9.0, 9.0, 9.0], [9.0, 3.0, 9.0]])
    assert local_minima(objective) == [(0, 2), (2, 1), (0, 0)]


def test_newton_step_stays_inside_and_descends_at_a_saddle():
    bounds = np.array([[-3.0, -55.0], [1.8, 9.0]])
    saddle = np.array([[-2.0, 0.3], [0.3, 1.0]])
    gradient = np.array([0.4, -0.2])
    assert gradient @ newton_step(np.zeros(2), gradient, saddle, bounds) < 0
    corner = bounds[0].copy()
    assert_allclose(newton_step(corner, np.array([1.0, 1.0]), np.eye(2), bounds), 0.0)
    step = newton_step(corner, np.array([1.0, -1.0]), np.eye(2), bounds)
    assert_allclose(step, [0.0, 1.0])


@pytest.mark.parametrize("level", [1e-8, 1e-3])
@pytest.mark.parametrize("uneven", [False, True])
def test_recovers_a_sine_within_its_standard_deviations(level, uneven):
    rng = np.random.default_rng(11)
    t = np.linspace(0, 6, 60)
    if uneven:
        t[1:-1] += 0.03 * rng.uniform(-1, 1, 58)
    y = np.sin(2 * t) + 3 + level * rng.standard_normal(60)
    estimate = gaussian_process_se(t, y, t, ORDERS)
    exact = np.array([2.0**k * np.sin(2 * t + k * math.pi / 2) for k in ORDERS])
    exact[0] += 3
    score = (estimate.values - exact) / estimate.standard_deviation
    # Deviations ignore the settings' uncertainty, so rms scores a little above 1 are expected.
    assert np.all(np.sqrt(np.mean(score**2, axis=1)) < 3)
    assert estimate.settings["noise_sd"] == pytest.approx(level, rel=0.5)


def test_settings_have_the_units_of_the_data():
    rng = np.random.default_rng(2)
    t = np.linspace(0, 1, 51)
    y = np.sin(9 * t) + 1e-2 * rng.standard_normal(51)
    one = gaussian_process_se(t, y, t, (0,)).settings
    # Powers of two, so that scaling rounds nothing and the settings scale exactly.
    other = gaussian_process_se(1024 * t, y / 4096, 1024 * t, (0,)).settings
    assert other["length_scale"] == 1024 * one["length_scale"]
    assert other["signal_sd"] == one["signal_sd"] / 4096
    assert other["noise_sd"] == one["noise_sd"] / 4096


def test_more_samples_than_the_scan_sees_and_a_fast_signal(monkeypatch):
    monkeypatch.setattr(module, "SCAN_SAMPLES", 41)
    t = np.linspace(0, 1, 121)
    y = np.sin(140 * t) + 1e-3 * np.random.default_rng(3).standard_normal(121)
    # 5.4 samples a period, fewer than two in the even selection: the block must find it.
    estimate = gaussian_process_se(t, y, t, (1,)).values[0]
    assert np.std(estimate - 140 * np.cos(140 * t)) < 0.05 * 140


@pytest.mark.parametrize(
    "curve",
    [
        lambda t: 3 * t - 1,
        lambda t: t**7,
        lambda t: np.sign(t - 0.4),
        lambda t: np.random.default_rng(0).standard_normal(len(t)),
        lambda t: 1e6 + np.sin(9 * t),
    ],
    ids=["line", "power", "step", "noise", "offset"],
)
@pytest.mark.parametrize("n", [8, 33])
def test_hard_data_give_finite_results(curve, n):
    t = np.linspace(0, 1, n)
    estimate = gaussian_process_se(t, curve(t), t, ORDERS)
    assert np.isfinite(estimate.values).all()
    assert np.isfinite(estimate.standard_deviation).all()


def test_constant_samples_give_a_constant():
    t = np.linspace(0, 1, 20)
    estimate = gaussian_process_se(t, np.full(20, 0.1), t, (0, 3))
    assert_allclose(estimate.values[0], 0.1, rtol=1e-15)
    assert not estimate.values[1].any()


#: Clusters of times, and one sample far from the others: at the longest length scale, full steps
#: lead Newton's method from one noise ratio to another and back. Found by a search that began with
#: 20,000 odd samples; it stays so where gaps change by 1e-3 and samples by 1e-4 of the largest.
GAPS = [
    *(1.3e-6, 1.3e-3, 1.9e-4, 7.5e-5, 0.88, 3.6e-3, 3.8e-4, 5.8e-8, 2e-7, 0.045, 6.9e-6),
    *(0.011, 1.8e-4, 1.2e-4, 0.051, 3.9e-6, 5.5e-3, 2.5e-6, 9.3e-5),
]
CYCLING = [
    *(0.012, 0.002, -1.059, 0.008, -0.151, -0.013, 0.007, -0.001, -0.002, 0.0, -0.002),
    *(0.0, -0.001, 0.0, 0.0, 0.02, 0.02, -0.001, 0.012, 0.001),
]


def test_samples_without_convergence_are_an_error():
    t = np.concatenate([[0.0], np.cumsum(GAPS)])
    with pytest.raises(RuntimeError, match="n = 20 samples has no minimum"):
        gaussian_process_se(t, np.array(CYCLING), t, (0,))
