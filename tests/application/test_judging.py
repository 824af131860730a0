"""Bands of people's data: the estimator's quantiles, as wide as the verdict's error."""

import csv
import json
import re

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from numpy.polynomial import Legendre

import tiltyard
from tiltyard.application.facts import facts_of
from tiltyard.application.judgement import (
    Judgement,
    Widening,
    expected_error,
    typical_error,
    widening_to,
)
from tiltyard.application.series import UnusableData
from tiltyard.application.times import Times
from tiltyard.application.writing import write_estimates
from tiltyard.engine.files.json import json_text
from tiltyard.studies.derivatives.bands import PLACES, normal_quantiles
from tiltyard.studies.derivatives.contract import ESTIMATORS, Estimate, estimator

T = np.linspace(0.0, 6.0, 61)
#: The curve is known to 0.01, its slope to 0.1; bands are skew.
DEVIATIONS = np.array([0.01, 0.1])
SKEW = np.array([-1.0, -0.5, 1.5, 4.0])
#: What the bold one claims.
CLAIM = 4e-4
RNG = np.random.default_rng(3)
SINE = np.sin(T) + 0.01 * RNG.standard_normal(61)


def knowing(t_eval, orders, deviations):
    """A sine as it is, with these deviations of order 0 and 1."""
    values = np.stack([np.sin(t_eval + order * np.pi / 2.0) for order in orders])
    return values, np.stack([np.full(len(t_eval), deviations[order]) for order in orders])


@pytest.fixture
def planted():
    """Estimators that know the sine: ``planted_<name>`` for each of several bands."""
    facts = {"family": "spectral", "max_order": 1, "exact_degree": -1, "min_samples": 5}

    @estimator("planted_skew", standard_deviation=True, **facts)
    def skew(t, y, t_eval, orders):
        values, deviation = knowing(t_eval, orders, DEVIATIONS)
        return Estimate(values, deviation, {}, values + SKEW[:, None, None] * deviation)

    @estimator("planted_normal", standard_deviation=True, **facts)
    def normal(t, y, t_eval, orders):
        return knowing(t_eval, orders, DEVIATIONS)

    @estimator("planted_bold", standard_deviation=True, **facts)
    def bold(t, y, t_eval, orders):
        """A polynomial of 13 parameters that claims next to no error."""
        fit = Legendre.fit(t, y, 12)
        values = np.stack([fit.deriv(order)(t_eval) for order in orders])
        deviation = np.full_like(values, CLAIM)
        return Estimate(values, deviation, {}, values + SKEW[:, None, None] * deviation)

    @estimator("planted_unsorted", standard_deviation=True, **facts)
    def unsorted(t, y, t_eval, orders):
        values, deviation = knowing(t_eval, orders, DEVIATIONS)
        return Estimate(values, deviation, {}, values - SKEW[:, None, None] * deviation)

    yield
    # Only these: modules that were imported meanwhile register theirs once.
    for key in [key for key in ESTIMATORS._methods if key[0].startswith("planted_")]:
        del ESTIMATORS._methods[key]


@pytest.fixture
def skew(planted):
    return tiltyard.differentiate(T, SINE, (0, 1), estimator="planted_skew", draws=0)


def test_quantiles_are_the_estimators_own(skew):
    assert skew.quantiles.shape == (4, 2, 61)
    expected = skew.estimate + SKEW[:, None, None] * DEVIATIONS[:, None]
    np.testing.assert_array_equal(skew.quantiles, expected)
    assert [judgement.widening for judgement in skew.judgements] == [Widening()] * 2


def test_the_table_has_them_after_the_columns_that_were_there(skew, tmp_path):
    write_estimates([skew], Times(T, "t"), tmp_path / "d.csv")
    with (tmp_path / "d.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [
        *("t", "signal_d0", "signal_d0_sd", "signal_d1", "signal_d1_sd"),
        *(f"signal_d{order}_{end}" for order in (0, 1) for end in ("q025", "q160", "q840", "q975")),
    ]
    table = np.array(rows, dtype=float).T
    np.testing.assert_array_equal(table[5:], np.concatenate(list(skew.quantiles.swapaxes(0, 1))))


def test_the_plot_shades_the_95_percent_band_of_the_quantiles(skew):
    for axis, slope in zip(skew.plot().axes, (0, 1), strict=True):
        (band,) = [c for c in axis.collections if isinstance(c, FillBetweenPolyCollection)]
        (outline,) = band.get_paths()
        middle = outline.vertices[np.isclose(outline.vertices[:, 0], 3.0)][:, 1]
        expected = np.sin(3.0 + slope * np.pi / 2.0) + SKEW[[0, 3]] * DEVIATIONS[slope]
        np.testing.assert_allclose(sorted(middle), expected, rtol=1e-12)


def test_json_has_them_by_probability_with_the_verdict(skew):
    facts = json.loads(json_text(facts_of(skew, Times(T, "t"))))
    assert facts["t"] == T.tolist() and facts["estimator"] == "planted_skew"
    for row, order in enumerate(facts["orders"]):
        assert order["verdict"] == str(skew.judgements[row].verdict) and order["widening"] == 1.0
        assert list(order["quantiles"]) == ["0.025", "0.16", "0.84", "0.975"]
        assert list(order["quantiles"].values()) == skew.quantiles[:, row].tolist()
        assert order["standard_deviation"] == skew.standard_deviation[row].tolist()


def test_an_order_that_is_lost_has_no_numbers_in_json_unless_they_are_wanted(planted):
    noise = RNG.standard_normal(61)
    found = tiltyard.differentiate(T, noise, (0, 1), estimator="local_polynomial", draws=0)
    assert not found.recoverable.any()
    plain, whole = (facts_of(found, Times(T, "t"), lost) for lost in (False, True))
    assert "estimate" not in plain["orders"][1] and len(whole["orders"][1]["estimate"]) == 61
    # Without deviations and simulations there are no bands, and JSON has no NaN.
    assert json.loads(json_text(whole))["orders"][1]["quantiles"]["0.16"] == [None] * 61


def test_an_estimator_without_quantiles_has_normal_ones(planted):
    found = tiltyard.differentiate(T, SINE, (0, 1), estimator="planted_normal", draws=0)
    np.testing.assert_array_equal(found.standard_deviation, np.tile(DEVIATIONS[:, None], 61))
    np.testing.assert_array_equal(
        found.quantiles, normal_quantiles(found.estimate, found.standard_deviation)
    )


def test_bands_are_as_wide_as_the_error_that_the_verdict_expects(planted):
    """The simulation sees the noise that the polynomial hands on, more than it claims."""
    found = tiltyard.differentiate(T, SINE, (0, 1), estimator="planted_bold", draws=20)
    for row, judgement in enumerate(found.judgements):
        error = typical_error(found.standard_deviation[row], found.quantiles[:, row], len(T))
        assert judgement.from_posterior < judgement.from_simulation == judgement.expected_error
        expected = expected_error(error, found.estimate[row])
        assert expected == pytest.approx(judgement.expected_error)
    # Of 0.01 the polynomial hands on sqrt(13 / 61), less at the inner times.
    assert 0.003 < found.standard_deviation[0, 30] < 0.006
    # The band keeps its shape, and what it had in it.
    ends, claimed = found.quantiles[:, 0], found.estimate[0] + SKEW[:, None] * CLAIM
    assert np.all(ends[[0, 1]] < claimed[[0, 1]]) and np.all(ends[[2, 3]] > claimed[[2, 3]])
    shape = (ends[1:] - ends[:-1]) / (ends[3] - ends[0])
    np.testing.assert_allclose(shape, np.tile(np.array([0.1, 0.4, 0.5])[:, None], 61), rtol=1e-9)


def test_bands_hold_what_the_residuals_say_was_left_out(planted):
    """A slow wave that the estimator does not know of."""
    y = SINE + 0.2 * np.sin(2.0 * T)
    found = tiltyard.differentiate(T, y, (0, 1), estimator="planted_normal", draws=2)
    for row, judgement in enumerate(found.judgements):
        assert judgement.expected_error == judgement.from_residuals > judgement.from_posterior
        deviation, estimate = found.standard_deviation[row], found.estimate[row]
        assert expected_error(deviation, estimate) == pytest.approx(judgement.expected_error)
    truth = np.sin(T) + 0.2 * np.sin(2.0 * T)
    low, *_, high = found.quantiles[:, 0]
    assert np.mean((low < truth) & (truth < high)) > 0.9
    assert "bands and verdicts are at least as wide" in " ".join(found.notes)


def test_a_band_without_any_width_gets_that_of_the_error():
    error = np.tile([3.0, -3.0], 6)
    widening = widening_to(np.zeros(12), [np.zeros(12), error])
    assert widening == Widening(1.0, 3.0)
    np.testing.assert_array_equal(widening.of_deviations(np.zeros(12)), np.full(12, 3.0))
    ends = widening.of_quantiles(np.zeros((4, 12)))
    np.testing.assert_allclose(ends, 3.0 * np.tile(PLACES[:, None], 12))


def test_nothing_is_narrowed_or_widened_to_what_is_not_known():
    band = np.ones(12)
    for errors in ([], [0.5 * band], [np.full(12, np.inf)], [np.full(12, np.nan)]):
        assert widening_to(band, errors) == Widening()
    assert widening_to(np.full(12, np.nan), [band]) == Widening()
    assert Judgement(1, 0.1, 0.2).widening == Widening()


def test_quantiles_that_decrease_are_refused_by_name(planted):
    words = "planted_unsorted returned quantiles that decrease: in row 0, column 0 from "
    with pytest.raises(UnusableData, match=re.escape(words)):
        tiltyard.differentiate(T, SINE, 0, estimator="planted_unsorted", draws=0)
