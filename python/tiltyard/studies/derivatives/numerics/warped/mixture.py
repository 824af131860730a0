"""Quantiles of mixtures of symmetric distributions, one for each member of a pool."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from tiltyard.studies.derivatives.contract import Array

NARROWEST = 1e-12  # least deviation, relative to the distance between the members' means
RESOLUTION = 1e-10  # of the distribution function
STEPS = 100  # at most; each halves the distance from the probability, or the bracket


class Shape(NamedTuple):
    """A symmetric distribution: its function, its density, and its quantiles."""

    below: Callable[[Array], Array]
    density: Callable[[Array], Array]
    quantile: Callable[[float], float]


def _normal_density(u: Array) -> Array:
    return np.asarray(np.exp(-0.5 * np.square(u)) / np.sqrt(2.0 * np.pi))


def _student_below(u: Array) -> Array:
    s = u / np.hypot(2.0, u)
    return np.asarray(0.5 + 0.25 * s * (3.0 - np.square(s)))


def _student_density(u: Array) -> Array:
    return np.asarray(12.0 * np.hypot(2.0, u) ** -5.0)


NORMAL = Shape(ndtr, _normal_density, ndtri)
#: Student's t with 4 degrees of freedom, which is algebraic; its scale is not its deviation.
STUDENT = Shape(_student_below, _student_density, lambda p: float(stdtrit(4.0, p)))


def mixture_quantile(
    means: Array, scales: Array, weights: Array, shape: Shape, probability: float
) -> Array:
    """Quantile (...) of mixtures, by Newton's method inside a bracket.

    Parameters
    ----------
    means, scales : (members, ...) arrays
        Centres and scales >= 0 of the members' distributions.
    weights : array
        Their weights, of sum 1 along the first axis; broadcast over the others.
    shape : Shape
        Distribution at mean 0 and scale 1.
    probability : float
        In 0 .. 1, both excluded.
    """
    M = means.reshape(len(means), -1)
    W = np.broadcast_to(weights, means.shape).reshape(M.shape)
    apart = M.max(axis=0) - M.min(axis=0)
    S = np.maximum(scales.reshape(M.shape), NARROWEST * apart + np.finfo(float).tiny)
    own = M + shape.quantile(probability) * S
    # The mixture's quantile lies between those of its members.
    low, high = own.min(axis=0), own.max(axis=0)
    x = (W * own).sum(axis=0)
    last = np.full(len(x), np.inf)
    found, left = x.copy(), np.arange(len(x))
    for _ in range(STEPS):
        u = (x - M) / S
        excess = (W * shape.below(u)).sum(axis=0) - probability
        low, high = np.where(excess < 0.0, x, low), np.where(excess < 0.0, high, x)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            newton = x - excess / (W * shape.density(u) / S).sum(axis=0)
        good = (newton > low) & (newton < high) & (np.abs(excess) <= 0.5 * last)
        found[left] = x
        # A bracket as wide as rounding is as far as it gets.
        rounding = 2.0 * np.finfo(float).eps * np.maximum(np.abs(low), np.abs(high))
        go_on = (np.abs(excess) >= RESOLUTION) & (high - low > rounding)
        if not go_on.any():
            break
        x, last = np.where(good, newton, 0.5 * (low + high))[go_on], np.abs(excess[go_on])
        low, high, left = low[go_on], high[go_on], left[go_on]
        M, S, W = M[:, go_on], S[:, go_on], W[:, go_on]
    return np.asarray(found.reshape(means.shape[1:]))
