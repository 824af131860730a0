"""The Kalman smoother against splines, 60-digit Gaussian-process formulas and closed forms."""

import math

import mpmath as mp
import numpy as np
import pytest
from numpy.polynomial import Chebyshev
from numpy.testing import assert_allclose
from scipy.interpolate import make_smoothing_spline

from tiltyard.studies.derivatives.estimators.kalman.kalman_integrated_wiener import (
    common_log_likelihood,
    kalman_integrated_wiener,
    lowest_q,
    orthonormal_polynomials,
)
from tiltyard.studies.derivatives.numerics.kalman.integrated_wiener import (
    diffuse_gains,
    innovations,
    smooth,
    transitions,
)
from tiltyard.studies.derivatives.numerics.kalman.integrated_wiener_window import LATTICE, search

ORDERS = tuple(range(8))


class DenseProcess:
    """Textbook posterior of an integrated Wiener process with a flat polynomial, in 60 digits."""

    def __init__(self, t, y, q, log_ratio):
        n = len(t)
        self.q, self.t = q, [mp.mpf(float(v)) - mp.mpf(float(t[0])) for v in t]
        unit = self.t[-1] / (n - 1)
        self.intensity = mp.exp(log_ratio) * mp.factorial(q) ** 2 / unit ** (2 * q + 1)
        V = mp.matrix(n, n)
        for i in range(n):
            for j in range(n):
                V[i, j] = self.covariance(self.t[i], self.t[j], 0, 0) + (i == j)
        self.inverse = V**-1
        self.log_det = mp.log(mp.det(V))
        self.X = mp.matrix([[s**p for p in range(q + 1)] for s in self.t])
        self.y = mp.matrix([mp.mpf(float(v)) for v in y])
        self.gram = self.X.T * self.inverse * self.X
        self.beta = self.gram**-1 * (self.X.T * self.inverse * self.y)
        self.residual = self.y - self.X * self.beta

    def covariance(self, a, b, k, l):
        """Covariance of derivative k at a and l at b: the integral of two truncated powers."""
        p, r = self.q - k, self.q - l
        if a > b:
            a, b, p, r = b, a, r, p
        total = sum(
            mp.binomial(r, i) * (b - a) ** (r - i) * a ** (p + i + 1) / (p + i + 1)
            for i in range(r + 1)
        )
        return self.intensity * total / (mp.factorial(p) * mp.factorial(r))

    def posterior(self, at, order):
        at = mp.mpf(float(at))
        k = mp.matrix([self.covariance(at, s, order, 0) for s in self.t])
        h = mp.matrix(
            [mp.ff(p, order) * at ** (p - order) if p >= order else 0 for p in range(self.q + 1)]
        )
        mean = (h.T * self.beta)[0] + (k.T * self.inverse * self.residual)[0]
        r = h - self.X.T * self.inverse * k
        variance = (
            self.covariance(at, at, order, order)
            - (k.T * self.inverse * k)[0]
            + (r.T * self.gram**-1 * r)[0]
        )
        return float(mean), float(mp.sqrt(variance))

    def restricted(self):
        """Quadratic form and log determinant of the restricted likelihood."""
        constant = 2 * mp.log(abs(mp.det(self.X[: self.q + 1, :])))
        log_det = self.log_det + mp.log(mp.det(self.gram)) - constant
        return float((self.residual.T * self.inverse * self.residual)[0]), float(log_det)


@pytest.fixture
def uneven():
    """Twenty-two uneven samples with noise 1e-6; times far from zero."""
    rng = np.random.default_rng(3)
    t = 5.0 + np.cumsum(rng.uniform(0.05, 0.3, 22))
    return t, np.sin(2 * t) + 1e-6 * rng.standard_normal(22)


def test_equals_scipys_cubic_smoothing_spline(uneven):
    t, y = uneven
    lam, unit = 0.03, (t[-1] - t[0]) / 21
    t_eval = np.sort(np.concatenate([t[::3], np.linspace(t[0], t[-1], 40)]))
    mean, _ = smooth(t, y, np.unique(t_eval), q=1, log_ratio=math.log(unit**3 / lam))
    spline = make_smoothing_spline(t, y, lam=lam)
    for order in (0, 1):
        assert_allclose(mean[order], spline(np.unique(t_eval), order), atol=1e-11)


@pytest.mark.parametrize(("q", "log_ratio"), [(3, 8.0), (7, -12.0), (9, 30.0)])
def test_equals_the_dense_posterior(uneven, q, log_ratio):
    t, y = uneven
    with mp.workdps(60):
        dense = DenseProcess(t, y, q, log_ratio)
        at = np.sort([t[0], t[1] + 0.01, t[10], t[12] + 0.02, t[-1]])
        mean, deviation = smooth(t, y, at, q, log_ratio)
        for order in (0, 1, q - 2, q):
            for j, time in enumerate(at):
                exact, exact_deviation = dense.posterior(time - t[0], order)
                # Samples are rounded at 1e-16; noise of 1e-6 has 1e10 times that: 1e-8 is ample.
                assert abs(mean[order, j] - exact) < 1e-8 * (exact_deviation * 1e-6 + abs(exact))
                assert_allclose(deviation[order, j], exact_deviation, rtol=1e-6)


@pytest.mark.parametrize(("q", "log_ratio"), [(2, 3.0), (8, -10.0)])
def test_innovations_give_the_restricted_likelihood(uneven, q, log_ratio):
    t, y = uneven
    E, log_determinants = innovations(t, y[:, None], q, np.array([log_ratio]))
    with mp.workdps(60):
        quadratic, log_determinant = DenseProcess(t, y, q, log_ratio).restricted()
    assert_allclose((E**2).sum(), quadratic, rtol=1e-7)
    assert_allclose(log_determinants[0], log_determinant, rtol=1e-9)


def test_common_likelihood_is_that_of_the_shared_contrasts(uneven):
    t, y = uneven
    q, highest, log_ratio, n = 3, 6, 1.0, len(t)
    Q = orthonormal_polynomials(t, highest)
    found = common_log_likelihood(t, y, q, log_ratio, Q[:, q + 1 :], 0.0)
    other = common_log_likelihood(t, y, q, log_ratio + 0.5, Q[:, q + 1 :], 0.0)

    def exact(log_ratio):
        with mp.workdps(60):
            dense = DenseProcess(t, y, q, log_ratio)
            V = np.array((dense.inverse**-1).tolist(), dtype=float)
        contrasts = np.linalg.qr(Q, mode="complete")[0][:, highest + 1 :]
        S, z = contrasts.T @ V @ contrasts, contrasts.T @ y
        dof = n - highest - 1
        quadratic = z @ np.linalg.solve(S, z)
        return -0.5 * (np.linalg.slogdet(S)[1] + dof * math.log(quadratic / dof))

    # The densities differ by a constant of the times; 1e-6: S has condition 1e8.
    assert found - other == pytest.approx(exact(log_ratio) - exact(log_ratio + 0.5), abs=1e-6)


def test_transitions_move_polynomials_and_have_the_integrals_covariance():
    q, r = 6, 0.7
    F, L = (matrices[0].T for matrices in transitions(q, np.array([r])))
    coefficients = np.arange(1.0, q + 2)
    moved = F @ coefficients  # Taylor coefficients at r of the polynomial with those at 0
    p = np.polynomial.Polynomial(coefficients)
    assert_allclose(moved, [p.deriv(i)(r) / math.factorial(i) for i in range(q + 1)], rtol=1e-13)
    exact = [
        [
            math.comb(q, i) * math.comb(q, j) * r ** (2 * q + 1 - i - j) / (2 * q + 1 - i - j)
            for j in range(q + 1)
        ]
        for i in range(q + 1)
    ]
    assert_allclose(L @ L.T, exact, rtol=1e-12)


def test_diffuse_gains_interpolate():
    times, unit = np.array([0.0, 0.3, 0.4, 1.1]), 0.5
    gain = diffuse_gains(times, unit)[3]  # Taylor coefficients, at 1.1, of a cubic in units 0.5
    s = (times - times[3]) / unit
    assert_allclose(np.polynomial.polynomial.polyval(s, gain), [0, 0, 0, 1], atol=1e-14)


@pytest.mark.parametrize("n", [51, 501])
def test_polynomials_of_degree_ten_are_exact(n):
    t = np.linspace(-3.0, 5.0, n)
    p = Chebyshev(1.0 / np.arange(1, 12), domain=[-3, 5])
    values = kalman_integrated_wiener(t, p(t), t, ORDERS).values
    for order in ORDERS:
        exact = p.deriv(order)(t) if order else p(t)
        assert_allclose(values[order], exact, atol=1e-9 * np.abs(exact).max())


@pytest.mark.parametrize(("n", "noise"), [(101, 1e-8), (101, 1e-4), (101, 1e-2), (1001, 1e-8)])
def test_recovers_noise_and_gives_honest_deviations(n, noise):
    rng = np.random.default_rng(11)
    t = np.linspace(0.0, 10.0, n)
    y = np.sin(t) + noise * rng.standard_normal(n)
    estimate = kalman_integrated_wiener(t, y, t, ORDERS)
    # 101 samples determine a standard deviation to 7 %; the smoother takes some of them.
    assert estimate.settings["noise"][7] == pytest.approx(noise, rel=0.35)
    for order in ORDERS:
        error = estimate.values[order] - np.sin(t + order * np.pi / 2)
        z = np.sqrt(np.mean((error / estimate.standard_deviation[order]) ** 2))
        assert 0.2 < z < 3.0  # neighbouring errors are dependent, so z scatters


def test_search_prefers_the_smoothest_of_equals_and_finds_the_lattice_optimum():
    def flat_until_zero(indices):
        return np.array([-(max(index, 0) ** 2) for index in indices], dtype=float)

    assert search(flat_until_zero, -100, 200) == 0

    def peak(indices):
        return -((np.array(indices, dtype=float) - 37.2) ** 2)

    assert search(peak, -100, 200) == 37
    assert search(lambda indices: np.array(indices, dtype=float), -100, 203) >= 200


def test_settings_are_in_original_units():
    rng = np.random.default_rng(1)
    t = np.linspace(0.0, 1e9, 81)
    y = 1e-6 * (np.sin(t / 1e8) + 0.01 * rng.standard_normal(81)) + 3.0
    settings = kalman_integrated_wiener(t, y, t, (0, 3)).settings
    assert settings["integration_order"][1] >= lowest_q(3)
    assert settings["noise"][0] == pytest.approx(1e-8, rel=0.3)
    step = 1e9 / 80
    windows = np.log(np.array(settings["window"]) / step) / LATTICE
    assert_allclose(windows, np.round(windows), atol=1e-6)


def test_constant_samples_give_zero_derivatives():
    t = np.linspace(0.0, 1.0, 30)
    estimate = kalman_integrated_wiener(t, np.full(30, 0.1), t, (0, 1, 7))
    assert_allclose(estimate.values, [[0.1] * 30, [0.0] * 30, [0.0] * 30], atol=1e-15)


def test_too_few_samples_are_refused():
    t = np.arange(10.0)
    with pytest.raises(ValueError, match="q = 4 needs at least 11 samples, got 10"):
        smooth(t, t, t, 4, 0.0)
