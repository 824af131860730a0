"""Nothing is found where nothing is, and what is found is told with its places."""

import numpy as np
import pytest
from swings import kinds, swing, uneven

from tiltyard.application.examination import Finding, Kind, examine

SEEDS = range(4)


def noisy(t, y, true, rng):
    return y


def exact(t, y, true, rng):
    return true


def offset(t, y, true, rng):
    return y + 1e6


def jump(t, y, true, rng):
    return y + 3.0 * (t > t.mean())


def kink(t, y, true, rng):
    return y + np.abs(t - t.mean())


def outliers(t, y, true, rng):
    y = y.copy()
    y[rng.integers(5, len(y) - 5, 3)] += 20 * rng.standard_normal(3)
    return y


def proportional(t, y, true, rng):
    return np.exp(-t / 5) * (1 + 0.04 * rng.standard_normal(len(t)))


def correlated(t, y, true, rng):
    return true + np.cumsum(rng.standard_normal(len(t))) / 100


def counts(t, y, true, rng):
    return rng.poisson(20 + 900 * np.exp(-((t - 10) ** 2) / 10)).astype(float)


def line(t, y, true, rng):
    return 2 * t + 0.01 * rng.standard_normal(len(t))


def constant(t, y, true, rng):
    return 25 + 0.02 * rng.standard_normal(len(t))


CONTROLS = [
    noisy, exact, offset, jump, kink, outliers, proportional, correlated, counts, line, constant,
]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n", [30, 110, 1000])
@pytest.mark.parametrize("record", CONTROLS)
def test_nothing_is_found_where_nothing_is(record, n, seed):
    rng = np.random.default_rng([seed, n, 5])
    t, y, true = swing(seed, n)
    samples = record(t, y, true, rng)
    for times in (t, uneven(t, seed)):
        found = examine(times, samples)
        assert kinds(found) == [] and found.counts.all() and found.samples_per_step >= 1
        assert np.array_equal(found.t, times) and np.array_equal(found.y, samples)


def test_few_samples_are_no_trouble():
    for n in range(1, 12):
        t, y, _ = swing(n, n)
        assert examine(t, y).counts.all()
        assert examine(t, np.zeros(n)).counts.all()


def test_arrays_that_are_given_stay_as_they_are():
    t = np.linspace(0, 10, 100)
    y = 100 * t % 360
    before = y.copy()
    examine(t, y)
    assert np.array_equal(y, before)


@pytest.mark.parametrize(
    ("t", "y", "words"),
    [
        ([0, 1, 1], [1, 2, 3], "times must increase; 1 follows on 1"),
        ([0, 1, 2], [1, np.nan, 3], "must be finite"),
        ([0, 1, 2], [1, 2], r"\(3,\) and samples of shape \(2,\)"),
    ],
)
def test_records_that_are_none_are_refused(t, y, words):
    with pytest.raises(ValueError, match=words):
        examine(np.array(t, dtype=float), np.array(y, dtype=float))


def test_five_places_are_listed_and_the_others_counted():
    places = tuple((float(i), float(i + (i == 2))) for i in range(8))
    finding = Finding(Kind.GAP, "here: {places}.", np.zeros(0), places)
    assert finding.note == "here: 0, 1, 2 to 3, 3, 4 and 3 more."
    assert finding.told(lambda time: f"day {time:g}").startswith("here: day 0, day 1, day 2 to day")


def test_places_have_digits_enough_for_their_steps():
    t, y, _ = swing(2)
    y += 12
    y[[40, 41, 70]] = 0.0
    epoch = 1_741_000_000.0 + np.round(60 * t)
    note = examine(epoch, y).findings[0].note
    assert f"{epoch[40]:.10g} to {epoch[41]:.10g}" in note
