"""Which poles win: the criterion, giving up the hopeless, and that nothing lost would have won."""

import math

import numpy as np
import pytest

from tiltyard.studies.derivatives.numerics.rational import rational_selection
from tiltyard.studies.derivatives.numerics.rational.rational_fit import columns, fit_residues
from tiltyard.studies.derivatives.numerics.rational.rational_refinement import refine
from tiltyard.studies.derivatives.numerics.rational.rational_selection import (
    MARGIN,
    ROUND,
    STEPS,
    Contender,
    best_fit,
    bic,
    settle,
    winner,
)

N = 61
X = np.linspace(-1.0, 1.0, N)
NEAREST = 4.0 / (N - 1)
RESOLUTION = 1e-15
NOISE = 0.02 * np.random.default_rng(4).standard_normal(N)
Y = 1.0 / (1.0 + 25.0 * X**2) + np.sin(5.0 * X) + NOISE


def fitted(poles, degree=1):
    fit = fit_residues(X, Y, degree, np.array(poles, complex))
    assert fit is not None
    return fit


def contender(poles, degree=1):
    return Contender(X, Y, fitted(poles, degree), NEAREST, RESOLUTION)


def at_its_end(fit):
    return refine(X, Y, fit, nearest=NEAREST, tolerance=1e-3 / N, iterations=STEPS)


def test_the_criterion_by_hand():
    fit = fitted([0.1 + 0.2j, 1.25, 4.0 + 3.0j], degree=2)
    by_hand = N * math.log(fit.squares / N) + 13 * math.log(N) - 2 * math.log(0.2 * 0.25)
    assert bic(fit, 1e-3) == pytest.approx(by_hand, rel=1e-12)
    # Rounding above what is left counts in its place.
    floor = by_hand + N * math.log(4.0 * N / fit.squares)
    assert bic(fit, 2.0) == pytest.approx(floor, rel=1e-12)


def test_a_contender_that_moves_on_is_its_descent_in_rounds():
    one, start = contender([0.3 + 0.5j, -0.6 + 0.4j]), fitted([0.3 + 0.5j, -0.6 + 0.4j])
    while not one.arrived:
        one.advance()
    end = at_its_end(start)
    assert np.array_equal(one.fit.poles, end.poles)
    assert one.value == pytest.approx(bic(end, RESOLUTION), abs=1e-9)  # N times rounding's share


def test_what_may_be_reached_follows_from_the_pace():
    one = contender([0.3 + 0.5j])
    assert one.may_reach(-math.inf)  # it has not been seen moving
    before = one.value
    one.advance()
    fall = (before - one.value) / ROUND * (STEPS - ROUND)
    assert fall > 0.0
    assert one.may_reach(one.value - fall - 0.99 * MARGIN)
    assert not one.may_reach(one.value - fall - 1.01 * MARGIN)


def test_a_fit_without_poles_has_arrived():
    line = contender([])
    assert line.arrived
    assert winner([line]) is line


STARTS = [[], [0.2j], [0.3 + 0.5j], [0.1 + 0.3j, -0.6 + 0.4j], [0.5j, 0.9 + 0.5j, -0.9 + 0.5j]]


def test_the_winner_is_the_one_that_would_win_if_all_went_on():
    found = winner([contender(poles) for poles in STARTS])
    ends = [at_its_end(fitted(poles)) for poles in STARTS]
    best = min(ends, key=lambda fit: bic(fit, RESOLUTION))
    assert np.array_equal(found.fit.poles, best.poles)


def test_the_hopeless_are_given_up_and_the_rest_go_on(monkeypatch):
    contenders = [contender(poles) for poles in STARTS]
    found = winner(contenders)
    behind = [one.value - found.value for one in contenders if not one.arrived]
    assert behind  # some were given up
    assert min(behind) > MARGIN
    monkeypatch.setattr(rational_selection, "MARGIN", math.inf)
    patient = [contender(poles) for poles in STARTS]
    winner(patient)
    assert all(one.arrived for one in patient)


def test_no_single_change_of_the_result_lowers_the_criterion():
    fit = best_fit(X, Y, RESOLUTION)
    again = settle(X, Y, fit, NEAREST, RESOLUTION)
    assert bic(again, RESOLUTION) == bic(fit, RESOLUTION)


def test_planted_poles_are_found():
    planted = np.array([0.35 + 0.3j, 1.6 + 0.0j])
    exact = columns(X, 1, planted, 0) @ np.array([0.1, 0.4, 0.3, -0.5, 0.2])
    fit = best_fit(X, exact + 5e-3 * NOISE, RESOLUTION)
    assert (fit.degree, len(fit.poles)) == (1, 2)
    # The noise is 1e-4 of columns whose norms are about 1.
    assert np.abs(fit.poles[np.argsort(fit.poles.real)] - planted).max() < 1e-2
    assert fit.squares <= float((5e-3 * NOISE) @ (5e-3 * NOISE))
