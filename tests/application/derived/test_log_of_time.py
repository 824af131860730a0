"""Derivatives by ln t and log10 t: closed forms, places in time, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import tiltyard
from tiltyard.application.options import in_a_shell
from tiltyard.application.series import UnusableData

T = np.geomspace(0.02, 300, 60)
QUICK = {"estimator": "gaussian_process_se"}


def drawdown(t):
    """Order 1 by ln t is t / (t + 2) + a bump of height 1 at 50."""
    return np.log(1 + t / 2) + np.sqrt(2 * np.pi) * 0.5 * norm((np.log(t / 50)) / 0.5)


def norm(z):
    from scipy.special import ndtr

    return ndtr(z)


def noisy(size):
    return drawdown(T) + size * np.random.default_rng(2).standard_normal(len(T))


def test_it_is_the_slope_against_the_logarithm():
    found = tiltyard.differentiate(T, 2 + 0.7 * np.log(T), (0, 1), log_time="ln", noise=0)
    np.testing.assert_allclose(found.estimate[1], 0.7, rtol=1e-9)
    ten = tiltyard.differentiate(T, 2 + 0.7 * np.log10(T), 1, log_time="log10", noise=0)
    np.testing.assert_allclose(ten.estimate[0], 0.7, rtol=1e-9)
    power = tiltyard.differentiate(T, 3 * T**0.4, 1, relative=True, log_time="ln", noise=0)
    np.testing.assert_allclose(power.estimate[0], 0.4, rtol=1e-9)


def test_times_stay_what_they_were_and_columns_say_what_they_are():
    found = tiltyard.differentiate(T, noisy(0.01), (0, 1), log_time="log10", points=40, **QUICK)
    np.testing.assert_array_equal(found.t_eval, np.linspace(T[0], T[-1], 40))
    np.testing.assert_array_equal(found.series.t, T)
    assert {"signal_d0", "signal_dlog10_1", "signal_dlog10_1_q975"} <= set(found.frame())
    assert "derivatives are by log10 t" in found.report() and "over 299.98" in found.report()
    axes = found.plot().axes
    assert axes[1].get_ylabel() == "d signal / d log10 t" and axes[0].get_xscale() == "log"


def test_bases_differ_by_their_factor():
    ln, ten = (
        tiltyard.differentiate(T, noisy(0.01), (1, 2), log_time=base, **QUICK)
        for base in ("ln", "log10")
    )
    factor = np.log(10.0) ** np.array([[1], [2]])
    np.testing.assert_allclose(ten.estimate, factor * ln.estimate, rtol=1e-4, atol=1e-4)


def test_a_hump_is_found_in_time():
    found = tiltyard.differentiate(T, noisy(0.02), (0, 1), log_time="ln", find="maxima:1")
    true = T[0] * (T[-1] / T[0]) ** np.linspace(0, 1, 20001)
    slope = true / (true + 2) + np.exp(-0.5 * (np.log(true / 50) / 0.5) ** 2)
    (one,) = [one for one in found.features if one.certain]
    assert one.place.low < true[np.argmax(slope)] < one.place.high
    assert one.height.low < slope.max() < one.height.high
    low, *_, high = found.quantiles[:, 1]
    own = T / (T + 2) + np.exp(-0.5 * (np.log(T / 50) / 0.5) ** 2)
    assert np.mean((low <= own) & (own <= high)) > 0.9


def test_durations_are_told_as_such():
    times = pd.to_timedelta(T, unit="min")
    found = tiltyard.differentiate(times, noisy(0.02), 1, unit="min", log_time="ln", **QUICK)
    assert isinstance(found.frame()["time"].iloc[0], pd.Timedelta)
    assert found.time_unit == "min"


def test_times_without_a_logarithm_are_refused():
    t = T - T[2]
    with pytest.raises(UnusableData, match=r"^signal: log_time='ln' .* row 3 is at 0: leave out"):
        tiltyard.differentiate(t, noisy(0.01), log_time="ln")
    with in_a_shell(), pytest.raises(UnusableData, match="--log-time ln needs times above zero"):
        tiltyard.differentiate(t, noisy(0.01), log_time="ln")
    dates = pd.Timestamp("2024-05-01") + pd.to_timedelta(T, unit="h")
    with pytest.raises(UnusableData, match="the times are dates, which have no zero"):
        tiltyard.differentiate(dates, noisy(0.01), log_time="ln")
    with pytest.raises(ValueError, match="log_time='e': write ln or log10"):
        tiltyard.differentiate(T, noisy(0.01), log_time="e")
