"""Rows of estimates with quantiles, and of those without."""

import numpy as np
import pyarrow as pa
import pytest

from tiltyard.engine.outcome import Outcome, Status
from tiltyard.studies.derivatives.bands import band_scores
from tiltyard.studies.derivatives.contract import QUANTILES, Estimate, Estimator
from tiltyard.studies.derivatives.dataset import compute_truth, make_dataset
from tiltyard.studies.derivatives.metrics import BAND_SCORES
from tiltyard.studies.derivatives.scoring import COLUMNS, score_rows

ORDERS = (0, 1)
ENTRY = Estimator(name="planted", family="spectral", max_order=2, exact_degree=0, min_samples=5)


@pytest.fixture(scope="module")
def dataset():
    return make_dataset(
        "runge-n41-gaussian-1e-03-t1",
        signal="runge",
        samples=41,
        noise_model="gaussian",
        noise_level=1e-3,
        trial=1,
        rng=np.random.default_rng(1),
        seed=1,
        truth=compute_truth("runge", 41),
    )


@pytest.fixture
def estimate(dataset):
    """Off by one deviation everywhere, upwards: inside the 68 % band of quantiles, not of sd."""
    exact = dataset.exact[: len(ORDERS)]
    deviation = np.full_like(exact, 0.1)
    values = exact + deviation
    quantiles = values + 0.1 * np.array([-3.0, -1.5, 0.2, 0.4])[:, None, None]
    return Estimate(values, deviation, {}, quantiles)


def rows_of(dataset, estimate):
    return list(score_rows(ENTRY, dataset, Outcome(Status.OK, "", estimate), ORDERS))


def test_skew_quantiles_decide_coverage_and_score_and_are_stored(dataset, estimate):
    exact = dataset.exact[: len(ORDERS)]
    scores = band_scores(*estimate[:2], exact, estimate.quantiles)
    for order, row in zip(ORDERS, rows_of(dataset, estimate), strict=True):
        assert (row["coverage_68"], row["coverage_95"]) == (1.0, 1.0)
        assert row["crps"] == scores["crps"][order]
        for place, name in enumerate(QUANTILES):
            assert np.array_equal(row[name], estimate.quantiles[place, order])
        assert set(row) <= set(COLUMNS.names)


def test_a_row_without_quantiles_is_as_it_was(dataset, estimate):
    plain = estimate._replace(quantiles=None)
    scores = band_scores(*plain[:2], dataset.exact[: len(ORDERS)])
    for order, row in zip(ORDERS, rows_of(dataset, plain), strict=True):
        assert not set(QUANTILES) & set(row)
        # One deviation is more than the 0.994 of a normal band.
        assert (row["coverage_68"], row["coverage_95"]) == (0.0, 1.0)
        assert [row[name] for name in BAND_SCORES] == [scores[name][order] for name in BAND_SCORES]
    with_them = rows_of(dataset, estimate)
    for one, other in zip(rows_of(dataset, plain), with_them, strict=True):
        same = set(one) - set(BAND_SCORES) - {"estimate", "standard_deviation"}
        assert {name: one[name] for name in same} == {name: other[name] for name in same}
    table = pa.Table.from_pylist(rows_of(dataset, plain), schema=COLUMNS)
    assert all(table[name].null_count == len(ORDERS) for name in QUANTILES)


def test_order_that_is_not_finite_has_no_scores_and_the_others_have(dataset, estimate):
    values, quantiles = estimate.values.copy(), estimate.quantiles.copy()
    values[1, 3] = quantiles[:, 1, 3] = np.nan
    good, bad = rows_of(dataset, estimate._replace(values=values, quantiles=quantiles))
    assert good["coverage_68"] == 1.0 and "status" not in good
    assert bad["status"] == "non_finite" and not set(BAND_SCORES) & set(bad)


def test_order_without_quantiles_for_want_of_a_deviation_has_no_scores_of_bands(dataset, estimate):
    deviation, quantiles = estimate.standard_deviation.copy(), estimate.quantiles.copy()
    deviation[1] = quantiles[:, 1] = np.nan
    row = rows_of(dataset, estimate._replace(standard_deviation=deviation, quantiles=quantiles))[1]
    assert [row[name] for name in BAND_SCORES] == [None] * 3 and row["nrmse"] > 0.0
