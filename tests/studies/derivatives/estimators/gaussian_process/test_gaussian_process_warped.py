"""The estimator by warped Gaussian processes: exact cases, known noise, reports."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.gaussian_process.gaussian_process_warped import (
    fit,
    gaussian_process_warped,
)

ORDERS = tuple(range(8))


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
    assert np.all(found.quantiles == found.values)


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
    processes = {n: row[1] for n, row in weights.items() if n not in ("rational", "exponentials")}
    clocks = sum(processes[name] for name in processes if name.startswith("warped"))
    assert clocks > 0.9 * sum(processes.values())
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


def test_quantiles_rise_and_follow_units_of_signal_and_time(sampled):
    t, y = sampled
    found = gaussian_process_warped(t, y, t[::6], (0, 1, 4))
    assert np.all(np.diff(found.quantiles, axis=0) > 0.0)
    assert np.all(found.quantiles[1] < found.values)
    assert np.all(found.quantiles[2] > found.values)
    scaled = gaussian_process_warped(8.0 * t - 5.0, 3.0 - 2.0 * y, 8.0 * t[::6] - 5.0, (0, 1, 4))
    factor = -2.0 * 8.0 ** -np.array([0.0, 1.0, 4.0])[:, None]
    expected = factor * found.quantiles[::-1]
    expected[:, 0] += 3.0
    width = expected[3] - expected[0]
    # Settings are searched to 0.05 nats, from samples that differ by rounding.
    assert np.all(np.abs(scaled.quantiles - expected) < 0.05 * width)


def test_bands_hold_what_they_say(sampled):
    t, y = sampled
    found = gaussian_process_warped(t, y, t, (0, 1))
    for order in (0, 1):
        low, high = found.quantiles[0, order], found.quantiles[3, order]
        inside = (chirp(t, order) >= low) & (chirp(t, order) <= high)
        # Errors of neighbours are alike: some 20 independent ones, of which 0.95 are expected
        # inside; two thirds would be a chance of 1e-5.
        assert inside.mean() > 2.0 / 3.0


def test_a_rational_signal_is_recognised_and_one_of_many_cycles_is_not():
    x = np.linspace(-1.0, 1.0, 51)
    noise = 1e-4 * np.random.default_rng(2).standard_normal(51)
    peak = gaussian_process_warped(x, 1.0 / (1.0 + 25.0 * x**2) + noise, x, ORDERS).settings
    weights = dict(zip(peak["members"], np.array(peak["weights"]), strict=True))
    assert np.all(weights["rational"][3:] > 0.5)
    cycles = np.sin(40.0 * x) * (1.0 + 0.5 * np.cos(7.0 * x))
    assert "rational" not in fit(x, cycles + noise, x, (0,)).settings["members"]


def test_kinetics_are_recognised_as_exponentials():
    t = np.linspace(0.0, 5.0, 51)

    def exact(k):
        return (-0.7) ** k * np.exp(-0.7 * t) - (-8.0) ** k * np.exp(-8.0 * t)

    y = exact(0) + 1e-4 * np.random.default_rng(3).standard_normal(51)
    found = gaussian_process_warped(t, y, t, (0, 3))
    weights = dict(zip(found.settings["members"], found.settings["weights"], strict=True))
    assert weights["exponentials"][1] > 0.9
    assert np.std(found.values[1] - exact(3)) < 0.02 * np.std(exact(3))


@pytest.mark.parametrize("consistent", [False, True])
def test_many_samples_are_all_used(consistent):
    t = np.linspace(0.0, 3.0, 450)
    y = chirp(t) + 1e-2 * np.random.default_rng(4).standard_normal(450)
    at = np.linspace(0.2, 2.8, 33)
    found = fit(t, y, at, (0, 1), noise=1e-2, consistent=consistent)
    assert found.settings["learned_from"] == 400
    assert found.settings["noise_sd"] == pytest.approx(1e-2)
    assert found.quantiles.shape == (4, 2, 33)
    inside = np.abs(chirp(at, 1) - found.values[1]) < 3.0 * found.standard_deviation[1]
    assert inside.mean() > 0.8
