"""Controls that look at the truth: never worse than their siblings, and the model-aware limit."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tiltyard.engine.outcome import UnsupportedError
from tiltyard.studies.derivatives.contract import Array, Estimate, as_estimate
from tiltyard.studies.derivatives.dataset import compute_truth
from tiltyard.studies.derivatives.importing import load_python
from tiltyard.studies.derivatives.metrics import errors_of
from tiltyard.studies.derivatives.numerics.truth_tuning import NearestToTruth, tune

CATALOGUE = {entry.name: entry for entry in load_python()}
ORACLES = sorted(name for name, entry in CATALOGUE.items() if "oracle" in entry.tags)
ORDERS = tuple(range(8))
TRUTH = compute_truth("lotka_volterra", 51)
NOISE = 0.01 * float(np.std(TRUTH.exact[0]))
Y = TRUTH.exact[0] + NOISE * np.random.default_rng(3).standard_normal(51)


@cache
def estimate(name: str) -> Estimate:
    entry = CATALOGUE[name]
    orders = ORDERS[: entry.max_order + 1]
    extra = {"exact": TRUTH.exact[: len(orders)]} if entry.is_control else {}
    result = entry.function(TRUTH.t, Y, TRUTH.t, orders, **extra)
    return as_estimate(result, (len(orders), len(TRUTH.t)))


def errors(name: str) -> Array:
    values = estimate(name).values
    return np.array(
        [errors_of(row, exact)["nrmse"] for row, exact in zip(values, TRUTH.exact, strict=False)]
    )


def test_every_oracle_is_that_of_an_automatic_estimator() -> None:
    named = {entry.oracle for entry in CATALOGUE.values() if entry.oracle}
    assert named == set(ORACLES)


@pytest.mark.parametrize("name", ORACLES)
def test_settings_are_given_for_every_order(name: str) -> None:
    for values in estimate(name).settings.values():
        assert len(values) == len(estimate(name).values)


@pytest.mark.parametrize(
    ("oracle", "automatic"),
    [
        ("oracle_gaussian_process_se", "gaussian_process_se"),
        ("oracle_smoothing_spline", "smoothing_spline_gcv"),
        ("oracle_chebyshev", "chebyshev"),
    ],
)
def test_an_oracle_is_not_worse_than_the_same_model(oracle: str, automatic: str) -> None:
    """1.01: a grid, however refined, may stop short of a minimum that the other found."""
    assert np.all(errors(oracle) <= 1.01 * errors(automatic))


def test_tuning_finds_the_minimum_of_each_order() -> None:
    """Errors |p - 1/3| and |p - 0.8|: after two refinements within 1/18 of a step of 0.25."""
    exact = np.array([[1.0 / 3.0] * 4, [0.8] * 4])
    best = NearestToTruth(exact)
    tune(
        best,
        lambda p: np.tile(p[:, None, None], (2, 4)),
        np.linspace(0.0, 1.0, 5),
        "p",
        model="line",
    )
    found = best.estimate()
    assert np.abs(found.values - exact).max() <= 0.25 / 18 + 1e-12
    assert found.settings["model"] == ["line", "line"]


def test_what_is_not_finite_loses() -> None:
    best = NearestToTruth(np.zeros((1, 3)))
    best.offer(np.full((1, 3), np.nan), p=0)
    with pytest.raises(RuntimeError, match="no candidate"):
        best.estimate()
    best.offer(np.full((1, 3), 7.0), p=1)
    assert best.estimate().settings == {"p": [1]}


@pytest.mark.parametrize("signal", ["lotka_volterra", "van_der_pol", "lorenz"])
@pytest.mark.parametrize("level", [0.0, 0.01])
def test_the_fitted_model_is_far_better_than_the_noise(signal: str, level: float) -> None:
    """At most 6 numbers from 101 samples: error below sqrt(6 / 101) = 0.24 noise, 0.5 to be sure.

    Without noise, 1e-11 is what the least squares' own tolerance leaves at order 7.
    """
    truth = compute_truth(signal, 101)
    noise = level * float(np.std(truth.exact[0]))
    y = truth.exact[0] + noise * np.random.default_rng(1).standard_normal(101)
    result = CATALOGUE["model_fit"].function(
        truth.t, y, truth.t, ORDERS, exact=truth.exact, signal=signal
    )
    found = [
        errors_of(row, exact)["nrmse"]
        for row, exact in zip(result.values, truth.exact, strict=True)
    ]
    assert found[0] <= 0.5 * level + 1e-12
    assert max(found) <= 5.0 * level + 1e-11


def test_the_fitted_model_does_not_depend_on_where_its_arrays_lie() -> None:
    """One combination of the parameters is not determined: rounding must not choose it."""
    truth = compute_truth("lotka_volterra", 101)
    y = truth.exact[0] + 0.05 * np.random.default_rng(1).standard_normal(101)
    found = set()
    for place in range(16):
        kept = [np.ones(7 * place + 1) for _ in range(place)]
        room = np.empty(101 + place)
        room[place:] = y
        result = CATALOGUE["model_fit"].function(
            truth.t, room[place:], truth.t, (0,), exact=truth.exact[:1], signal="lotka_volterra"
        )
        found.add((*result.settings.values(), result.values.tobytes()))
        del kept
    assert len(found) == 1


def test_a_closed_form_has_no_model_to_fit() -> None:
    truth = compute_truth("runge", 51)
    with pytest.raises(UnsupportedError, match="runge"):
        CATALOGUE["model_fit"].function(
            truth.t, truth.exact[0], truth.t, (0,), exact=truth.exact[:1], signal="runge"
        )
