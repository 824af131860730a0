"""The Matérn smoother against the dense Gaussian process in 100 digits."""

import math

import mpmath as mp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.kalman.kalman_matern import (
    fit,
    kalman_matern,
    likeliest,
)
from tiltyard.studies.derivatives.numerics.kalman.matern_process import (
    log_intensity,
    log_likelihood,
    matern_transitions,
    smooth_matern,
    stationary_factor,
)

ORDERS = tuple(range(8))


@pytest.fixture(autouse=True)
def hundred_digits():
    # The dense formulas lose up to twice the logarithm of the signal-to-noise ratio, 26 digits.
    with mp.workdps(100):
        yield


class DenseMatern:
    """Textbook Gaussian process with unit noise and Rasmussen & Williams' covariance 4.16."""

    def __init__(self, times, z, m, rate, cut_off):
        p, self.rate = m - 1, mp.mpf(rate)
        intensity = mp.exp(float(log_intensity(m, np.array([rate]), np.array([cut_off]))[0]))
        self.variance = intensity * mp.factorial(p) ** 2 * mp.binomial(2 * p, p)
        self.variance /= (2 * self.rate) ** (2 * p + 1)
        powers = [
            mp.factorial(p)
            / mp.factorial(2 * p)
            * mp.factorial(2 * p - j)
            / (mp.factorial(p - j) * mp.factorial(j))
            * (2 * self.rate) ** j
            for j in range(p + 1)
        ]
        self.powers = [powers]  # of |r|, before exp(-rate |r|); then of its derivatives
        for _ in range(2 * p):
            last = self.powers[-1]
            slope = [(j + 1) * last[j + 1] for j in range(p)] + [mp.mpf(0)]
            self.powers.append([s - self.rate * c for s, c in zip(slope, last, strict=True)])
        self.times = [mp.mpf(float(v)) for v in times]
        n = len(z)
        V = mp.matrix(n, n)
        for i in range(n):
            for j in range(n):
                V[i, j] = self.covariance(self.times[i], self.times[j], 0) + (i == j)
        self.inverse, self.y = V**-1, mp.matrix([mp.mpf(float(v)) for v in z])
        self.weights = self.inverse * self.y
        self.quadratic = float((self.y.T * self.weights)[0])
        self.log_det = float(mp.log(mp.det(V)))

    def covariance(self, a, b, k):
        """Of derivative k at a and the value at b."""
        r = abs(a - b)
        total = sum(c * r**j for j, c in enumerate(self.powers[k])) * mp.exp(-self.rate * r)
        return self.variance * total * (-1 if a < b and k % 2 else 1)

    def posterior(self, at, k):
        at = mp.mpf(float(at))
        row = mp.matrix([self.covariance(at, s, k) for s in self.times])
        prior = self.variance * (-1) ** k * self.powers[2 * k][0]
        deviation = mp.sqrt(prior - (row.T * self.inverse * row)[0])
        return float((row.T * self.weights)[0]), float(deviation)


def times_of(uneven: bool) -> np.ndarray:
    steps = 0.4 + 1.2 * np.random.default_rng(1).random(19) if uneven else np.ones(19)
    steps[12] *= 6.0 if uneven else 1.0  # a gap of many length scales
    return np.concatenate([[0.0], np.cumsum(steps * 19 / steps.sum())])


@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize(
    ("m", "rate", "cut_off", "noise"),
    [(3, 0.3, 6.0, 1e-3), (9, 3.0, 4.0, 1e-2), (9, 0.1, 6.0, 1e-8)],
)
def test_equals_the_dense_process(uneven, m, rate, cut_off, noise) -> None:
    times = times_of(uneven)
    z = np.sin(0.5 * times) + noise * np.random.default_rng(2).standard_normal(20)
    dense = DenseMatern(times, z, m, rate, cut_off)
    at = np.array([times[0], times[3] + 0.4, times[9], times[12] + 0.1, times[-1]])
    mean, deviation = smooth_matern(times, z, at, m, rate, cut_off)
    for k in range(min(m, 8)):
        exact = np.array([dense.posterior(s, k) for s in at])
        # Interpolation amplifies rounding, 1e-16, about tenfold an order, as do derivatives.
        assert_allclose(mean[k], exact[:, 0], atol=1e-13 * 10**k * np.abs(exact[:, 0]).max())
        assert_allclose(deviation[k], exact[:, 1], rtol=1e-6)
    rates, cut_offs = np.array([rate]), np.array([cut_off])
    likelihood, variance = log_likelihood(times, z, m, rates, cut_offs, 0.0)
    assert_allclose(variance, dense.quadratic / 20, rtol=1e-6)
    expected = -0.5 * (20 * math.log(dense.quadratic / 20) + 20 + dense.log_det)
    assert_allclose(likelihood, expected, rtol=1e-7)


def test_stationary_covariance_is_what_the_transitions_keep() -> None:
    for rate, step in ((0.01, 1.0), (1.0, 0.3), (2.0, 40.0)):
        R = stationary_factor(9, np.array([rate]))[0]
        F, L = (x[0, 0] for x in matern_transitions(9, np.array([rate]), np.array([step])))
        P = R.T @ R
        scale = np.sqrt(np.diag(P))
        after = (R @ F).T @ (R @ F) + L.T @ L
        assert_allclose(after / np.outer(scale, scale), P / np.outer(scale, scale), atol=1e-12)


def test_likeliest_finds_the_top_of_a_skew_hill() -> None:
    def hill(points):
        x, y = points.T
        return -np.log(np.cosh(x - 0.3217) + np.cosh(2 * (y - x - 1.1)))

    assert_allclose(likeliest(hill, (-3.0, -2.0), (3.0, 4.0)), (0.3217, 1.4217), atol=1e-6)


def test_parameters_may_be_given() -> None:
    t = np.linspace(0, 10, 51)
    y = np.sin(t) + 1e-3 * np.random.default_rng(3).standard_normal(51)
    found = kalman_matern(t, y, t, ORDERS)
    rate = math.sqrt(17) / found.settings["length_scale"] * 0.2
    given = fit(t, y, t, ORDERS, m=9, parameters=(rate, found.settings["cut_off"] * 0.2))
    assert_allclose(given.values, found.values, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("noise", [1e-8, 1e-4, 1e-2])
def test_finds_the_noise_and_states_its_errors(noise) -> None:
    t = np.linspace(0, 10, 101)
    y = np.sin(2 * t) + noise * np.random.default_rng(3).standard_normal(101)
    found = kalman_matern(t, y, t, ORDERS)
    assert 0.7 * noise < found.settings["noise"] < 1.3 * noise
    for k in ORDERS:
        errors = found.values[k] - 2.0**k * np.sin(2 * t + k * np.pi / 2)
        ratio = np.sqrt(np.mean((errors / found.standard_deviation[k]) ** 2))
        assert 0.2 < ratio < 3.0  # errors are correlated over a length scale
