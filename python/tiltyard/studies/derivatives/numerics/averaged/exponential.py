"""Derivatives of a signal whose logarithm is averaged: noise that is in proportion to the signal.

The logarithm of such samples has noise of one deviation, and what grows or decays exponentially is
a straight line in it. Derivatives of the signal follow from those of its logarithm: with
``y = exp f``, ``y^(n) = sum_k C(n - 1, k) y^(k) f^(n - k)`` (Leibniz' rule for ``y' = y f'``). They
are no linear functions of it, so the bands are from draws of all of its derivatives together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tiltyard.studies.derivatives.contract import PROBABILITIES, Array
from tiltyard.studies.derivatives.numerics.averaged.averaging import Averaged, average, summarised
from tiltyard.studies.derivatives.numerics.averaged.posterior import Posterior, posterior

#: Draws, the same normal numbers at all times, so that bands are as smooth as the parts.
DRAWS, SEED = 800, 1
#: Times that are handled together.
TOGETHER = 500


def average_of_logarithm(t: Array, y: Array, t_eval: Array, orders: Sequence[int]) -> Averaged:
    """Average derivatives of positive samples with noise in proportion to the signal.

    The mean of the noise is 0: the logarithm's is then less by half its variance.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time] and positive samples [signal], n >= 5.
    t_eval : (q,) array
        Times inside ``[t[0], t[-1]]`` [time].
    orders : sequence of int
        Orders of the derivatives, 0 to 7.

    Returns
    -------
    Averaged
        Its `noise` is the share of the signal that is its deviation.

    Raises
    ------
    ValueError
        If there are fewer than 5 samples, or one is not positive.
    """
    if not np.all(y > 0):
        raise ValueError(f"{int(np.sum(~(y > 0)))} samples are not above 0 and have no logarithm")
    every, logarithm = tuple(range(max(orders) + 1)), np.log(y)
    if np.ptp(logarithm) == 0.0:
        return average(t, y, t_eval, orders)
    found = posterior(t, logarithm, None, None, None, (), None)
    middle = summarised(found, t_eval, every)
    correction = np.where(np.arange(len(every)) == 0, 0.5 * middle.noise**2, 0.0)[:, None]
    rows = list(orders)
    values = exponential(middle.values + correction)[rows]
    deviations, quantiles = np.empty_like(values), np.empty((len(PROBABILITIES), *values.shape))
    for first in range(0, len(t_eval), TOGETHER):
        own = slice(first, first + TOGETHER)
        drawn = draws_of(found, t_eval[own], every)
        each = np.array([exponential(one + correction)[rows] for one in drawn])
        deviations[:, own] = np.sqrt(np.mean(np.square(each - values[:, own]), axis=0))
        quantiles[:, :, own] = np.quantile(each, PROBABILITIES, axis=0)
    return middle._replace(values=values, deviations=deviations, quantiles=quantiles)


def exponential(f: Array) -> Array:
    """Derivatives (K, ...) of ``exp f`` from those (K, ...) of f, order 0 first."""
    y = np.empty_like(f)
    y[0] = np.exp(f[0])
    for n in range(1, len(f)):
        y[n] = sum(math.comb(n - 1, k) * y[k] * f[n - k] for k in range(n))
    return y


def draws_of(found: Posterior, t_eval: Array, orders: Sequence[int]) -> Array:
    """Draws (draws, orders, q) of derivatives of the samples' curve, of all orders together."""
    rng, parts = np.random.default_rng(SEED), found.parts
    # Each part as often as is its due, and the rest at random.
    due = DRAWS * parts.in_bands
    often = np.floor(due).astype(int)
    if rest := DRAWS - int(often.sum()):
        often += rng.multinomial(rest, (due - often) / (due - often).sum())
    drawn = np.empty((DRAWS, len(orders), len(t_eval)))
    at, done = found.inside(t_eval), 0
    for number in np.unique(parts.member[often > 0]):
        own = np.flatnonzero((parts.member == number) & (often > 0))
        jointly = found.seen[int(number)].predict_jointly(
            at, orders, parts.ratio[own], parts.scale[own]
        )
        for place, (means, factors) in zip(own, jointly, strict=True):
            normal = rng.standard_normal((often[place], len(orders)))
            if found.degrees is not None:
                spread = rng.chisquare(found.degrees, often[place]) / found.degrees
                normal /= np.sqrt(spread)[:, None]
            last = done + often[place]
            drawn[done:last] = means + np.einsum("qkj,dj->dkq", factors, normal)
            done = last
    level = found.samples.mean * (np.asarray(orders) == 0)
    return np.asarray(found.unit(orders)[:, None] * drawn + level[:, None])
