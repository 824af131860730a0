"""The likelihood of warped processes against dense formulas and finite differences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal
from warped_cases import CASES, U, X, Y, covariance, member, smooth

from tiltyard.studies.derivatives.numerics.warped import likelihood
from tiltyard.studies.derivatives.numerics.warped.likelihood import Fit


@pytest.mark.parametrize(("model", "theta"), CASES)
def test_likelihood_is_that_of_a_normal_distribution(model, theta):
    here = Fit(model, theta, Y)
    dense = multivariate_normal(np.zeros(len(X)), here.scale * covariance(model, theta))
    # Eigenvalues below 1e-6 of the noise are left out: at most 1e-6 each.
    assert_allclose(here.L, -dense.logpdf(Y), atol=1e-5)


@pytest.mark.parametrize(("model", "theta"), CASES)
def test_gradient_of_the_objective(model, theta):
    step = 1e-5
    differences = [
        (Fit(model, theta + step * e, Y).J - Fit(model, theta - step * e, Y).J) / (2 * step)
        for e in np.eye(len(theta))
    ]
    # Rounding of J, 1e-13 of 50, over the step; step^2 times third derivatives of order 100.
    assert_allclose(Fit(model, theta, Y).derivatives()[0], differences, atol=2e-6, rtol=1e-6)


@pytest.mark.parametrize(("model", "theta"), CASES)
def test_fisher_matrix_is_that_of_the_textbook(model, theta):
    step = 1e-5

    def scaled(at):
        known = model.noise_variance
        return covariance(model, at) * (known / Fit(model, at, Y).r if known else 1.0)

    inverse = np.linalg.inv(scaled(theta))
    W = [
        inverse @ (scaled(theta + step * e) - scaled(theta - step * e)) / (2 * step)
        for e in np.eye(len(theta))
    ]
    expected = 0.5 * np.array([[np.sum(a * b.T) for b in W] for a in W])
    if model.noise_variance is None:  # a free scale takes its part of the information
        traces = np.array([np.trace(a) for a in W])
        expected -= np.outer(traces, traces) / (2 * len(X))
    expected += np.diag(model.prior(theta)[2])
    found = Fit(model, theta, Y).derivatives()[1]
    assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


def test_cholesky_and_orthogonal_factorisations_agree():
    model = member(smooth(), 30)
    theta = np.r_[-2.0, 2.3, np.log(1e-9), U]
    above, below = theta.copy(), theta.copy()
    above[2] += 1e-3  # factorised as K, and as the stack of features and noise
    below[2] -= 1e-3
    slope = Fit(model, below, Y).derivatives()[0][2]
    gained = Fit(model, above, Y).J - Fit(model, below, Y).J
    # K has lost 1e-16 / 1e-9 of its digits: Q by 1e-7, J by 15 times that and more.
    assert gained == pytest.approx(2e-3 * slope, abs=1e-4)


@pytest.mark.parametrize(("model", "theta"), CASES[:2])
def test_a_matrix_that_rounding_made_indefinite_is_factorised_otherwise(monkeypatch, model, theta):
    expected = Fit(model, theta, Y)
    monkeypatch.setattr(likelihood, "dpotrf", lambda matrix, overwrite_a: (matrix, 1))
    found = Fit(model, theta, Y)
    assert not found.in_features
    # Rounding by 1e-16 over the noise ratio, which is 0.05.
    assert pytest.approx(expected.J, rel=1e-11) == found.J
    for there, here in zip(found.derivatives(), expected.derivatives(), strict=True):
        assert_allclose(there, here, rtol=1e-9, atol=1e-11 * np.abs(here).max())
