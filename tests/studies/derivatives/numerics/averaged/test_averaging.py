"""The average over settings: closed forms of single parts, and what mixtures must respect."""

import math

import numpy as np
import pytest
from numpy.polynomial import Polynomial
from numpy.testing import assert_allclose
from scipy.stats import norm, t

from tiltyard.studies.derivatives.contract import PROBABILITIES
from tiltyard.studies.derivatives.numerics.averaged import averaging
from tiltyard.studies.derivatives.numerics.averaged.averaging import average, grouped
from tiltyard.studies.derivatives.numerics.averaged.members import polynomial, process

TIMES = np.array([2.0, 2.5, 3.1, 3.3, 4.0, 4.6, 5.0, 5.7, 6.1, 6.6, 7.0, 8.0])
U = (TIMES - 5.0) / 6.0
AT = np.linspace(2.0, 8.0, 7)
NOISY = np.sin(TIMES) + 0.05 * np.random.default_rng(5).standard_normal(len(TIMES))


def test_a_level_has_the_bands_of_the_textbook():
    found = average(TIMES, NOISY, AT, (0, 1), members=[polynomial(0, U, 1.0)])
    n = len(NOISY)
    error = NOISY.std(ddof=1) / math.sqrt(n)
    ends = NOISY.mean() + error * t.ppf(PROBABILITIES, n - 1)
    assert_allclose(found.values, np.array([[NOISY.mean()], [0.0]]) * np.ones(7), atol=1e-12)
    # 1e-4 of the error: quantiles come from a table.
    assert_allclose(found.quantiles[:, 0, 0], ends, atol=1e-4 * error)
    assert_allclose(found.deviations[0], error * math.sqrt((n - 1) / (n - 3)))
    assert_allclose(found.noise, NOISY.std(ddof=1))


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_a_polynomial_with_known_noise_has_the_bands_of_least_squares(degree):
    curve = Polynomial([3.0, -2.0, 0.7, 0.11][: degree + 1])
    sigma = 0.1
    y = curve(TIMES) + sigma * np.random.default_rng(2).standard_normal(len(TIMES))
    # So small a ratio that the prior of the terms does not count.
    found = average(
        *(TIMES, y, AT, (0, 1, 2), sigma),
        members=[polynomial(degree, U, 1.0)],
        ratios=np.array([1e-7]),
    )
    design = np.vander(TIMES - 5.0, degree + 1, increasing=True)
    coefficients, *_ = np.linalg.lstsq(design, y, rcond=None)
    covariance = sigma**2 * np.linalg.inv(design.T @ design)
    for order in (0, 1, 2):
        rows = np.zeros((len(AT), degree + 1))
        for k in range(order, degree + 1):
            rows[:, k] = math.perm(k, order) * (AT - 5.0) ** (k - order)
        deviation = np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
        assert_allclose(found.values[order], rows @ coefficients, rtol=1e-6, atol=1e-9)
        assert_allclose(found.deviations[order], deviation, rtol=1e-6, atol=1e-12)
        ends = found.values[order] + np.multiply.outer(norm.ppf(PROBABILITIES), deviation)
        assert_allclose(found.quantiles[:, order], ends, rtol=1e-6, atol=1e-9)


def test_one_process_with_one_ratio_is_a_process_computed_densely():
    length, ratio = 0.25, 0.2
    found = average(
        *(TIMES, NOISY, AT, (0, 1)),
        members=[process("squared_exponential", length, U, 1.0)],
        ratios=np.array([ratio]),
    )
    scale = length * 6.0

    def covariance(a, b, order):
        lag = (a[:, None] - b) / scale
        return np.exp(-0.5 * lag**2) * (1.0 if order == 0 else -lag / scale)

    # The ratio is to the process's own variance over the samples, not to its prior one.
    K = covariance(TIMES, TIMES, 0)
    own = (np.trace(K) - K.mean() * len(K)) / (len(K) - 1)
    C = K / own + ratio**2 * np.eye(len(K))
    one = np.ones(len(K))
    level = one @ np.linalg.solve(C, NOISY) / (one @ np.linalg.solve(C, one))
    for order in (0, 1):
        mean = covariance(AT, TIMES, order) / own @ np.linalg.solve(C, NOISY - level)
        # 1e-4: the process's circle is five length scales longer than the record.
        assert_allclose(found.values[order], mean + level * (order == 0), atol=1e-4)


def test_two_parts_count_by_prior_times_tempered_likelihood(monkeypatch):
    both = [polynomial(0, U, 0.7), polynomial(1, U, 0.3)]
    ratios = np.array([0.5])
    found = average(TIMES, NOISY, AT, (0,), members=both, ratios=ratios)
    z = (NOISY - NOISY.mean()) / NOISY.std()
    # The constant has noise of any variance; the line's covariance is dense here.
    line = both[1].features(U, (0,))[0]
    m = len(z) - 1
    D = np.hstack([-np.ones((m, 1)), np.eye(m)])
    S = D @ (line @ line.T + 0.25 * np.eye(len(z))) @ D.T
    E, d = D @ D.T, D @ z

    def log(covariance):
        power = d @ np.linalg.solve(covariance, d)
        return -0.5 * (np.linalg.slogdet(covariance)[1] + m * math.log(power))

    odds = 0.7 / 0.3 * math.exp(0.8 * (log(E) - log(S)))
    assert_allclose(found.probabilities, np.array([odds, 1.0]) / (1.0 + odds), rtol=1e-8)
    assert found.members == ("polynomial_0", "polynomial_1")


def test_merging_neighbours_changes_no_band(monkeypatch):
    y = np.sin(TIMES) + 0.01 * np.random.default_rng(1).standard_normal(len(TIMES))
    merged = average(TIMES, y, AT, (0, 1, 2))
    monkeypatch.setattr(averaging, "ALIKE", 0.0)
    single = average(TIMES, y, AT, (0, 1, 2))
    assert_allclose(merged.deviations, single.deviations, rtol=0.02)
    change = np.abs(merged.quantiles - single.quantiles) / single.deviations
    assert change.max() < 0.03


def test_groups_hold_neighbours_of_one_member():
    member = np.array([0, 0, 0, 2, 2, 2])
    probabilities = np.array([0.004, 0.004, 0.004, 0.5, 0.001, 0.001])
    assert grouped(member, probabilities).tolist() == [0, 0, 1, 2, 3, 3]


@pytest.mark.parametrize("noise", [None, 0.05])
def test_units_and_origins_do_not_matter(noise):
    plain = average(TIMES, NOISY, AT, (0, 1, 2), noise)
    moved = average(
        *(1e-3 * TIMES + 7.0, 1e4 * NOISY - 3e5, 1e-3 * AT + 7.0, (0, 1, 2)),
        None if noise is None else 1e4 * noise,
    )
    unit = 1e4 * 1e3 ** np.arange(3)[:, None]
    level = np.array([[-3e5], [0.0], [0.0]])
    size = np.abs(plain.values).max(axis=1, keepdims=True)
    assert np.all(np.abs((moved.values - level) / unit - plain.values) < 1e-6 * size)
    assert_allclose(moved.deviations / unit, plain.deviations, rtol=1e-5)
    assert moved.noise == pytest.approx(1e4 * plain.noise, rel=1e-6)


@pytest.mark.parametrize("n", [5, 6, 19])
def test_samples_without_noise_are_interpolated(n):
    times = np.linspace(0.0, 3.0, n)
    y = 1e6 + np.random.default_rng(n).standard_normal(n)  # no smooth curve at all
    found = average(times, y, times, (0,), 0.0)
    assert np.abs(found.values[0] - y).max() < 1e-6
    assert found.deviations.max() < 1e-6


def test_all_equal_samples_have_no_error():
    found = average(TIMES, np.full(len(TIMES), 4.5), AT, (0, 1))
    assert_allclose(found.values, np.array([[4.5], [0.0]]) * np.ones(7))
    assert not found.deviations.any() and found.noise == 0.0


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match="4 samples; at least 5 are needed"):
        average(TIMES[:4], NOISY[:4], AT, (0,))
