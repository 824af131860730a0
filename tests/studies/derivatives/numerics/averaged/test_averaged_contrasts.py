"""A member seen in contrasts against dense covariances, and members against their promises."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.numerics.averaged.contrasts import Contrasts, Seen, Spanned
from tiltyard.studies.derivatives.numerics.averaged.groups import Groups
from tiltyard.studies.derivatives.numerics.averaged.members import (
    SPECTRA,
    members_for,
    polynomial,
    process,
)

U = np.array([-0.5, -0.41, -0.3, -0.22, -0.05, 0.03, 0.17, 0.24, 0.38, 0.5])
GROUPS = Groups(U, np.ones(len(U)))
AT = np.array([-0.5, -0.1, 0.2, 0.45])
Z = np.sin(5.0 * U) + 0.1 * np.random.default_rng(3).standard_normal(len(U))
MEMBERS = {
    "squared-exponential": process("squared_exponential", 0.4, U, 1.0),
    "matern": process("matern_17_2", 0.3, U, 1.0),
    "with a slope": process("squared_exponential", 0.4, U, 1.0, slope=3.0),
    "cubic": polynomial(3, U, 1.0),
}


@pytest.fixture(params=MEMBERS)
def member(request):
    return MEMBERS[request.param]


def spanned(member):
    return Spanned(member, GROUPS)


def covariance(member, first, second=None, order=0):
    """Dense prior covariance of derivatives at `first` with values at `second`."""
    second = first if second is None else second
    return member.features(first, (order,))[0] @ member.features(second, (0,))[0].T


def dense_contrasts(z=Z):
    """Differences from the first sample: contrasts that are neither orthonormal nor centred."""
    D = np.hstack([-np.ones((len(U) - 1, 1)), np.eye(len(U) - 1)])
    return D, D @ z


def test_restricted_likelihood_of_known_noise_is_the_dense_one(member):
    ratios = np.array([1e-3, 0.1, 2.0])
    found = Seen(spanned(member), Contrasts(GROUPS, Z), 0.0).likelihood(ratios, 0.02).log
    D, d = dense_contrasts()
    dense = []
    for ratio in ratios:
        C = 0.02 / ratio * (covariance(member, U) + ratio * np.eye(len(U)))
        S = D @ C @ D.T
        dense.append(-0.5 * (np.linalg.slogdet(S)[1] + d @ np.linalg.solve(S, d)))
    # Contrasts of another basis differ by a constant.
    assert_allclose(found - found[0], np.array(dense) - dense[0], rtol=1e-8)


def test_likelihood_of_unknown_noise_is_that_of_known_noise_integrated(member):
    ratios = np.array([1e-2, 0.3])
    seen = Seen(spanned(member), Contrasts(GROUPS, Z), 0.0)
    logs = np.linspace(-12.0, 12.0, 801)  # of the variance, whose logarithm has a flat prior
    integrals = [
        np.trapezoid(
            [np.exp(seen.likelihood(np.array([r]), r * math.exp(s)).log[0]) for s in logs], logs
        )
        for r in ratios
    ]
    found = seen.likelihood(ratios, None).log
    assert found[1] - found[0] == pytest.approx(math.log(integrals[1] / integrals[0]), rel=1e-6)


@pytest.mark.parametrize("order", [0, 1, 3])
def test_predictions_are_those_of_the_dense_process(member, order):
    ratio, scale = 0.05, 1.7
    seen = Seen(spanned(member), Contrasts(GROUPS, Z), 0.0)
    mean, deviation = seen.predict(AT, (order,), np.array([ratio]), np.array([scale]))
    # A flat prior of the level: generalised least squares (Rasmussen & Williams 2006, eq. 2.41).
    C = covariance(member, U) + ratio * np.eye(len(U))
    one = np.ones(len(U))
    weight = np.linalg.solve(C, one) / (one @ np.linalg.solve(C, one))
    level = weight @ Z
    K = covariance(member, AT, U, order)
    left = float(order == 0) - K @ np.linalg.solve(C, one)
    expected = float(order == 0) * level + K @ np.linalg.solve(C, Z - level)
    own = member.features(AT, (order,))[0]
    variance = np.square(own).sum(axis=1) - np.einsum("ij,ji->i", K, np.linalg.solve(C, K.T))
    variance += left**2 / (one @ np.linalg.solve(C, one))
    assert_allclose(mean[0, 0], expected, rtol=1e-7, atol=1e-8 * np.abs(expected).max())
    assert_allclose(deviation[0, 0] ** 2, scale * variance, rtol=1e-6)


@pytest.mark.parametrize("order", [1, 2, 7])
def test_features_are_derivatives_of_each_other(member, order):
    h = 1e-5
    above, below = (member.features(AT + d, (order - 1,))[0] for d in (h, -h))
    found = member.features(AT, (order,))[0]
    assert_allclose(found, (above - below) / (2 * h), atol=1e-6 * max(np.abs(found).max(), 1.0))


@pytest.mark.parametrize("name", ["squared-exponential", "matern", "cubic"])
def test_members_have_a_mean_variance_of_one_over_the_samples(name):
    columns = MEMBERS[name].features(U, (0,))[0]
    centred = columns - columns.mean(axis=0)
    assert np.square(centred).sum() == pytest.approx(len(U) - 1)


def test_processes_are_those_of_the_textbook():
    lag = U - U[0]

    def correlation(member):
        first = covariance(member, U[:1], U)[0]
        return first / first[0]

    assert_allclose(
        correlation(MEMBERS["squared-exponential"]), np.exp(-0.5 * (lag / 0.4) ** 2), atol=1e-5
    )
    # Matérn's covariance of smoothness 17/2 by its spectrum, integrated.
    w = np.linspace(0.0, 400.0, 40_001)
    density = np.exp(SPECTRA["matern_17_2"].log_density(0.3 * w))
    exact = [np.trapezoid(density * np.cos(w * one), w) for one in lag]
    # Its copies on the circle are five length scales away, and have 1e-4 there.
    assert_allclose(correlation(MEMBERS["matern"]), np.array(exact) / exact[0], atol=2e-4)


@pytest.mark.parametrize("n", [5, 8, 40])
def test_probabilities_of_all_members_have_the_sum_one(n):
    members = members_for(np.linspace(-0.5, 0.5, n))
    assert sum(member.probability for member in members) == pytest.approx(1.0)
    assert len({member.name for member in members}) == len(members)


def test_tiny_noise_ratios_keep_their_digits():
    # A function of the process itself: a few directions hold it, whatever the ratio.
    member = process("squared_exponential", 1.5, U, 1.0)
    z = member.features(U, (0,))[0][:, 1]
    seen = Seen(spanned(member), Contrasts(GROUPS, z), 0.0)
    ratios = np.array([1e-12, 1e-20])
    slopes = seen.predict(AT, (1,), ratios, np.ones(2))[0][:, 0]
    exact = member.features(AT, (1,))[0][:, 1]
    errors = np.abs(slopes - exact).max(axis=1) / np.abs(exact).max()
    assert errors[0] < 1e-4
    assert errors[1] < 1e-7
