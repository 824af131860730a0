"""Steps that grow: the logarithmic clock, its chain rule, and bands that hold by both clocks."""

import numpy as np
import pytest

import tiltyard
from tiltyard.application.clocks import log_clock

T = np.geomspace(2.0, 900.0, 70)


@pytest.mark.parametrize("shift", [0.0, -40.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_steps_are_even_by_the_clock(shift, mirrored):
    t = shift + (-T[::-1] if mirrored else T)
    clock = log_clock(t)
    assert clock.origin == pytest.approx(shift, abs=1e-9 * np.ptp(t))
    assert abs(clock.unit) == pytest.approx(2.0)
    steps = np.diff(clock.at(t))
    assert np.all(steps > 0) and np.ptp(steps) < 1e-6 * steps[0]


@pytest.mark.parametrize(
    "t",
    [
        np.linspace(0.0, 1.0, 50),
        np.geomspace(1.0, 5.0, 50),
        np.sort(np.random.default_rng(1).uniform(0.0, 1.0, 80)),
        np.concatenate([np.linspace(0.0, 1.0, 40), np.linspace(1.1, 9.0, 40)]),
        T[:8],
    ],
    ids=["even", "hardly growing", "random", "two rates", "few"],
)
def test_other_times_have_no_such_clock(t):
    assert log_clock(t) is None


@pytest.mark.parametrize("mirrored", [False, True])
def test_derivatives_by_time_are_those_of_powers(mirrored):
    """u**p is exp(p s) by the clock, whose derivatives are p**k exp(p s)."""
    t = -T[::-1] if mirrored else T
    clock, p = log_clock(t), 2.5
    u, sign = (t - clock.origin) / clock.unit, np.sign(clock.unit)
    by_clock = np.array([(sign * p) ** k * u**p for k in range(5)])
    factors = np.cumprod([1.0, *(p - np.arange(4))])
    exact = np.array([f * u ** (p - k) / clock.unit**k for k, f in enumerate(factors)])
    assert clock.derivatives(t, by_clock) == pytest.approx(exact, rel=1e-9)


def truth(t):
    """A step over a decade, and its second derivative."""
    x = np.log(t / 40.0) / 1.4
    slope = 1.0 / np.cosh(x) ** 2
    return np.tanh(x), -slope * (2.0 * np.tanh(x) / 1.4 + 1.0) / (1.4 * t**2)


@pytest.mark.parametrize("seed", [0, 1])
def test_bands_hold_the_second_derivative_at_the_crowded_end(seed):
    y, second = truth(T)
    y = y + 0.01 * np.random.default_rng(seed).standard_normal(len(T))
    found = tiltyard.differentiate(T, y, orders=(0, 1, 2))
    low, high = found.quantiles[[0, 3], 2]
    assert np.mean((low <= second) & (second <= high)) > 0.9
    assert not found.trusted[2]
    (note,) = (note for note in found.notes if "logarithm" in note)
    assert note.startswith("steps grow by 9.3 % from one to the next")


def test_a_record_at_even_steps_is_estimated_once():
    t = np.linspace(0.0, 6.0, 70)
    found = tiltyard.differentiate(t, np.sin(t) + 0.01 * np.cos(37 * t), orders=(1,))
    assert not any("logarithm" in note for note in found.notes)
