"""One estimate from several members, for each order separately.

The estimate has weights ``exp(-EVIDENCE (F + S)) / (mean variance)``. F is the negative log
evidence; S is the surprise, the negative log density of each sample given all others (Geisser &
Eddy 1979), which does not depend on how probable a signal was beforehand. F and S alone would
follow the member that explains the samples best, which may not be the most certain one at high
orders. The estimate is the median of the mixture of the members' normal distributions, since one
member with little weight and a huge error ruins a mean.

Weights of the variance must not grow with certainty, or an overconfident member would decide it.
The variance is the mean square about the estimate (the law of total variance) with weights
``exp(-BELIEF F)``: half the log evidence, since Laplace's approximation of it errs by several nats.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from tiltyard.studies.derivatives.contract import Array

EVIDENCE = 0.12  # power of evidence and surprise in the estimate's weights
BELIEF = 0.5  # power of the evidence in the variance's weights
PRECISION = 2.0  # power of the inverse mean deviation in the estimate's weights
LOG_NEGLIGIBLE = 40.0  # logs of weights this far below the largest are negligible
HALVINGS = 50


def credible(evidence: Array) -> Array:
    """Mask of the members with a weight that matters, from their negative log evidences."""
    return np.asarray(EVIDENCE * (evidence - evidence.min()) <= LOG_NEGLIGIBLE)


def log_weights(evidence: Array, surprise: Array, variance: Array) -> Array:
    """Logs of the estimate's weights (members, orders), their largest 0.

    Parameters
    ----------
    evidence, surprise : (members,) array
        Negative log evidences, and negative log densities of samples left out.
    variance : (members, orders) array
        Mean variance of each member's derivatives. A member has no weight in an order in which it
        cannot vary and its variance is 0.
    """
    size = np.where(variance > 0.0, variance, np.inf)
    log = -EVIDENCE * (evidence + surprise)[:, None] - 0.5 * PRECISION * np.log(size)
    return np.asarray(log - log.max(axis=0))


def mixture_median(means: Array, deviations: Array, weights: Array) -> Array:
    """Median (...) of mixtures of normal distributions, by bisection.

    `means` and `deviations` are (members, ...); `weights`, of sum 1, are broadcast over them.
    """
    low, high = means.min(axis=0), means.max(axis=0)
    narrow = np.maximum(deviations, 1e-12 * (high - low) + 1e-300)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        below = (weights * ndtr((middle - means) / narrow)).sum(axis=0) < 0.5
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(0.5 * (low + high))


def pool(
    means: Sequence[Array],
    variances: Sequence[Array],
    log: Array,
    evidence: Array,
    linear: bool = False,
) -> tuple[Array, Array]:
    """Pooled estimate and its variance, each (orders, q).

    Parameters
    ----------
    means, variances : sequences of (orders, q) arrays
        Derivatives at q times, and their variances, of each member.
    log : (members, orders) array
        Logs of the estimate's weights.
    evidence : (members,) array
        Negative log evidences.
    linear : bool
        Whether the estimate is the mixture's mean, which keeps orders of equal weights consistent.
    """
    weights = np.exp(log - log.max(axis=0))
    weights = (weights / weights.sum(axis=0))[:, :, None]
    M, V = np.array(means), np.array(variances)
    centre = (weights * M).sum(axis=0) if linear else mixture_median(M, np.sqrt(V), weights)
    belief = np.exp(-BELIEF * (evidence - evidence.min()))
    variance = np.tensordot(belief / belief.sum(), V + np.square(M - centre), 1)
    return centre, np.asarray(variance)
