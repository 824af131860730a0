"""Parametric members of a pool: as the estimator has them, and leaving samples out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.rational.rational_least_squares import (
    rational_least_squares,
)
from tiltyard.studies.derivatives.numerics.parametric.parametric_member import ParametricMember
from tiltyard.studies.derivatives.numerics.parametric.parametric_members import (
    FAR_WORSE,
    KINDS,
    parametric_members,
    tenable,
)
from tiltyard.studies.derivatives.numerics.parametric.rational_terms import rational_fits
from tiltyard.studies.derivatives.numerics.rational.rational_fit import (
    columns,
    fit_residues,
)
from tiltyard.studies.derivatives.numerics.rational.rational_refinement import refine
from tiltyard.studies.derivatives.numerics.rational.rational_selection import best_fit
from tiltyard.studies.derivatives.numerics.warped.left_out import LeftOut

X = np.linspace(-0.5, 0.5, 40)
NOISE = 0.02
Y = 1.0 / (1.0 + 36.0 * (X - 0.1) ** 2) + NOISE * np.random.default_rng(8).standard_normal(40)
SPREAD = Y.std()
Z = (Y - Y.mean()) / SPREAD
ALL = np.arange(40)


def rational(x, z, few, noise_variance=None):
    decided, fit = rational_fits(2.0 * x, z, few)
    return ParametricMember(decided, fit, z[few], noise_variance)


def test_it_is_the_estimator_in_unit_time():
    member = rational(X, Z, ALL)
    at, orders = np.linspace(-0.5, 0.5, 7), (0, 1, 5)
    found = member.predict(at, orders)
    expected = rational_least_squares(X, Z, at, orders)
    size = np.abs(expected.values).max(axis=1, keepdims=True)
    # The two scale the samples differently, and the search for poles ends at 1e-14 of the squares.
    assert np.all(np.abs(found.mean - expected.values) < 1e-5 * size)
    # The member's poles have a prior, which takes a little from their uncertainty.
    share = np.sqrt(found.variance) / expected.standard_deviation
    assert share.max() < 1.0 + 1e-4 and share.min() > 0.999


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_the_derivatives(kind):
    _, fit = KINDS[kind](2.0 * X, Z, ALL)
    assert fit.gradient(X, 3).shape == (40, fit.parameters)
    x, step = np.linspace(-0.9, 0.9, 5), 1e-5
    for order in (0, 3):
        ahead, behind = (fit.gradient(x + by, order) for by in (step, -step))
        expected = fit.gradient(x, order + 1)
        # Step^2 times third derivatives of a pole at distance 0.3 or so: 1e-10 / 0.3^2, and
        # rounding over the step.
        size = np.abs(expected).max(axis=0, keepdims=True) + np.abs(ahead).max()
        assert np.all(np.abs((ahead - behind) / (2.0 * step) - expected) < 1e-7 * size)
        moved = fit.derivative(x + step, order) - fit.derivative(x - step, order)
        there = fit.derivative(x, order + 1)
        assert_allclose(moved / (2.0 * step), there, atol=1e-6 * np.abs(there).max())


def test_left_out_samples_are_predicted_by_fits_without_them():
    member = rational(X, Z, ALL, (NOISE / SPREAD) ** 2)
    size = float(np.abs(Z).max())
    whole = best_fit(2.0 * X, Z / size, 1e-15)
    assert whole.degree == 1
    misses = []
    for i in ALL:
        others = np.delete(ALL, i)
        x, z = 2.0 * X[others], Z[others] / size
        start = fit_residues(x, z, 1, whole.poles)
        fit = refine(x, z, start, nearest=1e-3, tolerance=1e-14, iterations=50)
        there = columns(2.0 * X[i : i + 1], 1, fit.poles, 0) @ fit.coefficients
        misses.append(Z[i] - size * there[0])
    found = member.left_out()
    # Poles move a little with a sample: the formula is linear in them.
    assert_allclose(found.misses, misses, atol=0.1 * NOISE / SPREAD)
    expected = LeftOut(np.array(misses), found.variances)
    assert found.surprise() == pytest.approx(expected.surprise(), abs=2.0)  # 0.05 nats a sample
    total = found.variances * (1.0 - member.leverages)
    assert_allclose(total, member.noise_variance, rtol=1e-12)


def test_known_noise_is_taken_and_speaks_against_a_poor_fit():
    right, small = ((k * NOISE / SPREAD) ** 2 for k in (1.0, 0.1))
    free = rational(X, Z, ALL)
    # Standard error of a variance from some 34 free samples: 24 %.
    assert free.noise_variance == pytest.approx(right, rel=0.6)
    told, fooled = (rational(X, Z, ALL, noise) for noise in (right, small))
    assert told.noise_variance == right
    # A hundredth of the variance: the squares count a hundred times.
    assert fooled.evidence > told.evidence + 30.0 * 40
    assert fooled.left_out().surprise() > told.left_out().surprise() + 30.0 * 40


@pytest.mark.parametrize("kind", KINDS)
def test_terms_of_few_samples_move_with_all(kind):
    rng = np.random.default_rng(9)
    x = np.linspace(-1.0, 1.0, 90)
    signal = {"rational": 1.0 / (1.0 + 9.0 * x**2), "exponentials": np.exp(-3.0 * x) / 20.0}[kind]
    y = signal + 1e-4 * rng.standard_normal(90)
    few = np.unique(np.rint(np.linspace(0, 89, 30)).astype(int))
    decided, fit = KINDS[kind](x, y, few)
    assert (len(decided.residual), len(fit.residual)) == (30, 90)
    assert decided.parameters == fit.parameters
    # The residuals of all are smaller than those of the terms before they moved.
    stayed = fit.columns(x, 0)
    assert fit.squares <= np.sum(np.square(y - decided.columns(x, 0) @ decided.coefficients))
    assert_allclose(stayed @ fit.coefficients + fit.residual, y, atol=1e-12)


def test_a_nearly_interpolated_sample_does_not_exclude_a_member():
    member = rational(X, Z, ALL)
    assert member.leverages.max() < 0.8
    honest = [member.left_out()]
    assert member.behind(honest) == 0.0
    # The same member, which had one sample almost for itself: its miss without it is nonsense.
    member.leverages[7] = 1.0 - 1e-8
    explodes = member.left_out()
    assert explodes.surprise() > honest[0].surprise() + 1e6
    assert member.behind(honest) == 0.0
    kept = tenable({"rational": member}, member.evidence, honest)
    assert kept["rational"][1] == 0.0


def test_a_member_far_behind_a_process_is_excluded():
    member = rational(X, Z, ALL)
    mine = member.left_out()
    assert "rational" in tenable({"rational": member}, member.evidence - FAR_WORSE + 1.0, [mine])
    assert not tenable({"rational": member}, member.evidence - FAR_WORSE - 1.0, [mine])
    # A process that knows each sample e times as well as the member: 40 nats for 40 samples.
    sharper = LeftOut(mine.misses / np.e**1.1, mine.variances / np.e**2.2)
    assert not tenable({"rational": member}, member.evidence, [mine, sharper])
    member.evidence = np.nan
    assert not tenable({"rational": member}, 0.0, [mine])


def test_members_that_cannot_be_had_are_left_out(monkeypatch):
    def fails(x, y, few):
        raise np.linalg.LinAlgError("dependent")

    monkeypatch.setitem(KINDS, "rational", fails)
    assert list(parametric_members(X, Z, ALL, None)) == ["exponentials"]


def test_a_polynomial_is_one_member_whatever_kind_finds_it():
    parabola = X - 0.5 * X**2 + 0.01 * np.random.default_rng(0).standard_normal(40)
    z = (parabola - parabola.mean()) / parabola.std()
    both = [fits(2.0 * X, z, ALL)[1] for fits in KINDS.values()]
    assert [(len(fit.density), fit.parameters) for fit in both] == [(0, 3), (0, 3)]
    assert list(parametric_members(X, z, ALL, None)) == ["rational"]
    assert list(parametric_members(X, Z, ALL, None)) == list(KINDS)
