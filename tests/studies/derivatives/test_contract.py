"""What an estimator may return, and how faults in it are named."""

import pickle
import re

import numpy as np
import pytest

from tiltyard.studies.derivatives.contract import (
    PROBABILITIES,
    QUANTILES,
    Estimate,
    as_estimate,
)

SHAPE = (2, 5)
VALUES = np.arange(10.0).reshape(SHAPE)
ONES = np.ones(SHAPE)
BANDS = VALUES + np.array([-3.0, -1.0, 2.0, 2.0])[:, None, None]


def with_quantiles(quantiles, deviation=ONES, values=VALUES):
    return as_estimate(Estimate(values, deviation, {}, quantiles), SHAPE)


def test_columns_of_quantiles_are_named_by_their_probabilities():
    assert QUANTILES == ("quantile_025", "quantile_160", "quantile_840", "quantile_975")
    assert [float(f"0.{name[-3:]}") for name in QUANTILES] == list(PROBABILITIES)


@pytest.mark.parametrize(
    "result",
    [VALUES, (VALUES, ONES), Estimate(VALUES, ONES, {"a": 1}), VALUES.tolist()],
)
def test_results_without_quantiles_are_as_they_were(result):
    found = as_estimate(result, SHAPE)
    assert found.quantiles is None and np.array_equal(found.values, VALUES)
    assert (found.standard_deviation is None) == (not isinstance(result, tuple))


def test_quantiles_are_taken_where_they_do_not_decrease():
    found = with_quantiles(BANDS.tolist())
    assert found.quantiles.shape == (len(PROBABILITIES), *SHAPE)
    assert np.array_equal(found.quantiles, BANDS)


def test_a_place_without_deviation_or_value_needs_no_quantiles():
    deviation, values, quantiles = ONES.copy(), VALUES.copy(), BANDS.copy()
    deviation[1] = quantiles[:, 1] = np.nan
    values[0, 2] = quantiles[0, 0, 2] = np.nan
    found = with_quantiles(quantiles, deviation, values)
    assert np.array_equal(found.quantiles, quantiles, equal_nan=True)


def damaged(change):
    quantiles = BANDS.copy()
    change(quantiles)
    return quantiles


@pytest.mark.parametrize(
    ("quantiles", "deviation", "words"),
    [
        (BANDS[:3], ONES, "returned quantiles of shape (3, 2, 5), expected (4, 2, 5)"),
        (BANDS[:, 0], ONES, "returned quantiles of shape (4, 5), expected (4, 2, 5)"),
        (BANDS, None, "returned quantiles without standard deviations; return both"),
        (
            damaged(lambda q: q[2].put([1, 7], [np.nan, np.inf])),
            ONES,
            "returned 2 quantiles that are not finite, of 40",
        ),
        (
            damaged(lambda q: q[3].put(8, 9.5)),
            ONES,
            "returned quantiles that decrease: in row 1, column 3 from 10 at 0.84 to "
            "9.5 at 0.975; sort them along the first axis",
        ),
        (BANDS[::-1], ONES, "returned quantiles that decrease: in row 0, column 0"),
    ],
)
def test_faults_of_quantiles_are_named(quantiles, deviation, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        with_quantiles(quantiles, deviation)


def test_estimates_that_were_stored_before_there_were_quantiles_have_none():
    """They are pickled as the class and three arguments."""
    arguments = pickle.dumps((VALUES, ONES, {"a": 1}), protocol=2)[2:-1]
    names = f"c{Estimate.__module__}\n{Estimate.__name__}\n".encode()
    found = pickle.loads(b"\x80\x02" + names + arguments + b"\x81.")
    assert isinstance(found, Estimate) and found.quantiles is None
    assert found.settings == {"a": 1} and np.array_equal(found.values, VALUES)
