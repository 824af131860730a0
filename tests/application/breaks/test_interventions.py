"""Planted breaks and outliers are found where they are, and nothing where there is nothing."""

import numpy as np
import pytest

from tiltyard.application.breaks.effects import Effect
from tiltyard.application.breaks.finding import interventions, pieces_of

N = 101
T = np.linspace(0.0, 20.0, N)
SEEDS = range(3)


def agrees(t, y):
    """As if the model always agreed: there are no more than `min_samples`."""
    return None


def record(seed, noise=0.01):
    rng = np.random.default_rng([seed, 7])
    smooth = np.sin(0.6 * T + rng.uniform(0, 6)) + 0.3 * np.cos(0.35 * T)
    return smooth, noise * rng.standard_normal(N), rng


def planted(kind, seed):
    """A record with an effect at sample 60."""
    smooth, noise, _ = record(seed)
    late = np.maximum(T - 0.5 * (T[59] + T[60]), 0.0)
    effect = {Effect.JUMP: 0.15 * (late > 0), Effect.KINK: 0.5 * late, Effect.ONSET: 0.3 * late**2}
    return smooth + noise + effect[kind]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", [Effect.JUMP, Effect.KINK, Effect.ONSET])
def test_a_planted_break_is_found_with_its_kind_and_place(kind, seed):
    found = interventions(T, planted(kind, seed), agrees)
    (one,) = found.breaks
    assert one.kind is kind and abs(one.after - 60) <= 2
    assert not found.outlying.any()
    assert pieces_of(found, N) == [(0, one.after), (one.after, N)]


@pytest.mark.parametrize("seed", SEEDS)
def test_planted_outliers_are_found_and_no_others(seed):
    smooth, noise, _ = record(seed)
    struck = np.isin(np.arange(N), [30, 31, 32, 75, 90])
    y = smooth + noise
    y[30:33] += 0.2
    y[75] -= 0.15
    y[90] += 20.0
    found = interventions(T, y, agrees)
    np.testing.assert_array_equal(found.outlying, struck)
    assert not found.breaks


def test_a_short_stay_elsewhere_is_no_piece():
    smooth, noise, _ = record(0)
    y = smooth + noise
    y[50:58] = 5.0 + np.linspace(0, 2, 8) ** 2
    found = interventions(T, y, agrees)
    np.testing.assert_array_equal(np.flatnonzero(found.outlying), np.arange(50, 58))
    assert not found.breaks


def quiet():
    rng = np.random.default_rng(11)
    white = rng.standard_normal(N)
    bell = 0.05 + np.exp(-(((T - 9) / 2.5) ** 2) / 2)
    return {
        "smooth": record(4)[0] + 0.01 * white,
        "exact": record(4)[0],
        "steep rise": np.tanh((T - 9) / 1.2) + 0.005 * white,
        "narrow peaks": sum(np.exp(-(((T - c) / 0.8) ** 2) / 2) for c in (4, 10, 16))
        + 0.01 * white,
        "relaxation": np.exp(-T / 2.0) + 0.01 * white,
        "line": 2 * T + 0.3 * white,
        "parabola": T**2,
        "constant": 5 + 0.01 * white,
        "proportional noise": 5 * np.exp(-T / 5) * (1 + 0.04 * white),
        "counts": rng.poisson(1000 * bell).astype(float),
    }


@pytest.mark.parametrize("name", quiet())
def test_nothing_is_found_in(name):
    found = interventions(T, quiet()[name], lambda t, y: 0.0)
    assert not found.outlying.any() and not found.breaks


def test_units_change_nothing():
    y = planted(Effect.KINK, 1)
    (plain,), (scaled,) = (
        interventions(a * T + b, c * y + d, agrees).breaks
        for a, b, c, d in ((1, 0, 1, 0), (1e-6, 1e3, 1e9, -1e12))
    )
    assert plain[:3] == scaled[:3]


def test_two_sampling_rates_and_gaps_are_no_breaks():
    rng = np.random.default_rng(5)
    for t in (
        np.concatenate([np.linspace(0, 2, 50), np.linspace(2.2, 20, 50)]),
        np.concatenate([T[:40], T[58:]]),
        np.sort(rng.uniform(0, 20, N)),
    ):
        y = np.sin(0.6 * t) + 0.01 * rng.standard_normal(len(t))
        found = interventions(t, y, lambda t, y: 0.0)
        assert not found.outlying.any() and not found.breaks


def test_a_break_that_the_model_does_not_confirm_is_none():
    y = planted(Effect.KINK, 0)
    asked = []

    def evidence(t, samples):
        asked.append(samples)
        return 5.0 * len(asked)  # the second is 5 nats better, not 6

    assert not interventions(T, y, evidence).breaks
    without, whole = asked
    # What is taken out begins at the kink.
    taken = whole - without
    assert np.all(taken[:50] == 0) and abs(taken[-1]) > 1


def two_kinks(seed):
    """A record with two kinks, each nearer to one sample than to the other."""
    smooth, noise, _ = record(seed)
    places = T[34] + 0.02, T[66] + 0.17
    return smooth + noise + sum(4.0 * np.maximum(T - place, 0.0) for place in places), places


class Bending:
    """A model of the second differences that explains any one kink, and no two of them."""

    def __init__(self, beside):
        self.beside = beside

    def __call__(self, t, y):
        bends = np.abs(np.diff(y, 2)) > 0.15
        kinks = np.count_nonzero(np.diff(np.flatnonzero(bends), prepend=-9) > 3)
        return -[0.0, self.beside, 30.0][kinks]


@pytest.mark.parametrize("seed", SEEDS)
def test_kinks_are_confirmed_together_where_a_model_explains_each_of_them_alone(seed):
    y, places = two_kinks(seed)
    one_gains = 3.0  # less than a kink alone has to
    found = interventions(T, y, Bending(one_gains)).breaks
    assert [one.kind for one in found] == [Effect.KINK, Effect.KINK]
    for one, place in zip(found, places, strict=True):
        assert T[one.before - 1] <= place <= T[one.after + 1]
    assert not interventions(T, y, lambda t, y: -3.0 * (Bending(1.0)(t, y) != 0)).breaks


def test_the_same_samples_are_not_explained_twice():
    asked = []

    def evidence(t, y):
        asked.append(y.tobytes())
        return Bending(3.0)(t, y)

    assert len(interventions(T, two_kinks(0)[0], evidence).breaks) == 2
    assert len(asked) == len(set(asked)) == 4


def test_long_records_are_searched_in_parts():
    t = np.linspace(0, 200, 2000)
    y = np.sin(0.3 * t) + 0.01 * np.random.default_rng(6).standard_normal(2000)
    y[t > 120.02] += 0.3
    y[500] += 0.3
    found = interventions(t, y, agrees)
    (jump,) = found.breaks
    assert t[jump.before] <= 120.02 <= t[jump.after]
    assert np.flatnonzero(found.outlying).tolist() == [500]
