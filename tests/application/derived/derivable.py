"""Signals whose places are known, and how many intervals have them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import tiltyard

T = np.linspace(0, 10, 90)


def titration(t):
    """Steepest at 5, with the slope 3.75."""
    return 7.0 + 3.0 * np.tanh((t - 5.0) / 0.8)


def growth(t, start=0.05):
    """Logistic: the rate is the largest where it is half, the relative one at the start."""
    return 1.0 / (1.0 + (1.0 / start - 1.0) * np.exp(-1.3 * t))


class Hits(NamedTuple):
    """Counts over records."""

    certain: int
    placed: int
    high: int


def count(signal, noise, seeds, kind, order, place, height, **asked):
    """Records with a certain place, those whose interval has it, those with the height."""
    found = []
    for seed in range(seeds):
        y = signal(T) + noise * np.random.default_rng(seed).standard_normal(len(T))
        orders = tuple(range(order + 1))
        answer = tiltyard.differentiate(T, y, orders, find=f"{kind}:{order}", **asked)
        found += [one for one in answer.features if one.certain]
    return Hits(
        len(found),
        sum(one.place.low <= place <= one.place.high for one in found),
        sum(one.height.low <= height <= one.height.high for one in found),
    )
