"""Number and places of exponents: planted ones are found, noise and polynomials have none."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.numerics.bases.legendre import legendre
from tiltyard.studies.derivatives.numerics.exponentials import exponential_selection
from tiltyard.studies.derivatives.numerics.exponentials.exponential_descent import (
    SLOWEST,
    evaluate,
)
from tiltyard.studies.derivatives.numerics.exponentials.exponential_fit import (
    columns,
    fit_coefficients,
    refine,
    standard_deviations,
)
from tiltyard.studies.derivatives.numerics.exponentials.exponential_selection import (
    LEAST_FALL,
    MOST_PARAMETERS,
    MOST_PLACED,
    STEPS,
    Selection,
    as_two_real,
    best_fit,
    bic,
    least_term,
)

X = np.linspace(-1.0, 1.0, 61)
ROUNDING = 1e-15


def curve(x, exponents, weights):
    return sum(
        (w * np.exp(s * x - abs(s.real))).real for s, w in zip(exponents, weights, strict=True)
    )


PLANTED = {
    "decays": (np.array([-7.0 + 0j, -1.2 + 0j]), [1.0, -0.6]),
    "growth and decay": (np.array([-5.0 + 0j, 3.0 + 0j]), [1.0, 0.8]),
    "damped tone": (np.array([-1.0 + 13.0j]), [1.0 - 0.5j]),
    "two close tones": (np.array([0.0 + 20.0j, 0.0 + 23.0j]), [1.0, 0.7j]),
    "decay under a tone": (np.array([-2.5 + 0j, -0.4 + 31.0j]), [1.0, 0.3]),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_exponents_are_found(name):
    exponents, weights = PLANTED[name]
    y = curve(X, exponents, weights)
    y = y + 1e-6 * np.random.default_rng(1).standard_normal(len(X))
    fit = best_fit(X, y, ROUNDING)
    assert len(fit.exponents) == len(exponents)
    found = fit.exponents[np.lexsort((fit.exponents.real, fit.exponents.imag))]
    # The bound of Cramer and Rao is some 1e-5 here: sums of decays are poorly conditioned.
    assert_allclose(found, exponents, atol=2e-4)
    # Squares are n - p times the noise's variance, within four of their standard errors.
    freedom = len(X) - fit.parameters
    assert fit.squares / 1e-12 == pytest.approx(freedom, abs=4.0 * math.sqrt(2.0 * freedom))


@pytest.mark.parametrize("noise", [1e-3, 1e-6])
def test_close_decays_do_not_end_as_slow_tones(noise):
    """The search comes through pairs of decays that are nearly equal: tones of least frequency.

    Descent from the truth ends at the best fit with these terms, which the search must reach.
    """
    x = np.linspace(-1.0, 1.0, 101)
    exponents = np.array([-14.4 + 0j, -3.16 + 0j, -2.43 + 0j])
    y = curve(x, exponents, [-0.41, -1.24, 1.65])
    y = (y - y.mean()) / y.std() + noise * np.random.default_rng(2).standard_normal(len(x))
    from_truth = refine(x, y, fit_coefficients(x, y, 0, exponents), tolerance=1e-12, iterations=99)
    fit = best_fit(x, y, ROUNDING)
    assert bic(fit, ROUNDING) < bic(from_truth, ROUNDING) + LEAST_FALL


@pytest.mark.parametrize("name", ["decays", "two close tones"])
def test_terms_do_not_hang_on_rounding(name):
    """Samples that differ by rounding, as those of two languages do, are fitted alike."""
    exponents, weights = PLANTED[name]
    rng, noise = np.random.default_rng(5), 1e-8
    y = curve(X, exponents, weights) + noise * rng.standard_normal(len(X))
    fit = best_fit(X, y, ROUNDING)
    deviations = standard_deviations(X, fit, X, (0,))
    for _ in range(3):
        other = best_fit(X, y * (1.0 + 1e-16 * rng.choice([-2.0, 0.0, 2.0], len(X))), ROUNDING)
        assert other.degree == fit.degree
        assert len(other.exponents) == len(fit.exponents)
        # Samples have moved by 1e-16 / 1e-8 of the noise; descents end within rounding of that.
        assert np.abs(other.residual - fit.residual).max() < 1e-6 * deviations.max()


@pytest.mark.parametrize("name", PLANTED)
def test_changes_that_are_given_up_would_not_have_been_made(name):
    """From the right terms but one on: hopeless changes are left out, the best is as without."""
    exponents, weights = PLANTED[name]
    selection = Selection(X, curve(X, exponents, weights), ROUNDING)
    model = selection.start(2, exponents[:-1])
    whole = [selection.start(*terms) for terms in selection.changes(model, True)]
    for trial in whole:
        selection.descend(trial, STEPS)
    kept = selection.trials(model, True)
    assert 0 < len(kept) < len(whole)
    best = min(map(selection.value, kept))
    assert best <= min(map(selection.value, whole)) + LEAST_FALL


def test_a_tone_becomes_two_decays_about_its_rate():
    found = as_two_real(np.array([-4.0 + 0.6j, 2.0 + 9.0j, -20.0 + SLOWEST * 1j]), 2)
    assert_allclose(found, [-4.0 + 0.6j, 2.0 + 9.0j, -22.0, -18.0])
    assert_allclose(as_two_real(np.array([-1.0 + 0.6j]), 0), [-1.6, -0.4])
    assert_allclose(as_two_real(np.array([0.5 + SLOWEST * 1j]), 0), [0.2, 0.8])


def test_the_first_of_equals_is_the_least():
    selection = Selection(X, np.exp(-X), ROUNDING)
    none = np.zeros(0, complex)
    low, same, high = (selection.start(degree, none) for degree in (5, 5, 2))
    assert selection.least([high, low, same]) is low
    assert selection.least([same, low]) is same


def test_a_trend_stays_a_polynomial_beside_a_tone():
    y = legendre(X, 3, 0) @ np.array([0.2, 0.5, -0.4, 0.3]) + curve(X, [0.3 + 25.0j], [0.4])
    fit = best_fit(X, y + 1e-5 * np.random.default_rng(2).standard_normal(len(X)), ROUNDING)
    assert fit.degree == 3
    assert_allclose(fit.exponents, [0.3 + 25.0j], atol=1e-3)


@pytest.mark.parametrize("degree", [0, 1, 4, 10])
def test_exact_polynomials_have_no_exponents(degree):
    y = legendre(X, degree, 0) @ (1.0 / np.arange(1, degree + 2))
    fit = best_fit(X, y, ROUNDING)
    assert fit.degree == degree
    assert not len(fit.exponents)


@pytest.mark.parametrize("n", [30, 61, 150])
def test_noise_has_no_exponents(n):
    """BIC with its prior lets a tone into noise in less than one record of ten, whatever n is.

    Five of 30 would be there with a probability of 1e-3 if it were one of twenty.
    """
    x = np.linspace(-1.0, 1.0, n)
    rng = np.random.default_rng(n)
    found = [best_fit(x, rng.standard_normal(n), ROUNDING) for _ in range(30 if n < 100 else 10)]
    assert sum(len(fit.exponents) > 0 for fit in found) <= 2
    assert sum(fit.degree > 1 for fit in found) <= 4


def test_terms_are_few_however_little_fits():
    y = np.sign(np.sin(9.0 * X + 0.4)) * np.abs(X)
    fit = best_fit(X, y, ROUNDING)
    assert fit.parameters <= MOST_PARAMETERS * len(X)


def test_long_records_place_exponents_on_some_samples_and_move_them_on_all(monkeypatch):
    n, noise = 1000, 1e-3
    x = np.linspace(-1.0, 1.0, n)
    exponents, weights = PLANTED["damped tone"]
    y = curve(x, exponents, weights) + noise * np.random.default_rng(4).standard_normal(n)
    sizes = []

    class Noted(Selection):
        def __init__(self, x, y, resolution):
            sizes.append(len(x))
            super().__init__(x, y, resolution)

    monkeypatch.setattr(exponential_selection, "Selection", Noted)
    fit = best_fit(x, y, ROUNDING)
    assert sizes == [MOST_PLACED]
    assert len(fit.residual) == n
    fitted = columns(x, fit.degree, fit.exponents, 0) @ fit.coefficients
    # Errors of all samples' fit: sqrt(p / n) of the noise, p = 5; of 150 samples' 2.6 times that.
    error = np.sqrt(np.mean(np.square(fitted - curve(x, exponents, weights))))
    assert error < 1.8 * noise * math.sqrt(5.0 / n)


def test_bic_is_schwarz_and_the_price_of_places():
    fit = fit_coefficients(X, np.sin(9.0 * X), 2, np.array([-3.0 + 4.0j, 0.5 + 0j]))
    size = 61 * math.log(fit.squares / 61)
    # 3 + 3 coefficients and 3 coordinates; |s| = 5, and 0.5, which has no other place.
    assert bic(fit, ROUNDING) == pytest.approx(size + 9 * math.log(61) + 2.0 * math.log(5.0))
    floor = 61 * math.log(0.01) + 9 * math.log(61) + 2.0 * math.log(5.0)
    assert bic(fit._replace(squares=1e-9), 0.1) == pytest.approx(floor)


def test_the_least_term_is_the_one_whose_loss_costs_least():
    exponents = np.array([-6.0 + 0j, -1.0 + 9.0j, 2.0 + 0j, 0.7 + 20.0j])
    for seed in range(6):
        y = np.random.default_rng(seed).standard_normal(len(X))
        costs = [
            fit_coefficients(X, y, 1, np.delete(exponents, j)).squares
            for j in range(len(exponents))
        ]
        assert least_term(evaluate(X, y, legendre(X, 1, 0), exponents)) == np.argmin(costs)
