"""Scores of bands against counts, quadrature and draws from the distributions themselves."""

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import ndtr, ndtri
from scipy.stats import binom, gamma, norm

from tiltyard.studies.derivatives.bands import (
    PLACES,
    band_scores,
    normal_quantiles,
)
from tiltyard.studies.derivatives.contract import PROBABILITIES
from tiltyard.studies.derivatives.metrics import errors_of

#: A line with 22 points; the 20 between its ends are 1 ... 20, with variance (20^2 + 20) / 12 = 35.
LINE = np.arange(22.0)
LINE_SD = math.sqrt(35)


def test_places_are_the_normal_quantiles_of_the_contract():
    assert_allclose(PLACES, ndtri(PROBABILITIES), rtol=1e-14)


def test_coverage_counts_the_points_inside_the_bands():
    """Of the 20 points between the ends, 15 err by 0.9, three by 1.5 and two by 2.5 deviations."""
    sizes = np.r_[9.0, np.repeat([0.9, 1.5, 2.5], [15, 3, 2]), 9.0]
    signs = np.where(np.arange(22) % 2, 1.0, -1.0)
    scores = band_scores(LINE + 0.1 * signs * sizes, np.full(22, 0.1), LINE)
    assert (scores["coverage_68"], scores["coverage_95"]) == (15 / 20, 18 / 20)


def test_bands_of_an_honest_estimate_cover_what_they_say():
    rng = np.random.default_rng(6)
    exact = np.sin(np.linspace(0.0, 9.0, 100_002))
    deviation = np.exp(rng.standard_normal(exact.shape))
    scores = band_scores(exact + deviation * rng.standard_normal(exact.shape), deviation, exact)
    # Four standard errors of a share of 100,000 points.
    assert scores["coverage_68"] == pytest.approx(0.68, abs=0.006)
    assert scores["coverage_95"] == pytest.approx(0.95, abs=0.003)


def test_crps_is_the_integral_that_defines_it():
    """Integral of (F(x) - 1[x >= exact])^2, by quadrature on both sides of the exact value."""
    rng = np.random.default_rng(7)
    exact, estimate = rng.standard_normal((2, 7))
    deviation = np.exp(rng.standard_normal(7))

    def score(mean, sigma, value):
        below = quad(lambda x: norm.cdf(x, mean, sigma) ** 2, -60.0, value, limit=200)[0]
        return below + quad(lambda x: norm.sf(x, mean, sigma) ** 2, value, 60.0, limit=200)[0]

    expected = np.mean(list(map(score, estimate[1:-1], deviation[1:-1], exact[1:-1])))
    found = band_scores(estimate, deviation, exact)["crps"]
    assert_allclose(found, expected / np.std(exact[1:-1], ddof=1), rtol=1e-7)


def test_crps_without_any_deviation_is_the_absolute_error():
    error = np.where(np.arange(22) % 3, 0.5, 0.0)
    scores = band_scores(LINE + error, np.zeros(22), LINE)
    assert_allclose(scores["crps"], errors_of(LINE + error, LINE)["mae"] / LINE_SD, rtol=1e-15)
    assert scores["coverage_95"] == np.mean(error[1:-1] == 0.0)


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_deviations_that_are_none_have_no_scores(wrong):
    deviation = np.ones(22)
    deviation[7] = wrong
    assert all(math.isnan(score) for score in band_scores(LINE, deviation, LINE).values())


def test_deviation_at_the_ends_does_not_count():
    deviation = np.ones(22)
    deviation[[0, -1]] = np.nan
    assert band_scores(LINE, deviation, LINE)["coverage_68"] == 1.0


def test_quantiles_of_a_normal_distribution_score_as_its_deviation_does():
    rng = np.random.default_rng(8)
    estimate, exact = rng.standard_normal((2, 3, 500))
    deviation = np.exp(2.0 * rng.standard_normal((3, 500)))
    expected = band_scores(estimate, deviation, exact)
    found = band_scores(estimate, deviation, exact, normal_quantiles(estimate, deviation))
    for name, values in expected.items():
        assert_allclose(found[name], values, rtol=1e-12, err_msg=name)


def test_deviations_do_not_count_beside_quantiles():
    quantiles = normal_quantiles(LINE, np.full(22, 2.0))
    one, other = (band_scores(LINE, sd * np.ones(22), LINE + 1.0, quantiles) for sd in (1e-9, 9.0))
    assert one == other and one["coverage_68"] == 1.0


def test_ends_of_a_skew_band_belong_to_it():
    """The exact value lies at an end, just inside and just outside, on either side."""
    quantiles = np.multiply.outer(np.array([-2.0, -1.0, 3.0, 7.0]), np.ones(22))
    for exact, covered in (
        *((-1.0, (1, 1)), (-1.01, (0, 1)), (-2.0, (0, 1)), (-2.01, (0, 0))),
        *((3.0, (1, 1)), (3.01, (0, 1)), (7.0, (0, 1)), (7.01, (0, 0))),
    ):
        found = band_scores(0 * LINE, 1 + 0 * LINE, np.full(22, exact), quantiles)
        assert (found["coverage_68"], found["coverage_95"]) == covered


def drawn_from(quantiles, z):
    """The value at the normal quantile z of the distribution with these four quantiles."""
    piece = int(np.clip(np.searchsorted(PLACES, z) - 1, 0, 2))
    slope = (quantiles[piece + 1] - quantiles[piece]) / (PLACES[piece + 1] - PLACES[piece])
    return quantiles[piece] + slope * (z - PLACES[piece])


@pytest.mark.parametrize("exact", [-4.0, -1.0, 0.3, 2.5, 9.0])
@pytest.mark.parametrize(
    "quantiles",
    [(-2.0, -1.0, 3.0, 7.0), (-3.0, 0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 2.0), (-1.0, 2.0, 2.1, 2.1)],
)
def test_crps_of_quantiles_is_the_integral_that_defines_it(quantiles, exact):
    """Integral of (F(x) - 1[x >= exact])^2 dx, by quadrature over normal quantiles and beyond."""
    knots = [-12.0, *PLACES, 12.0]
    slopes = np.diff([drawn_from(quantiles, z) for z in knots]) / np.diff(knots)
    score = 0.0
    for (start, end), slope in zip(pairwise(knots), slopes, strict=True):
        if slope > 0.0:
            at = np.clip((exact - drawn_from(quantiles, start)) / slope + start, start, end)
            score += slope * quad(lambda z: ndtr(z) ** 2, start, at)[0]
            score += slope * quad(lambda z: ndtr(-z) ** 2, at, end)[0]
    first, last = drawn_from(quantiles, -12.0), drawn_from(quantiles, 12.0)
    score += max(first - exact, 0.0) + max(exact - last, 0.0)
    # The same at every point, so that the exact derivative has a scale.
    moved = np.array(quantiles)[:, None] + LINE
    found = band_scores(LINE, LINE, exact + LINE, moved)
    assert found["crps"] * LINE_SD == pytest.approx(score, abs=1e-7)


def test_quantiles_without_any_width_score_as_the_absolute_error():
    error = np.where(np.arange(22) % 3, 0.5, 0.0)
    found = band_scores(LINE, 0 * LINE, LINE, normal_quantiles(LINE + error, 0 * LINE))
    assert_allclose(found["crps"], errors_of(LINE + error, LINE)["mae"] / LINE_SD, rtol=1e-14)
    assert found["coverage_68"] == np.mean(error[1:-1] == 0.0)


def test_narrow_bands_about_large_values_lose_no_digits():
    rng = np.random.default_rng(9)
    errors = rng.standard_normal(200)
    far = 2.0**20 + np.round(2.0**12 * errors) / 2.0**12  # without rounding
    near = far - 2.0**20
    ones = np.ones(200)
    quantiles = np.multiply.outer(np.array([-1.0, -0.5, 1.0, 3.0]), ones)
    one = band_scores(0 * ones, ones, near, quantiles)
    other = band_scores(2.0**20 * ones, ones, far, 2.0**20 + quantiles)
    assert_allclose(other["crps"], one["crps"], rtol=1e-12)


def test_skew_quantiles_of_an_honest_estimate_cover_what_they_say():
    """Errors are drawn from the distribution whose quantiles are given; one deviation misleads."""
    rng = np.random.default_rng(10)
    points, skew = 20_000, gamma(0.7)
    estimate = np.sin(np.linspace(0.0, 9.0, points + 2))
    size = np.exp(rng.standard_normal(points + 2))
    exact = estimate + size * skew.rvs(points + 2, random_state=rng)
    quantiles = estimate + np.multiply.outer(skew.ppf(PROBABILITIES), size)
    found = band_scores(estimate + size * skew.mean(), size * skew.std(), exact, quantiles)
    for name, share in (("coverage_68", 0.68), ("coverage_95", 0.95)):
        # A chance of one in ten thousand to fail on either side.
        least, most = binom(points, share).ppf([1e-4, 1 - 1e-4]) / points
        assert least <= found[name] <= most
    normal = band_scores(estimate + size * skew.mean(), size * skew.std(), exact)
    assert normal["coverage_68"] > 0.8
    assert found["crps"] < normal["crps"]


def test_crps_is_least_for_the_quantiles_of_the_distribution_itself():
    """It is a proper score: narrower, wider and shifted bands score worse."""
    rng = np.random.default_rng(11)
    exact = rng.standard_normal(20_000)
    scores = [
        band_scores(0 * exact, 1 + 0 * exact, exact, shift + factor * PLACES[:, None] + 0 * exact)
        for factor, shift in ((1.0, 0.0), (0.8, 0.0), (1.25, 0.0), (1.0, 0.3), (1.0, -0.3))
    ]
    right, *wrong = (score["crps"] for score in scores)
    assert right < min(wrong)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_quantiles_that_are_none_have_no_scores_but_at_the_ends(wrong):
    quantiles = normal_quantiles(LINE, np.ones(22))
    quantiles[2, [0, -1]] = wrong
    assert band_scores(LINE, np.ones(22), LINE, quantiles)["coverage_68"] == 1.0
    quantiles[2, 7] = wrong
    scores = band_scores(LINE, np.ones(22), LINE, quantiles)
    assert all(math.isnan(score) for score in scores.values())


def test_quantiles_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="n >= 5"):
        band_scores(LINE, LINE, LINE, np.zeros((4, 21)))
