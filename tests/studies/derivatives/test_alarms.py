"""A planted defect of each kind raises its alarm; what is sound or declared raises none."""

import numpy as np
import pytest
from planted_study import CELL, grid, summary_of

from tiltyard.studies.derivatives.alarms import (
    differing_twins,
    flat_estimates,
    inexact_truth,
    not_falling,
)

RNG = np.random.default_rng(2)
NAN = float("nan")
OWN = RNG.uniform(0.1, 1.0, (6, 3))


def twins(python, julia, level=0.1, explained=(), names=("a", "a"), **facts):
    """Alarms of two methods with these errors (orders, trials), by default twins."""
    keys = zip(names, ("python", "julia"), strict=True)
    cells = grid(["sine"], [level], range(len(python)))
    errors = dict(zip(keys, (python, julia), strict=True))
    return list(differing_twins(summary_of(errors, cells, **facts), CELL, "level", explained))


def changed(order, trial, factor):
    """`OWN` with one error that is `factor` times what it was."""
    errors = OWN.copy()
    errors[order, trial] *= factor
    return errors


@pytest.mark.parametrize("trial", [0, 1, 2])
def test_twins_that_differ_in_one_evaluation_are_found_with_cell_and_errors(trial):
    (alarm,) = twins(OWN, changed(4, trial, 1.02))
    assert (alarm.kind, alarm.method, alarm.language) == ("languages differ", "a", "julia")
    assert alarm.where == "1 of 6 cells, as signal sine, level 0.1, order 4"
    assert "in python" in alarm.message and "difference of 0.001 of the larger" in alarm.message
    (alarm,) = twins(changed(4, trial, 1.02), OWN)
    assert alarm.language == "python"


def test_twins_are_compared_where_they_differ_most():
    worse = changed(4, 1, 1.02)
    worse[2] *= 2440.0
    (alarm,) = twins(OWN, worse, level=1e-8)
    assert alarm.where == "2 of 6 cells, as signal sine, level 1e-08, order 2"


def test_twins_that_differ_by_rounding_or_by_name_or_where_one_failed_raise_nothing():
    assert not twins(OWN, changed(4, 1, 1.0005))
    assert not twins(OWN, 3.0 * OWN, names=("a", "b"))
    assert not twins(OWN, np.where(np.arange(3) == 1, NAN, 3.0 * OWN))
    assert not twins(0.0 * OWN, 0.0 * OWN)
    assert not twins(OWN, 3.0 * OWN, tags={"a": "control"})


def test_the_less_noise_there_is_the_more_of_a_difference_is_rounding():
    differing = changed(4, 1, 1.05)
    assert twins(OWN, differing, level=1e-10)
    assert not twins(OWN, differing, level=1e-12)
    assert not twins(OWN, 1e3 * OWN, level=0.0)


def test_twins_can_explain_a_choice_but_no_error_twice_as_large():
    assert not twins(OWN, changed(4, 1, 1.9), explained={"a"})
    assert twins(OWN, changed(4, 1, 1.9), explained={"b"})
    assert twins(OWN, changed(4, 1, 2.1), explained={"a"})


def flat(shares, explained=(), levels=(0.1, 0.2)):
    """Alarms of one method with this share of flat steps by (signal, level), at order 2."""
    signals = [f"s{i}" for i in range(len(shares))]
    cells = grid(signals, levels, [2])
    errors = np.ones((len(cells), 1))
    summary = summary_of({"a": errors}, cells).assign(flat=np.ravel(shares))
    return list(flat_estimates(summary, CELL, "level", "order", explained))


@pytest.mark.parametrize(("share", "word"), [(1.0, "is constant"), (0.8, "is a step function")])
def test_constant_and_steps_at_every_level_are_found(share, word):
    (alarm,) = flat([[share, share]])
    assert alarm.kind == "constant or steps" and word in alarm.message
    assert alarm.where == "order 2, 1 of 1 series, as signal s0"


def test_constant_with_much_noise_alone_is_a_sound_choice():
    assert not flat([[0.1, 1.0]])


def test_steps_have_to_be_in_most_series_and_can_be_explained():
    assert not flat([[1.0, 1.0], [0.0, 0.0]])
    assert flat([[1.0, 1.0], [0.9, 0.9], [0.0, 0.0]])[0].where.startswith("order 2, 2 of 3")
    assert not flat([[1.0, 1.0]], explained={"a"})


def falling(low, high, explained=(), orders=(0,), **facts):
    cells = grid(["s"], [1e-6, 1e-3, 1e-1], orders)
    count = len(orders)
    errors = np.repeat([[low], [0.5 * (low + high)], [high]], count, axis=0)
    summary = summary_of({"a": errors}, cells, **facts)
    return list(not_falling(summary, CELL, "level", "order", 1, explained))


def test_error_that_does_not_fall_is_found():
    for low in (0.3, 0.2):
        (alarm,) = falling(low, 0.2)
        assert (alarm.kind, alarm.method) == ("does not fall with noise", "a")
        assert "at level 1e-06, 0.2 at 0.1" in alarm.message


def test_error_that_falls_is_explained_exact_or_of_high_order_raises_nothing():
    assert not falling(0.1, 0.2)
    assert not falling(0.3, 0.2, explained={"a"})
    assert not falling(0.0, 0.0)
    assert not falling(1.0, 1.0, orders=(2, 7))
    assert not falling(0.3, 0.2, tags={"a": "control,oracle"})


def test_levels_that_are_close_say_nothing():
    cells = grid(["s"], [1e-3, 1e-2], [0])
    summary = summary_of({"a": [[0.3], [0.2]]}, cells)
    assert not list(not_falling(summary, CELL, "level", "order", 1))


def test_truth_beyond_tolerance_or_not_finite_is_found():
    assert not list(inexact_truth("x", np.array([1e-14, 1e-13]), 1e-12))
    (alarm,) = inexact_truth("x", np.array([1e-14, 1e-6, NAN]), 1e-12)
    assert alarm.where == "x" and "orders 1, 2" in alarm.message
