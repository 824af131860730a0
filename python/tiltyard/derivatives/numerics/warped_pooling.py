"""One estimate from several members, order by order.

Weights are ``exp(-EVIDENCE F) * (rms deviation)**-PRECISION``, F the negative log evidence: the
first alone would follow the member that explains the samples best, which for the high orders may
not be the one that is most certain of them. The estimate is the median of the mixture of the
members' normal distributions, since one member with little weight and a huge error ruins a mean;
its variance is the mixture's mean square about it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from tiltyard.derivatives.estimator import Array

EVIDENCE = 0.12
PRECISION = 4.0
HALVINGS = 50


def log_weights(evidence: Array, variance: Array) -> Array:
    """Logs of the weights (members, orders), their largest 0.

    Parameters
    ----------
    evidence : (members,) array
        Negative log evidences.
    variance : (members, orders) array
        Mean variance of each member's derivatives.
    """
    log = -EVIDENCE * evidence[:, None] - 0.5 * PRECISION * np.log(variance + 1e-300)
    return np.asarray(log - log.max(axis=0))


def mixture_median(means: Array, deviations: Array, weights: Array) -> Array:
    """Median (...) of mixtures of normal distributions, by bisection.

    `means`, `deviations` (members, ...) and `weights` broadcast over them, of sum 1.
    """
    low, high = means.min(axis=0), means.max(axis=0)
    narrow = np.maximum(deviations, 1e-12 * (high - low) + 1e-300)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        below = (weights * ndtr((middle - means) / narrow)).sum(axis=0) < 0.5
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(0.5 * (low + high))


def pool(
    means: Sequence[Array], variances: Sequence[Array], log: Array, linear: bool = False
) -> tuple[Array, Array]:
    """Estimate and variance, each (orders, q), from those of members with `log` weights.

    `linear` pools by the mixture's mean, which keeps orders with equal weights consistent.
    """
    weights = np.exp(log - log.max(axis=0))
    weights = (weights / weights.sum(axis=0))[:, :, None]
    M, V = np.array(means), np.array(variances)
    centre = (weights * M).sum(axis=0) if linear else mixture_median(M, np.sqrt(V), weights)
    return centre, (weights * (V + np.square(M - centre))).sum(axis=0)
