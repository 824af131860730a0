"""Angles and counters are unwrapped; resets, jumps and switches are left as they are."""

import numpy as np
import pytest
from swings import kinds, swing

from tiltyard.application.examination import examine

SEEDS = range(4)
PERIODS = [(360, 0), (360, -180), (2 * np.pi, -np.pi), (2 * np.pi, 0), (400, 0), (1, 0), (24, 0)]


def turning(seed, n=200, turns=4.0, noise=0.005):
    """Times and an angle in turns, with noise."""
    rng = np.random.default_rng([seed, n])
    t = np.linspace(0, 12, n)
    angle = rng.uniform(-2, 2) + rng.choice([-1, 1]) * (turns * t / 12 + 0.2 * np.sin(t))
    return t, angle + noise * rng.standard_normal(n)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("period", "start"), PERIODS)
@pytest.mark.parametrize(("n", "turns"), [(40, 1.2), (200, 4.0), (900, 30.0)])
def test_an_angle_goes_on_beyond_its_range(seed, period, start, n, turns):
    t, angle = turning(seed, n, turns)
    true = period * angle
    wrapped = (true - start) % period + start
    found = examine(t, wrapped)
    crossings = np.count_nonzero(np.abs(np.diff(wrapped)) > period / 2)
    assert kinds(found) == (["wrapped"] if crossings else [])
    assert np.ptp(found.y - true) < 1e-9 * period and found.counts.all()
    assert len(found.findings[0].times) == crossings
    assert f"wrap around by {period:.6g} " in found.findings[0].note


@pytest.mark.parametrize("bits", [8, 12, 16, 32])
def test_a_counter_that_overflows_goes_on(bits):
    t = np.arange(150.0)
    total = np.floor(2**bits * (0.4 + t / 60 + 0.1 * np.sin(t / 15)))
    found = examine(t, total % 2**bits)
    assert kinds(found)[0] == "wrapped" and np.ptp(found.y - total) == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_near_the_border_goes_back_and_forth(seed):
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 10, 150)
    heading = 8 * np.sin(t + rng.uniform(0, 6)) + 2 * rng.standard_normal(150)
    found = examine(t, heading % 360)
    assert kinds(found) == ["wrapped"] and np.ptp(found.y - heading) < 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_whole_degrees_near_the_border_are_no_dropouts(seed):
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 10, 150)
    heading = np.round(8 * np.sin(t + rng.uniform(0, 6)) + 1.5 * rng.standard_normal(150))
    found = examine(t, heading % 360)
    assert kinds(found)[0] == "wrapped" and found.counts.all()
    assert np.ptp(found.y - heading) == 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("top", [280, 340, 360, 24, 1, 2 * np.pi])
def test_a_vessel_that_is_emptied_is_not_unwrapped(seed, top):
    rng = np.random.default_rng(seed)
    u = np.linspace(0, 1, 240) * 3 % 1
    y = 0.99 * top * (1 - np.exp(-2.5 * u)) / (1 - np.exp(-2.5))
    y += 0.003 * top * rng.standard_normal(240)
    assert "wrapped" not in kinds(examine(np.linspace(0, 12, 240), y))


@pytest.mark.parametrize("noise", [0.0, 0.004])
def test_a_switch_is_not_unwrapped(noise):
    t = np.linspace(0, 10, 200)
    y = 0.02 + 0.96 * (np.sin(5 * t) > 0) + noise * np.random.default_rng(1).standard_normal(200)
    assert "wrapped" not in kinds(examine(t, y))
    assert "wrapped" not in kinds(examine(t, (np.sin(5 * t) > 0).astype(float)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_jump_by_a_turn_within_other_values_is_not_unwrapped(seed):
    t, y, _ = swing(seed)
    y = 60 * y
    y[50:] += 360
    assert "wrapped" not in kinds(examine(t, y))
