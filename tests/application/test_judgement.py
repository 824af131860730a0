"""Expected errors and what residuals tell, against closed forms."""

import math

import numpy as np
import pytest

from tiltyard.application.estimation import Fit
from tiltyard.application.judgement import (
    Judgement,
    Verdict,
    expected_error,
    typical_error,
    verdict_of,
)
from tiltyard.application.residuals import leftover, noise_of
from tiltyard.application.series import Series
from tiltyard.studies.derivatives.bands import normal_quantiles

RNG = np.random.default_rng(7)


def test_verdicts_at_their_borders():
    assert [verdict_of(e) for e in (0, 0.0999, 0.1, 0.2999, 0.3, 5, math.nan)] == [
        Verdict.TRUSTED,
        Verdict.TRUSTED,
        Verdict.ROUGH,
        Verdict.ROUGH,
        Verdict.LOST,
        Verdict.LOST,
        Verdict.LOST,
    ]


def test_expected_error_adds_what_the_estimate_misses_to_its_spread():
    estimate = np.tile([0.0, 2.0], 51)  # 100 points inside, half of them at either value
    spread = math.sqrt(100 / 99)
    assert expected_error(np.zeros(102), estimate) == 0
    for error in (0.1, 3.0):
        expected = error / math.hypot(spread, error)
        assert expected_error(np.full((4, 102), error), estimate) == pytest.approx(expected)


def test_expected_error_does_not_depend_on_units_and_ignores_the_ends():
    estimate, error = RNG.standard_normal((2, 50))
    value = expected_error(error, estimate)
    assert expected_error(1e200 * error, 1e200 * estimate) == pytest.approx(value)
    assert expected_error(1e-200 * error, 1e-200 * estimate) == pytest.approx(value)
    changed = error.copy()
    changed[[0, -1]] = 0.5
    assert expected_error(changed, estimate) == value


def test_a_constant_without_error_has_no_scale():
    assert math.isnan(expected_error(np.zeros(9), np.ones(9)))
    assert expected_error(np.zeros(9), np.ones(9), exact=True) == 0
    # Noise that is all there is: neither spread nor size.
    assert expected_error(np.ones(9), np.zeros(9)) == pytest.approx(1)


def test_a_derivative_that_is_nearly_constant_is_measured_by_its_size():
    falls = np.full(102, -9.81)
    assert expected_error(np.full(102, 0.1), falls) == pytest.approx(0.1 / 9.81, rel=1e-3)
    varying = -9.81 + np.tile([0.9, -0.9], 51)  # less than a tenth of the size
    assert expected_error(np.full(102, 0.1), varying) == pytest.approx(0.0101, rel=0.02)
    varying = -9.81 + np.tile([1.2, -1.2], 51)
    assert expected_error(np.full(102, 0.1), varying) == pytest.approx(0.1 / 1.2, rel=0.02)


def test_the_largest_source_counts_and_residuals_alone_do_not_judge():
    assert Judgement(1, 0.05, 0.08, 0.02).expected_error == 0.08
    assert Judgement(1, None, 0.08, 0.2).verdict is Verdict.ROUGH
    assert math.isnan(Judgement(1, None, None, 0.2).expected_error)
    assert math.isnan(Judgement(1, math.nan, 0.0).expected_error)


def test_a_sine_left_in_the_residuals_is_found_with_its_rate():
    t = np.linspace(0, 20 * np.pi / 3, 2001)
    noise = 0.5 * RNG.standard_normal(len(t))
    found = leftover(t, np.sin(3 * t) + noise)
    # A sine has the standard deviation sqrt(1/2) and the rate 3; the variance of 2,001 samples is
    # known to some percent.
    assert found.size == pytest.approx(math.sqrt(0.5), rel=0.05)
    clean = leftover(t, np.sin(3 * t))
    assert clean.rate == pytest.approx(3, rel=0.01)
    assert clean.spread(2) == pytest.approx(9 * math.sqrt(0.5), rel=0.05)
    assert "about 2.1 in time" in clean.note and not clean.coloured


def test_an_autoregression_is_noise_that_is_not_white():
    n, rho = 4000, 0.3
    noise = RNG.standard_normal(n)
    for i in range(1, n):
        noise[i] += rho * noise[i - 1]
    found = leftover(np.arange(float(n)), noise)
    # The correlation of 4,000 samples has a standard error of 1.4 %.
    assert found.coloured and found.correlation == pytest.approx(rho, abs=0.06)
    # The mean of an autoregression scatters by sqrt((1 + rho) / (1 - rho)) more than white noise.
    assert found.widening == pytest.approx(math.sqrt(1.3 / 0.7), rel=0.1)
    assert "larger than in white noise by a factor of some 1.4" in found.note


def test_white_residuals_have_nothing_left():
    t = np.linspace(0, 1, 200)
    found = [leftover(t, RNG.standard_normal(200)) for _ in range(200)]
    # Four standard errors: 3 in 100,000.
    assert found == [None] * 200
    assert leftover(t, np.zeros(200)) is None


def test_noise_of_a_least_squares_line_is_unbiased():
    """``RSS + sum of s²`` is n times the variance, where s² is the line's own at each sample."""
    t = np.linspace(-1, 1, 12)
    design = np.stack([np.ones_like(t), t], axis=1)
    hat = design @ np.linalg.pinv(design)
    squares = []
    for _ in range(2000):
        y = RNG.standard_normal(12)
        fit = Fit((hat @ y)[None], np.sqrt(np.diag(hat))[None], y[None], None, {})
        squares.append(noise_of(Series(t, y), fit) ** 2)
    # The mean of 2,000 variances with 10 degrees of freedom has a standard error of 1 %.
    assert np.mean(squares) == pytest.approx(1, abs=0.04)


def test_noise_without_deviations_comes_from_differences():
    t = np.arange(500.0)
    y = 3 * t + RNG.standard_normal(500)
    fit = Fit(y[None], None, y[None], None, {})
    # The median of 498 correlated differences: some 6 %.
    assert noise_of(Series(t, y), fit) == pytest.approx(1, rel=0.2)


def test_the_typical_error_is_that_of_the_68_percent_band_but_for_what_it_leaves_out():
    normal = normal_quantiles(np.zeros(3), np.full(3, 2.0))
    np.testing.assert_allclose(typical_error(np.full(3, 2.0), normal, 20), 2.0)
    assert typical_error(np.full(3, 2.0), None, 20).tolist() == [2.0] * 3
    # Student's t of 4 degrees of freedom and scale 1: deviation sqrt(2), 68 % within 1.134.
    ends = np.array([-2.776, -1.134, 1.134, 2.776])[:, None]
    assert typical_error(np.sqrt([2.0]), ends, 20) == pytest.approx(1.134 / 0.9945, rel=1e-3)
    # Three tenths of the probability lie far off, where no 68 % band reaches.
    far = np.array([-0.01, -0.01, 0.01, 10.0])[:, None]
    assert typical_error(np.array([5.0]), far, 20) == pytest.approx(5.0 / math.sqrt(2.0))
    # With few samples it is what is rare that decides.
    assert typical_error(np.sqrt([2.0]), ends, 19) == pytest.approx(np.sqrt(2.0))
