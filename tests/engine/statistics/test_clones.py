"""A planted clone raises its alarm; what is sound or declared raises none."""

import numpy as np
from planted_study import CELL, summary_of

from tiltyard.engine.statistics.alarms import Alarm, alarm_table, identical_scores

NAN = float("nan")
OWN, OTHER = np.random.default_rng(2).uniform(0.1, 1.0, (2, 6, 3))


def clones(errors, same=None, **facts):
    return list(identical_scores(summary_of(errors, **facts), CELL, same or {}))


def test_planted_clone_is_found_with_other_rounding_and_a_failure():
    copy = OWN * (1 + 1e-12)
    copy[2] = NAN
    (alarm,) = clones({"a": OWN, "copy": copy, "other": OTHER})
    assert (alarm.kind, alarm.method, alarm.language) == ("identical scores", "a", "python")
    assert "copy (python)" in alarm.message and "5 cells" in alarm.where


def test_two_that_differ_in_one_cell_are_no_clones():
    almost = OWN.copy()
    almost[3, 0] *= 1.001
    assert not clones({"a": OWN, "almost": almost})


def test_same_name_in_two_languages_and_declared_copies_are_known():
    assert not clones({("a", "python"): OWN, ("a", "julia"): OWN})
    errors = {"a": OWN, "copy": OWN, "another": OWN}
    assert len(clones(errors)) == 3
    assert not clones(errors, {"copy": "a", "another": "a"})
    assert len(clones(errors, {"copy": "a"})) == 2  # with the undeclared one


def test_controls_and_errors_of_zero_are_no_evidence():
    assert not clones({"a": 0.0 * OWN, "b": 0.0 * OWN})
    assert not clones({"zero": OWN, "a": OWN}, tags={"zero": "control"})


def test_table_of_no_alarm_has_the_columns():
    assert list(alarm_table([])) == ["kind", "method", "language", "where", "message"]
    assert str(Alarm("k", "", "", "here", "wrong")) == "here: k: wrong"
    assert str(Alarm("k", "a", "julia", "there", "odd")) == "a (julia), there: k: odd"
