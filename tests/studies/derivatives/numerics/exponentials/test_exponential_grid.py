"""Candidates for the next exponent: what each explains is what a fit with it explains."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.numerics.exponentials.exponential_descent import bounds
from tiltyard.studies.derivatives.numerics.exponentials.exponential_fit import fit_coefficients
from tiltyard.studies.derivatives.numerics.exponentials.exponential_grid import (
    Candidates,
    real_rates,
    tones,
)

X = np.linspace(-1.0, 1.0, 40)
Y = np.exp(-4.0 * (X + 1.0)) + 0.3 * np.cos(11.0 * X) + 0.02 * np.sin(50.0 * X**2)


@pytest.mark.parametrize("kind", [tones, real_rates])
def test_each_candidate_explains_what_the_fit_with_it_does(kind):
    exponents = kind(len(X))
    fit = fit_coefficients(X, Y, 2, np.array([-3.0 + 0j, 0.2 + 12.0j]))
    found = Candidates(X, exponents).explained(fit)
    drops = []
    for one in exponents:
        more = fit_coefficients(X, Y, 2, np.append(fit.exponents, one))
        drops.append(fit.squares - more.squares)
    # Candidates keep 1e-6 of their squares or more here: 1e-16 / 1e-6 and some digits.
    assert_allclose(found, drops, rtol=1e-7, atol=1e-9 * fit.squares)
    assert Candidates(X, exponents).best(fit) == exponents[np.argmax(drops)]


def test_a_candidate_that_is_in_the_fit_explains_nothing():
    exponents = real_rates(len(X))
    fit = fit_coefficients(X, Y, 1, exponents[:1])
    assert Candidates(X, exponents).explained(fit)[0] == 0.0


def test_candidates_are_alike_in_both_directions_of_time_and_within_bounds():
    for kind in (tones, real_rates):
        found = kind(60)
        steepest, fastest = bounds(60)
        assert set(found) == set(-found.conj())
        assert np.abs(found.real).max() == pytest.approx(steepest)
        assert found.imag.max() < fastest
    assert (tones(60).imag > 0.0).all()
    assert not real_rates(60).imag.any()


def test_steady_frequencies_are_half_a_resolution_apart():
    steady = tones(60)[tones(60).real == 0.0].imag
    assert_allclose(np.diff(steady), np.pi / 2.0)
    assert steady[0] == pytest.approx(np.pi / 2.0)
