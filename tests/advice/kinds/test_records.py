"""Records of every kind: the same from the same seed, and with a truth that is one."""

import numpy as np
import pytest

from tiltyard.advice.kinds import ORDERS, Where, find_kinds, kinds
from tiltyard.advice.kinds.broken import JUMP
from tiltyard.advice.kinds.jets import Jet, sine
from tiltyard.advice.kinds.record import in_pieces

KINDS = kinds()
SEEDS = range(5)
#: Share of a derivative's size by which its increase over a step may miss that of the next order.
#: The last has no derivative of its own to correct the trapezium by, and few samples have wide
#: steps.
TOLERATED = (2e-3, 5e-3, 0.15)
#: Kinds whose samples are not the signal plus noise.
CHANGED = ("held", "staircase", "quantised", "wrapped angle", "constant")


@pytest.mark.parametrize("name", KINDS)
def test_the_same_seed_gives_the_same_record_and_another_another(name):
    one, same, other = (KINDS[name].record(seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.t, same.t)
    np.testing.assert_array_equal(one.y, same.y)
    np.testing.assert_array_equal(one.exact, same.exact)
    assert one.breaks == same.breaks
    assert one.y.shape != other.y.shape or np.any(one.y != other.y)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "measured abscissa"])
def test_each_order_is_the_derivative_of_the_one_before(name):
    """The increase over a step is the integral, by the trapezium and Euler and Maclaurin's term."""
    for seed in SEEDS:
        record = KINDS[name].record(seed)
        assert np.all(np.diff(record.t) > 0)
        for start, stop in record.edges():
            own = (record.t > start) & (record.t < stop)
            misses = _misses(record.t[own], record.exact[:, own])
            sizes = [np.ptp(record.exact[0]), *np.abs(record.exact[1:3]).max(axis=1)]
            for order, (miss, size) in enumerate(zip(misses, sizes, strict=True)):
                assert miss <= TOLERATED[order] * size + 1e-9, f"seed {seed}, order {order}"


def _misses(t, exact):
    steps = np.diff(t)
    for order in ORDERS[:-1]:
        area = steps / 2 * (exact[order + 1, 1:] + exact[order + 1, :-1])
        if order + 2 in ORDERS:
            area = area - steps**2 / 12 * np.diff(exact[order + 2])
        yield np.abs(np.diff(exact[order]) - area).max()


def test_a_wrong_truth_is_seen_by_that():
    record = KINDS["smooth"].record(0)
    exact = record.exact.copy()
    exact[1] *= 1.05
    misses = list(_misses(record.t, exact))
    assert misses[0] > TOLERATED[0] * np.ptp(exact[0])


@pytest.mark.parametrize("name", [name for name in KINDS if name not in CHANGED])
def test_samples_that_are_not_strange_are_the_signal_and_its_noise(name):
    for seed in SEEDS:
        record = KINDS[name].record(seed)
        good = ~record.strange
        noise = np.std((record.y - record.exact[0])[good])
        assert noise <= 0.1 * np.std(record.exact[0])


@pytest.mark.parametrize(
    "name", [name for name, kind in KINDS.items() if kind.rule.places is not Where.NONE]
)
def test_a_kind_that_must_name_places_has_some(name):
    for seed in SEEDS:
        record = KINDS[name].record(seed)
        if KINDS[name].rule.places is Where.BREAKS:
            assert record.breaks and not record.strange_places
            assert all(record.t[4] < when < record.t[-5] for when in record.breaks)
        else:
            assert record.strange_places and not record.breaks


def test_places_of_strange_samples_are_runs():
    record = KINDS["dropouts"].record(1)
    for start, stop in record.strange_places:
        own = (record.t >= start) & (record.t <= stop)
        assert record.strange[own].all() and 3 <= own.sum() <= 6
    assert sum(stop > start for start, stop in record.strange_places) in (2, 3)


def test_what_jumps_exists_up_to_that_order_only_where_the_break_is_inside():
    t = np.linspace(0, 1, 40)
    signals = [lambda t: sine(t), lambda t: sine(t) + 3.0]
    rng = np.random.default_rng(1)
    record = in_pieces(t, signals, [0.51], JUMP, rng, (0.01, 0.01))
    assert record.breaks == {0.51: 0}
    assert record.exists(0, 0.0, 1.0) and not record.exists(1, 0.0, 1.0)
    assert record.exists(3, 0.0, 0.5) and record.exists(3, 0.52, 1.0)
    np.testing.assert_allclose(record.exact[1], np.cos(t))
    assert np.ptp(record.exact[0] - np.sin(t)) == pytest.approx(3)
    np.testing.assert_allclose(record.exact[0][t < 0.51], sine(Jet.of_time(t)).values[0][t < 0.51])


def test_an_unknown_kind_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="'wobble': use one of smooth, uneven"):
        find_kinds(["jump", "wobble"])
    assert [kind.name for kind in find_kinds(["jump", "line", "jump"])] == ["jump", "line"]
    assert len(find_kinds(())) == len(KINDS) >= 45
