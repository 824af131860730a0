"""The conformance suite: every estimator of both languages but the controls, by property.

An exemption must be true: where an estimator declares that it does not satisfy a property, the
test is that it does not. The ten properties of Julia's estimators are asked for in Julia, by
julia/test/conformance.jl; what is asked of them here it does not ask, or it concerns the bridge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
import pytest
from conformance import (
    MOVES,
    NOISE,
    PROPERTIES,
    SAMPLES,
    all_orders,
    base,
    base_estimate,
    between,
    evaluate,
    moved_together,
    rms_errors,
    samples,
    times,
)

from tiltyard.engine.catalogue import all_methods
from tiltyard.engine.methods.method import Registry
from tiltyard.studies.derivatives import contract as estimator
from tiltyard.studies.derivatives import running as evaluation
from tiltyard.studies.derivatives.contract import Estimator, reason_unsupported
from tiltyard.studies.derivatives.importing import load_plugin, load_python, packages
from tiltyard.studies.derivatives.julia.runtime import JuliaMissing
from tiltyard.studies.derivatives.kind import Derivatives

pytestmark = pytest.mark.usefixtures("julia_stops")


def python_entries() -> Iterator[Any]:
    """A parameter for every estimator in Python, of installed packages too."""
    own = {entry.key for entry in load_python()}
    brought = {e.key: e for one in packages() for e in load_plugin(one.references)}
    more = [entry for key, entry in brought.items() if key not in own]
    for entry in [*load_python(), *more]:
        if not entry.is_control:  # they are given the truth
            marks = [pytest.mark.slow] if "slow" in entry.tags else []
            yield pytest.param(entry, id=f"{entry.name}-python", marks=marks)


def julia_entries() -> Iterator[Any]:
    """The same in Julia; a skipped one stands for all where there is no Julia.

    From the catalogue that is remembered: no Julia starts for a list of tests.
    """
    try:
        known = all_methods(Derivatives(), {})
    except JuliaMissing as error:
        yield pytest.param(
            None, id="julia", marks=[pytest.mark.julia, pytest.mark.skip(reason=str(error))]
        )
        return
    for entry in known:
        if entry.language == "julia":
            yield pytest.param(entry, id=f"{entry.name}-julia", marks=pytest.mark.julia)


PYTHON = list(python_entries())
every_estimator = pytest.mark.parametrize("entry", [*PYTHON, *julia_entries()])
every_estimator_in_python = pytest.mark.parametrize("entry", PYTHON)


def holds(name: str, entry: Estimator) -> None:
    """Check the property, or that the exemption from it is true."""
    check: Callable[[Estimator], Any] = PROPERTIES[name]
    if name not in entry.exempt:
        check(entry)
        return
    try:
        check(entry)
    except Exception:
        return
    pytest.fail(f"{entry} satisfies {name}: remove its exemption ({entry.exempt[name]!r})")


def test_every_property_that_can_be_exempt_is_checked():
    assert set(PROPERTIES) == set(estimator.PROPERTIES)


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_check_can_fail(name, monkeypatch):
    calls = count()

    def broken(t, y, t_eval, orders):
        return np.full((len(orders), len(t_eval)), 1000.0 - next(calls) + t_eval[0])

    entry = Estimator(
        name="broken",
        family="learning",
        max_order=2,
        exact_degree=1,
        min_samples=5,
        function=broken,
        exempt={name: "it is broken"},
    )
    registry: Registry[Estimator] = Registry()
    registry.add(entry)
    monkeypatch.setattr(evaluation, "ESTIMATORS", registry)
    with pytest.raises(AssertionError):
        PROPERTIES[name](entry)
    holds(name, entry)


@pytest.fixture
def interpolation(monkeypatch):
    """A function that registers linear interpolation, with a fault added to it."""

    def make(fault=lambda t, y, t_eval: 0.0, exempt=None):
        entry = Estimator(
            name="interpolation",
            family="spline",
            max_order=0,
            exact_degree=1,
            min_samples=2,
            function=lambda t, y, at, orders: [np.interp(at, t, y) + fault(t, y, at)],
            exempt=exempt or {},
        )
        registry: Registry[Estimator] = Registry()
        registry.add(entry)
        monkeypatch.setattr(evaluation, "ESTIMATORS", registry)
        moved_together.cache_clear()  # its functions are not told apart
        base.cache_clear()
        return entry

    return make


def test_an_exemption_that_is_not_true_fails(interpolation):
    entry = interpolation(exempt={"t_shift": "a lie"})
    with pytest.raises(pytest.fail.Exception, match="remove its exemption"):
        holds("t_shift", entry)


def test_writing_into_the_arguments_is_noticed(interpolation):
    def write(t, y, at):
        y[3] += 1e-9
        return 0.0

    with pytest.raises(AssertionError, match="wrote into its arguments"):
        base(interpolation(write))


#: Faults that touch one way of moving the data and no other, 1e-4 of the samples' deviation.
FAULTS = {
    "y_shift": lambda t, y, at: 1e-4 * np.mean(y),
    "y_scale": lambda t, y, at: 1e-4,
    "t_shift": lambda t, y, at: 1e-4 * np.std(y) * (np.max(np.abs(t)) > 100.0),
    "time_reversal": lambda t, y, at: 1e-4 * np.std(y) * (at - t[0]) / (t[-1] - t[0]),
}


@pytest.mark.parametrize("broken", MOVES)
@pytest.mark.parametrize("others_exempt", [False, True])
def test_moving_in_all_ways_at_once_hides_no_fault(interpolation, broken, others_exempt):
    exempt = {name: "not asked" for name in MOVES if name != broken} if others_exempt else {}
    entry = interpolation(FAULTS[broken], exempt)
    with pytest.raises(AssertionError):
        PROPERTIES[broken](entry)
    for name in {*MOVES, "t_stretch"} - {broken}:
        PROPERTIES[name](entry)


@every_estimator_in_python
def test_polynomial(entry):
    holds("polynomial", entry)


@every_estimator_in_python
def test_y_shift(entry):
    holds("y_shift", entry)


@every_estimator_in_python
def test_y_scale(entry):
    holds("y_scale", entry)


@every_estimator_in_python
def test_t_shift(entry):
    holds("t_shift", entry)


@every_estimator_in_python
def test_t_stretch(entry):
    holds("t_stretch", entry)


@every_estimator_in_python
def test_time_reversal(entry):
    holds("time_reversal", entry)


@every_estimator_in_python
def test_falls_with_noise(entry):
    holds("falls_with_noise", entry)


@every_estimator_in_python
def test_not_constant(entry):
    holds("not_constant", entry)


@every_estimator_in_python
def test_repeatable(entry):
    holds("repeatable", entry)


@every_estimator_in_python
def test_t_eval(entry):
    holds("t_eval", entry)


@every_estimator
def test_shape_and_finite_values_and_untouched_arguments(entry):
    estimate = base(entry)  # `evaluate` has checked shapes and arguments
    assert np.isfinite(estimate.values).all()
    assert (estimate.standard_deviation is not None) == entry.standard_deviation
    if entry.standard_deviation:
        deviation = estimate.standard_deviation
        # NaN says that the estimator's own model has no derivative of that order.
        assert np.all(np.isnan(deviation) | ((deviation >= 0) & np.isfinite(deviation)))
        assert np.isfinite(deviation[0]).all()


@every_estimator
def test_orders_can_be_asked_for_alone(entry):
    t, last = times(SAMPLES), entry.max_order
    every = base_estimate(entry)[last]
    alone = evaluate(entry, t, samples(t, NOISE), between(t), (last,)).values[0]
    # 1e-8: rounding, as for t_eval.
    assert np.max(np.abs(alone - every)) <= 1e-8 * np.max(np.abs(every))


@every_estimator
def test_constant_samples(entry):
    t = times(SAMPLES)
    assert np.isfinite(evaluate(entry, t, np.full(SAMPLES, 2.5)).values).all()


@every_estimator
def test_fewest_samples(entry):
    t = times(entry.min_samples)
    assert np.isfinite(evaluate(entry, t, samples(t, NOISE)).values).all()
    assert f"at least {entry.min_samples} samples" in reason_unsupported(entry, t[:-1])


@every_estimator
def test_uneven_times(entry):
    t = times(SAMPLES, uneven=True)
    if not entry.uneven:
        assert "evenly spaced" in reason_unsupported(entry, t)
        return
    found = evaluate(entry, t, samples(t, NOISE), t, all_orders(entry)[:2]).values
    even = rms_errors(between(times(SAMPLES)), base_estimate(entry)[:2])
    # The longest step is 7/6 of the even one, the shortest 2/3: errors may grow a few times.
    assert np.all(rms_errors(t, found) <= 5.0 * even + NOISE)


@every_estimator
def test_missing_samples(entry):
    t = np.delete(times(SAMPLES), [7, 19, 20, 33])
    if not entry.uneven:
        assert "evenly spaced" in reason_unsupported(entry, t)
        return
    found = evaluate(entry, t, samples(t, NOISE), t, all_orders(entry)[:2]).values
    even = rms_errors(between(times(SAMPLES)), base_estimate(entry)[:2])
    # The longest step is three of the even ones, and methods of low order pay its square.
    assert np.all(rms_errors(t, found) <= 10.0 * even + NOISE)
