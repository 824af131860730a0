"""Pooling of warped processes: weights, medians, variances and quantiles."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm, t

from tiltyard.studies.derivatives.contract import PROBABILITIES
from tiltyard.studies.derivatives.numerics.warped.pooling import (
    error_weights,
    estimate_weights,
    pool,
)

EVEN = np.full((2, 1), 0.5)


def test_pool_has_the_variance_of_the_mixture():
    means, variances = np.array([[[0.0]], [[2.0]]]), np.array([[[1.0]], [[1.0]]])
    pooled = pool(means, variances, EVEN, EVEN, (0,), linear=True)
    assert (pooled.estimate[0, 0], pooled.variance[0, 0]) == (1.0, 2.0)
    # Both members are alike about the centre.
    low, high = pooled.quantiles[:2, 0, 0], pooled.quantiles[:1:-1, 0, 0]
    assert_allclose(low + high, 2.0, rtol=1e-9)


def test_a_rash_member_decides_the_estimate_but_not_its_errors():
    means, variances = np.array([[[0.0]], [[1.0]]]), np.array([[[1.0]], [[1e-8]]])
    sizes, evidence = variances[:, :, 0], np.zeros(2)
    weights, of_errors = estimate_weights(evidence, sizes), error_weights(evidence, sizes)
    pooled = pool(means, variances, weights, of_errors, (0,))
    assert pooled.estimate[0, 0] == pytest.approx(1.0)
    # The other one's share is the cube root of 1e-8: its own variance and its distance.
    share = 1e-8 ** (1.0 / 3.0)
    assert pooled.variance[0, 0] == pytest.approx(share / (1.0 + share) * (1.0 + 1.0), rel=1e-4)
    assert np.ptp(pooled.quantiles[1:3]) < 1e-3


def test_weights_of_the_estimate_are_those_of_independent_measurements():
    weights = estimate_weights(np.zeros(2), np.array([[1.0], [2.0]]))
    assert_allclose(weights[:, 0], [2.0 / 3.0, 1.0 / 3.0])
    of_errors = error_weights(np.zeros(2), np.array([[1.0], [8.0]]))
    assert_allclose(of_errors[:, 0], [2.0 / 3.0, 1.0 / 3.0])


def test_errors_trust_the_evidence_less_than_the_estimate_does():
    evidence, ones = np.array([0.0, 40.0]), np.ones((2, 1))
    weights, of_errors = estimate_weights(evidence, ones), error_weights(evidence, ones)
    assert weights[1, 0] / weights[0, 0] == pytest.approx(np.exp(-0.12 * 40.0))
    own = [np.exp(-power * 40.0) for power in (0.12, 0.06)]
    assert of_errors[1, 0] == pytest.approx(np.mean([w / (1.0 + w) for w in own]))
    assert_allclose(weights.sum(axis=0), 1.0)
    assert_allclose(of_errors.sum(axis=0), 1.0)


def test_a_member_that_cannot_vary_is_not_certain_but_absent():
    sizes = np.array([[1.0, 1.0], [1.0, 0.0]])
    for weights in (estimate_weights(np.zeros(2), sizes), error_weights(np.zeros(2), sizes)):
        assert weights.tolist() == [[0.5, 1.0], [0.5, 0.0]]


def test_one_member_has_the_quantiles_of_its_own_distribution():
    one = np.ones((1, 2))
    orders = (0, 5)
    pooled = pool(np.full((1, 2, 3), 5.0), np.full((1, 2, 3), 4.0), one, one, orders)
    for row, order in enumerate(orders):
        # Its 68 % are those of a normal distribution at order 0, and grow by 4 % with each order.
        scale = 2.0 * norm.ppf(0.84) / t(4).ppf(0.84) * (1.0 + 0.04 * order)
        own = 5.0 + scale * t(4).ppf(PROBABILITIES)
        assert_allclose(pooled.quantiles[:, row], np.tile(own, (3, 1)).T)


def test_weights_that_cannot_be_seen_are_none():
    evidence = np.array([0.0, 300.0])
    for weights in (
        estimate_weights(evidence, np.ones((2, 1))),
        error_weights(evidence, np.ones((2, 1))),
    ):
        assert weights[:, 0].tolist() == [1.0, 0.0]
