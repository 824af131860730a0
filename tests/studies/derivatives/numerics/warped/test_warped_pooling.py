"""Pooling of warped processes: medians, variances and weights."""

import numpy as np
import pytest

from tiltyard.studies.derivatives.numerics.warped.pooling import log_weights, mixture_median, pool


def test_median_of_mixtures():
    weights = np.array([0.5, 0.5])
    assert mixture_median(np.array([1.0, 3.0]), np.array([0.2, 0.2]), weights) == pytest.approx(2)
    alone = mixture_median(np.array([1.0, 1e9]), np.array([0.1, 1e9]), np.array([0.999, 0.001]))
    assert alone == pytest.approx(1.0, abs=1e-3)


def test_pool_has_the_variance_of_the_mixture():
    means, variances = np.array([[[0.0]], [[2.0]]]), np.array([[[1.0]], [[1.0]]])
    centre, variance = pool(means, variances, np.zeros((2, 1)), np.zeros(2), linear=True)
    assert (centre[0, 0], variance[0, 0]) == (1.0, 2.0)


def test_a_rash_member_decides_the_estimate_but_not_its_variance():
    means, variances = np.array([[[0.0]], [[1.0]]]), np.array([[[1.0]], [[1e-8]]])
    evidence = np.zeros(2)
    log = log_weights(evidence, evidence, variances[:, :, 0])
    centre, variance = pool(means, variances, log, evidence)
    assert centre[0, 0] == pytest.approx(1.0)
    assert variance[0, 0] == pytest.approx(0.5 * (1.0 + 1.0), rel=1e-6)


def test_weights_fall_with_evidence_surprise_and_variance_alike():
    ones = np.ones((2, 1))
    by_evidence, by_surprise = (
        log_weights(np.array([0.0, 5.0 * first]), np.array([0.0, 5.0 - 5.0 * first]), ones)
        for first in (1.0, 0.0)
    )
    assert by_evidence[1, 0] == by_surprise[1, 0] < 0.0
    equal = np.zeros(2)
    # Inverse variances are the weights of independent measurements.
    assert log_weights(equal, equal, np.array([[1.0], [2.0]]))[1, 0] == pytest.approx(-np.log(2.0))


def test_a_member_that_cannot_vary_is_not_certain_but_absent():
    log = log_weights(np.zeros(2), np.zeros(2), np.array([[1.0, 1.0], [1.0, 0.0]]))
    assert np.exp(log[:, 1]).tolist() == [1.0, 0.0]
