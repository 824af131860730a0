"""A rational function as a member of a pool: as the estimator has it, and leaving samples out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.rational.rational_least_squares import (
    rational_least_squares,
)
from tiltyard.studies.derivatives.numerics.rational.rational_fit import (
    columns,
    fit_residues,
    refine,
)
from tiltyard.studies.derivatives.numerics.rational.rational_member import RationalMember

X = np.linspace(-0.5, 0.5, 40)
NOISE = 0.02
Y = 1.0 / (1.0 + 36.0 * (X - 0.1) ** 2) + NOISE * np.random.default_rng(8).standard_normal(40)
SPREAD = Y.std()
Z = (Y - Y.mean()) / SPREAD
ALL = np.arange(40)


def test_it_is_the_estimator_in_unit_time():
    member = RationalMember(X, Z, ALL, None)
    at, orders = np.linspace(-0.5, 0.5, 7), (0, 1, 5)
    found = member.predict(at, orders)
    expected = rational_least_squares(X, Z, at, orders)
    size = np.abs(expected.values).max(axis=1, keepdims=True)
    # The two scale the samples differently, and the search for poles ends at 1e-14 of the squares.
    assert np.all(np.abs(found.mean - expected.values) < 1e-5 * size)
    assert_allclose(np.sqrt(found.variance), expected.standard_deviation, rtol=1e-4)


def test_surprise_is_that_of_fits_without_the_sample():
    member = RationalMember(X, Z, ALL, (NOISE / SPREAD) ** 2)
    assert member.fit.degree == 1
    surprise = 0.0
    for i in ALL:
        others = np.delete(ALL, i)
        start = fit_residues(2.0 * X[others], Z[others] / member.scale, 1, member.fit.poles)
        fit = refine(
            *(2.0 * X[others], Z[others] / member.scale, start),
            nearest=1e-3,
            tolerance=1e-14,
            iterations=50,
        )
        there = columns(2.0 * X[i : i + 1], fit.degree, fit.poles, 0) @ fit.coefficients
        free = 1.0 - member.predict(X[i : i + 1], (0,)).variance[0, 0] / member.noise_variance
        variance = member.noise_variance / free
        surprise += 0.5 * (Z[i] - member.scale * there[0]) ** 2 / variance + 0.5 * np.log(variance)
    # Poles move a little with a sample: the formula is linear in them. 0.05 nats a sample.
    assert member.surprise() == pytest.approx(surprise, abs=2.0)


def test_known_noise_is_taken_and_speaks_against_a_poor_fit():
    right, small = ((k * NOISE / SPREAD) ** 2 for k in (1.0, 0.1))
    free = RationalMember(X, Z, ALL, None)
    # Standard error of a variance from some 34 free samples: 24 %.
    assert free.noise_variance == pytest.approx(right, rel=0.6)
    told, fooled = (RationalMember(X, Z, ALL, noise) for noise in (right, small))
    assert told.noise_variance == right
    # A hundredth of the variance: the squares count a hundred times.
    assert fooled.evidence > told.evidence + 30.0 * 40
    assert fooled.surprise() > told.surprise() + 30.0 * 40


def test_poles_of_few_samples_are_fitted_to_all():
    some = np.unique(np.linspace(0, 39, 25).astype(int))
    few = RationalMember(X, Z, some, None)
    assert len(few.fit.residual) == 40
    poles = RationalMember(X[some], Z[some], np.arange(len(some)), None).fit.poles
    assert_allclose(few.fit.poles, poles, rtol=1e-10)
