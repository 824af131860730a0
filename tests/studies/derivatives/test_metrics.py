"""Errors against values computed by hand."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.bands import band_scores
from tiltyard.studies.derivatives.metrics import (
    BAND_SCORES,
    ERRORS,
    METRICS,
    correlation,
    edge_points,
    errors_of,
    root_mean_square,
)

#: A line with 22 points; the 20 between its ends are 1 ... 20, with variance (20^2 + 20) / 12 = 35.
LINE = np.arange(22.0)
LINE_SD = math.sqrt(35)


def test_names_are_those_of_the_result():
    assert tuple(errors_of(LINE, LINE)) == ERRORS
    assert tuple(band_scores(LINE, LINE, LINE)) == BAND_SCORES
    assert set(METRICS) == {*ERRORS, "correlation", *BAND_SCORES}


def test_exact_estimate_has_no_error():
    assert errors_of(LINE, LINE) == dict.fromkeys(ERRORS, 0.0)


def test_constant_error_is_the_same_everywhere():
    errors = errors_of(LINE - 3, LINE)
    assert errors["rmse"] == errors["mae"] == 3
    for name in ("nrmse", "nrmse_interior", "nrmse_edge"):
        assert_allclose(errors[name], 3 / LINE_SD, rtol=1e-15)


def test_the_two_ends_do_not_count():
    estimate = LINE.copy()
    estimate[[0, -1]] = [1e300, np.nan]
    assert errors_of(estimate, LINE) == dict.fromkeys(ERRORS, 0.0)


def test_edges_are_a_tenth_at_each_side():
    """Of 20 points the edges are 2 and 2: an error of 6 at one of them, of 2 at one inside."""
    estimate = LINE.copy()
    estimate[2] += 6
    estimate[3] -= 2
    errors = errors_of(estimate, LINE)
    assert_allclose(errors["rmse"], math.sqrt(40 / 20), rtol=1e-15)
    assert_allclose(errors["mae"], 8 / 20, rtol=1e-15)
    assert_allclose(errors["nrmse"], math.sqrt(40 / 20) / LINE_SD, rtol=1e-15)
    assert_allclose(errors["nrmse_edge"], math.sqrt(36 / 4) / LINE_SD, rtol=1e-15)
    assert_allclose(errors["nrmse_interior"], math.sqrt(4 / 16) / LINE_SD, rtol=1e-15)


def test_late_edge_counts_like_the_early_one():
    estimate, mirrored = LINE.copy(), LINE.copy()
    estimate[1] += 4
    mirrored[-2] += 4
    assert errors_of(estimate, LINE) == errors_of(mirrored, LINE)


@pytest.mark.parametrize(("points", "edge"), [(3, 1), (14, 1), (15, 2), (99, 10), (249, 25)])
def test_number_of_edge_points(points, edge):
    assert edge_points(points) == edge


def test_fewest_points_have_one_in_each_part():
    errors = errors_of(np.array([0.0, 1, 0, 0, 0]), np.array([0.0, 0, 1, 2, 3]))
    expected = {"rmse": math.sqrt(2), "mae": 4 / 3}
    expected |= {"nrmse": math.sqrt(2), "nrmse_interior": 1, "nrmse_edge": math.sqrt(2.5)}
    for name, value in expected.items():
        assert_allclose(errors[name], value, rtol=1e-15)


def test_nrmse_does_not_depend_on_units():
    rng = np.random.default_rng(3)
    exact, estimate = rng.standard_normal((2, 101))
    small, large = errors_of(estimate, exact), errors_of(1e100 * estimate, 1e100 * exact)
    for name in ("nrmse", "nrmse_interior", "nrmse_edge"):
        assert_allclose(large[name], small[name], rtol=1e-12)


def test_constant_exact_derivative_offers_no_scale():
    exact = np.full(30, 0.1)
    exact[[0, -1]] = [7, 8]
    errors = errors_of(exact + 1, exact)
    assert_allclose([errors["rmse"], errors["mae"]], 1)
    assert all(math.isnan(errors[name]) for name in ERRORS[2:])


def test_huge_errors_do_not_overflow():
    errors = errors_of(np.full(22, 1e200), LINE)
    assert_allclose([errors["rmse"], errors["mae"]], 1e200)
    assert math.isfinite(errors["nrmse"])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_estimates_that_are_not_finite_show(value):
    estimate = LINE.copy()
    estimate[10] = value
    errors = errors_of(estimate, LINE)
    assert not math.isfinite(errors["rmse"]) and not math.isfinite(errors["nrmse"])


@pytest.mark.parametrize("shapes", [(5, 6), (4, 4), ((), ()), ((2, 9), (9, 2)), ((9, 4), (9, 4))])
def test_shapes_that_do_not_fit_are_refused(shapes):
    estimate, exact = (np.zeros(shape) for shape in shapes)
    with pytest.raises(ValueError, match="n >= 5"):
        errors_of(estimate, exact)


def test_several_orders_are_scored_as_each_alone():
    rng = np.random.default_rng(4)
    exact, estimate, deviation = rng.standard_normal((3, 6, 40))
    exact[1] = 7.0
    estimate[2] = 3.0
    estimate[3] *= 1e200
    deviation = np.abs(deviation)
    deviation[4, 5] = -1.0
    deviation[5] = 0.0
    together = {
        **errors_of(estimate, exact),
        "correlation": correlation(estimate, exact),
        **band_scores(estimate, deviation, exact),
    }
    assert tuple(together) == METRICS
    for row in range(6):
        alone = {
            **errors_of(estimate[row], exact[row]),
            "correlation": correlation(estimate[row], exact[row]),
            **band_scores(estimate[row], deviation[row], exact[row]),
        }
        for name, value in alone.items():
            # Sums over a row may be ordered differently: a few roundings.
            assert_allclose(together[name][row], value, rtol=1e-13, err_msg=name)
    assert np.isnan(together["correlation"][[1, 2]]).all()
    assert np.isnan(together["crps"][4]) and np.isfinite(together["crps"][5])


def test_root_mean_square_of_tiny_values_does_not_underflow():
    assert_allclose(root_mean_square(np.array([3e-200, 4e-200])), math.sqrt(12.5) * 1e-200)


def test_correlation_is_numpys_without_the_ends():
    rng = np.random.default_rng(4)
    exact, estimate = rng.standard_normal((2, 60))
    estimate[[0, -1]] = 1e9
    expected = np.corrcoef(exact[1:-1], estimate[1:-1])[0, 1]
    assert_allclose(correlation(estimate, exact), expected, rtol=1e-12)
    assert_allclose(correlation(-1e200 * exact, exact), -1.0, rtol=1e-12)


def test_correlation_with_a_constant_or_what_is_not_finite_is_unknown():
    broken = LINE.copy()
    broken[5] = np.inf
    for estimate, exact in ((0 * LINE, LINE), (LINE, 0 * LINE), (broken, LINE)):
        assert math.isnan(correlation(estimate, exact))
