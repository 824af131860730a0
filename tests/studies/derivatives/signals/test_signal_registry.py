"""The registry of signals and what every signal must tell about itself."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tiltyard.studies.derivatives.signals import SIGNALS, find_signal
from tiltyard.studies.derivatives.signals.base import (
    decimal,
    evenly_spread,
    long_double,
    register,
    spread,
)

BIBLIOGRAPHY = Path(__file__).parents[4] / "docs" / "references.bib"
every_signal = pytest.mark.parametrize("signal", SIGNALS.values(), ids=SIGNALS)


def test_registry_holds_the_systems_and_at_least_ten_closed_forms():
    kinds = [signal.kind for signal in SIGNALS.values()]
    assert {"lotka_volterra", "van_der_pol", "lorenz"} <= SIGNALS.keys()
    assert kinds.count("analytic") >= 10
    assert kinds.count("ode") >= 10
    assert set(kinds) == {"ode", "analytic", "piecewise"}


@every_signal
def test_signal_explains_itself(signal):
    assert SIGNALS[signal.name] is signal
    assert len(signal.explanation) > 20
    for name in signal.parameters:
        assert re.search(rf"\b{name}\b", signal.expression), name
        assert f"{name} = " in signal.description


@every_signal
def test_citations_are_in_the_bibliography(signal):
    known = re.findall(r"^@\w+\{(\w+),", BIBLIOGRAPHY.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(signal.cites) <= set(known)


@every_signal
def test_times_are_even_and_include_both_ends(signal):
    t = signal.times(101)
    assert t.dtype == np.float64
    assert (t[0], t[-1]) == signal.interval
    # linspace rounds each time by itself: to eps of the largest, twice per step.
    np.testing.assert_allclose(np.diff(t), (t[-1] - t[0]) / 100, rtol=1e-12)


@every_signal
def test_no_derivative_is_constant(signal):
    assert np.all(np.ptp(signal.derivatives(signal.times(101)), axis=1) > 0)


def test_unknown_signal_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'lorentz' is unknown; known are .*lorenz, .*runge"):
        find_signal("lorentz")


def test_one_sample_is_refused():
    with pytest.raises(ValueError, match="lorenz: 1 samples; at least 2"):
        find_signal("lorenz").times(1)


def test_registering_a_name_twice_is_refused():
    with pytest.raises(ValueError, match="'runge' is registered twice"):
        register(SIGNALS["runge"])


@pytest.mark.parametrize("name", ["Runge", "two words", "runge-2"])
def test_names_that_do_not_fit_an_id_are_refused(name):
    with pytest.raises(ValueError, match="lower case letters"):
        register(replace(SIGNALS["runge"], name=name))


def test_parameters_reach_long_double_unrounded():
    beta = SIGNALS["lorenz"].parameters["beta"]
    assert decimal(beta) == "8/3"
    assert decimal(SIGNALS["lotka_volterra"].parameters["alpha"]) == "1.5"
    # Half a unit in the last place of a number between 2 and 4.
    assert abs(3 * long_double(beta) - 8) <= 3 * 2 * np.finfo(np.longdouble).eps


def test_few_indices_are_all_taken_and_many_are_thinned_evenly():
    assert evenly_spread(4, 11).tolist() == [0, 1, 2, 3]
    assert evenly_spread(101, 11).tolist() == list(range(0, 101, 10))


def test_spread_of_rows_that_vary_are_constant_or_vanish():
    rows = np.array([[1, 2, 3], [-5, -5, -5], [0, 0, 0]], dtype=np.longdouble)
    assert spread(rows).tolist() == [1, 5, 1]
