"""Saturation and censoring are found, and what only looks like them is not."""

import numpy as np
import pytest
from swings import kinds, swing, uneven

from tiltyard.application.examination import Kind, examine

SEEDS = range(4)


def clipped(seed, n=110, shares=(0.0, 0.15), noise=0.01, **more):
    t, y, true = swing(seed, n, noise, **more)
    low, high = (float(f"{q:.3g}") for q in np.quantile(true, [shares[0], 1 - shares[1]]))
    low = low if shares[0] else -np.inf
    high = high if shares[1] else np.inf
    return t, np.clip(y, low, high), (y <= low) | (y >= high), (low, high)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shares", [(0.0, 0.15), (0.2, 0.0), (0.1, 0.1)])
@pytest.mark.parametrize("n", [90, 600])
def test_exactly_the_clipped_samples_are_left_out_and_their_side_is_known(seed, shares, n):
    t, y, beyond, (low, high) = clipped(seed, n, shares)
    found = examine(t, y)
    assert np.array_equal(~found.counts, beyond)
    assert set(found.reasons[beyond]) == {Kind.LIMIT}
    assert {(limit.value, limit.above) for limit in found.censored} == {
        (value, above) for value, above in ((low, False), (high, True)) if np.isfinite(value)
    }
    assert all(np.all(y[limit.at] == limit.value) for limit in found.censored)


@pytest.mark.parametrize("seed", SEEDS)
def test_scale_offset_sign_time_and_uneven_steps_change_nothing(seed):
    t, y, beyond, _ = clipped(seed, shares=(0.1, 0.1))
    for times, samples in (
        (t, 1e-9 * y), (t, 1e9 * y), (t, y - 55), (t, -3.7 * y), (1.7e9 + 60 * t, y),
        (uneven(t, seed), y),
    ):  # fmt: skip
        assert np.array_equal(~examine(times, samples).counts, beyond)
    assert np.array_equal(~examine(-t[::-1], y[::-1]).counts, beyond[::-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_decay_into_noise_whose_negative_readings_are_zero_is_censored_there(seed):
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 10, 120)
    y = 3 * np.exp(-0.8 * t) + 0.02 * rng.standard_normal(120)
    found = examine(t, np.maximum(y, 0))
    assert np.array_equal(~found.counts, y <= 0) and kinds(found) == ["limit"]


def test_the_note_says_which_limit_and_from_when_to_when():
    t = np.arange(100.0)
    y = np.minimum(10 * np.sin(t / 12), 8.0) + 0.0
    y[y < 8] += 0.03 * np.random.default_rng(1).standard_normal(np.count_nonzero(y < 8))
    y = np.minimum(y, 8.0)
    (finding,) = examine(t, y).findings
    assert finding.note.startswith(f"{np.count_nonzero(y == 8)} samples at the highest value, 8,")
    first = np.flatnonzero(y == 8)
    assert f"at {first[0]} to " in finding.note and "«at it or above»" in finding.note
    assert np.array_equal(finding.times, t[first])


@pytest.mark.parametrize("seed", SEEDS)
def test_one_zero_is_no_limit_for_the_lowest_may_have_been_subtracted(seed):
    t, y, _ = swing(seed)
    assert examine(t, y - y.min()).counts.all() and examine(t, y - y[0]).counts.all()


def rest_before_onset(u, rng):
    return np.maximum(u - 0.4, 0) ** 2


def rest_before_noise(u, rng):
    return np.where(u > 0.4, 4 * (u - 0.4) ** 2 + 0.01 * rng.standard_normal(len(u)), 0.0)


def level_reached_exactly(u, rng):
    return np.tanh(60 * (u - 0.4))


def level_reached_in_noise(u, rng):
    return 1 - np.exp(-12 * u) + 0.01 * rng.standard_normal(len(u))


def level_reached_in_steps(u, rng):
    return np.round(5 * (1 - np.exp(-12 * u)), 1)


def turning_points_in_steps(u, rng):
    return np.round(2 * np.sin(9 * u + rng.uniform(0, 6)) / 0.2) * 0.2


def few_counts(u, rng):
    return rng.poisson(0.1, len(u)).astype(float)


def counts_of_a_peak_on_nothing(u, rng):
    return rng.poisson(0.05 + 400 * np.exp(-(((u - 0.5) / 0.1) ** 2) / 2)).astype(float)


def switch(u, rng):
    return (np.sin(40 * u) > 0).astype(float)


def ramp_between_levels(u, rng):
    return 20 + np.clip(3 * u - 1, 0, 1)


def constant(u, rng):
    return np.full(len(u), 20.0)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n", [40, 110, 700])
@pytest.mark.parametrize(
    "record",
    [
        rest_before_onset, rest_before_noise, level_reached_exactly, level_reached_in_noise,
        level_reached_in_steps, turning_points_in_steps, few_counts, counts_of_a_peak_on_nothing,
        switch, ramp_between_levels, constant,
    ],
)  # fmt: skip
def test_what_rests_or_turns_is_no_limit(record, n, seed):
    u = np.linspace(0, 1, n)
    found = examine(10 * u, record(u, np.random.default_rng([seed, n])))
    assert found.counts.all() and set(kinds(found)) <= {"resolution"}
