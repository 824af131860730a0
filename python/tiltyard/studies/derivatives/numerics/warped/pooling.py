"""One estimate from several members, for each order separately, and what to expect of its errors.

A member of negative log evidence F, whose derivatives of an order have the mean variance v, has in
that order

    the weight  exp(-0.12 F) / v            in the estimate, and
    the weight  exp(-T F) / v**(1/3)        in its errors, averaged over T = 0.12 and 0.06.

Laplace's evidence errs by several nats, and no member is quite right: so differences of F count
for a fraction of what they would in Bayes' rule. Without v the estimate would follow the member
that explains the samples best, which may not be the most certain one at high orders. In the errors
certainty counts for a third as much, and one of the two distributions trusts the evidence even
less: an overconfident member must not decide how certain the pool is.

The estimate is the median of the mixture of the members' normal distributions, since one member
with little weight and a huge error ruins a mean. The variance is the mean square about it (the law
of total variance). Quantiles are those of the mixture in which each member has Student's t instead:
the variances that members claim are themselves uncertain. At order 0 its central 68 % are those of
the normal distribution; its scale grows by 4 % with each order, as do the errors of members none of
which is quite right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tiltyard.studies.derivatives.contract import PROBABILITIES, Array
from tiltyard.studies.derivatives.numerics.warped.mixture import NORMAL, STUDENT, mixture_quantile

ESTIMATE = (0.12,)  # powers of the evidence in the estimate, and in its errors
ERRORS = (0.12, 0.06)
CERTAINTY = (1.0, 1.0 / 3.0)  # powers of the precision in both
#: Scale of Student's t in deviations, and the share of it by which it grows with each order.
SCALE = NORMAL.quantile(PROBABILITIES[2]) / STUDENT.quantile(PROBABILITIES[2])
GROWTH = 0.04
NEGLIGIBLE = 1e-6  # a smaller weight counts as none
LOG_NEGLIGIBLE = 40.0  # logs of weights this far below the largest are negligible


class Pooled(NamedTuple):
    """Estimate, its variance (each (orders, q)), and quantiles (probabilities, orders, q)."""

    estimate: Array
    variance: Array
    quantiles: Array


def credible(evidence: Array) -> Array:
    """Mask of the members with a weight that matters, from their negative log evidences."""
    return np.asarray(min(ERRORS) * (evidence - evidence.min()) <= LOG_NEGLIGIBLE)


def estimate_weights(evidence: Array, variance: Array) -> Array:
    """Weights (members, orders), of sum 1, of the members in the estimate.

    Parameters
    ----------
    evidence : (members,) array
        Negative log evidences.
    variance : (members, orders) array
        Mean variance of each member's derivatives. A member has no weight in an order in which it
        cannot vary and its variance is 0.
    """
    return _weights(evidence, variance, ESTIMATE, CERTAINTY[0])


def error_weights(evidence: Array, variance: Array) -> Array:
    """Weights (members, orders), of sum 1, of the members in the estimate's errors."""
    return _weights(evidence, variance, ERRORS, CERTAINTY[1])


def _weights(evidence: Array, variance: Array, powers: Sequence[float], precision: float) -> Array:
    size = np.where(variance > 0.0, variance, np.inf)
    tempered = np.array(powers)[:, None] * (evidence.min() - evidence)
    log = tempered[:, :, None] - precision * np.log(size)
    weights = np.exp(log - log.max(axis=1, keepdims=True))
    mean = (weights / weights.sum(axis=1, keepdims=True)).mean(axis=0)
    mean[mean < NEGLIGIBLE] = 0.0
    return np.asarray(mean / mean.sum(axis=0))


def pool(
    means: Sequence[Array],
    variances: Sequence[Array],
    weights: Array,
    of_errors: Array,
    orders: Sequence[int],
    linear: bool = False,
) -> Pooled:
    """Pool derivatives of these orders at q times.

    Parameters
    ----------
    means, variances : sequences of (orders, q) arrays
        Derivatives of each member, and their variances.
    weights, of_errors : (members, orders) arrays
        Weights of the members in the estimate, and in its errors.
    linear : bool
        Whether the estimate is the mixture's mean, which keeps orders of equal weights consistent.
    """
    M, V = np.array(means), np.array(variances)
    W, E, deviations = weights[:, :, None], of_errors[:, :, None], np.sqrt(V)
    centre = (W * M).sum(axis=0) if linear else mixture_quantile(M, deviations, W, NORMAL, 0.5)
    variance = (E * (V + np.square(M - centre))).sum(axis=0)
    scales = SCALE * (1.0 + GROWTH * np.array(orders)[:, None]) * deviations
    quantiles = [mixture_quantile(M, scales, E, STUDENT, p) for p in PROBABILITIES]
    return Pooled(centre, variance, np.array(quantiles))
