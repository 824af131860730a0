"""Pooling of warped processes: medians, variances and weights."""

import numpy as np
import pytest

from tiltyard.derivatives.numerics.warped_pooling import log_weights, mixture_median, pool


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
    centre, variance = pool(means, variances, log_weights(evidence, variances[:, :, 0]), evidence)
    assert centre[0, 0] == pytest.approx(1.0)
    assert variance[0, 0] == pytest.approx(0.5 * (1.0 + 1.0), rel=1e-6)
