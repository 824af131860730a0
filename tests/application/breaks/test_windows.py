"""Windows cover a record, stay in place when samples are taken out, and none of worth is missed."""

import numpy as np
import pytest

from tiltyard.application.breaks import search as module
from tiltyard.application.breaks.search import find_interventions
from tiltyard.application.breaks.windows import FEWEST, MOST, Window, alike, windows_of


@pytest.mark.parametrize("n", [FEWEST, 30, 97, 400, 5003])
def test_windows_of_each_width_cover_the_record_and_are_small_enough(n):
    windows = list(windows_of(0, n, np.zeros(n, dtype=bool)))
    t = np.linspace(0.0, 1.0, n)
    assert all(FEWEST <= len(window.of(t)) <= MOST for window in windows)
    whole, *parts = windows
    np.testing.assert_array_equal(whole.samples, np.arange(n))
    for width in {len(window.samples) for window in parts}:
        own = [window.samples for window in parts if len(window.samples) == width]
        np.testing.assert_array_equal(np.unique(np.concatenate(own)), np.arange(n))


def test_an_outlier_changes_only_the_windows_that_it_lies_in():
    outlying = np.zeros(400, dtype=bool)
    before = {window.key for window in windows_of(0, 400, outlying)}
    outlying[150] = True
    after = {window.key for window in windows_of(0, 400, outlying)}
    assert all(first <= 150 <= last for first, last, _, _ in before - after)
    assert len(before & after) > len(before) / 2
    assert not any(150 in window.samples for window in windows_of(0, 400, outlying))


def test_means_are_those_of_neighbours():
    window = Window(np.arange(10, 17), block=2)
    np.testing.assert_array_equal(window.of(np.arange(20.0)), [10.5, 12.5, 14.5])


def test_windows_are_alike_that_have_the_same_steps():
    outlying = np.zeros(300, dtype=bool)
    windows = list(windows_of(0, 300, outlying))
    even, uneven = np.linspace(0, 1, 300), np.sort(np.random.default_rng(1).uniform(0, 1, 300))
    assert len(alike(windows, even)) == len({len(window.of(even)) for window in windows})
    assert len(alike(windows, uneven)) == len(windows)


@pytest.mark.parametrize("seed", range(6))
def test_a_first_look_misses_nothing_that_a_close_look_finds(seed, monkeypatch):
    rng = np.random.default_rng([seed, 40])
    n = 160
    t = np.linspace(0, 20, n) if seed % 2 else np.sort(rng.uniform(0, 20, n))
    noise = rng.choice([1e-4, 0.01, 0.05])
    y = np.sin(t + seed) + noise * rng.standard_normal(n)
    place = rng.uniform(5, 15)
    late = np.maximum(t - place, 0.0)
    y += [12 * noise * (late > 0), 3 * np.sqrt(noise) * late, 0 * late][seed % 3]
    y[rng.choice(n, 2, replace=False)] += 15 * noise
    quick = find_interventions(t, y)
    monkeypatch.setattr(module, "MARGIN", np.inf)  # every window is compared with all processes
    close = find_interventions(t, y)
    assert quick.breaks == close.breaks
    np.testing.assert_array_equal(quick.outlying, close.outlying)


def test_more_is_asked_of_an_effect_in_a_longer_record():
    short, long = (module._Record(np.arange(n), np.arange(n), None) for n in (500, 500_000))
    assert short.more == 0
    assert long.more == pytest.approx(np.log(100))
