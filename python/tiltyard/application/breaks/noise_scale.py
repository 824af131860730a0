"""Noise that grows with the signal: recognised before anything is called an outlier."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tiltyard.application.breaks.process_grid import process_grid
from tiltyard.studies.derivatives.contract import Array

#: Nats by which growing noise must explain the samples better than even noise.
GAIN = 6.0
#: Samples from which the level is taken, and at most so many are compared.
AROUND, MOST = 9, 96
#: Share of the largest level below which noise does not go on shrinking.
LEAST = 1e-3


def noise_models(t: Array, y: Array) -> Iterator[tuple[float, Array]]:
    """Relative noise that grows with the signal, where it could be right.

    The level is a running median; of samples below zero there is none.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples.

    Yields
    ------
    float, (n,) array
        Nats by which the samples are more likely than under even noise, more than 6, and standard
        deviations relative to each other, of the geometric mean 1: as the root of the signal, as
        that of counts does, or as the signal.
    """
    if len(y) < 2 * AROUND or y.min() < 0 or np.ptp(y) == 0:
        return
    padded = np.pad(y, AROUND // 2, mode="edge")
    level = np.median(sliding_window_view(padded, AROUND), axis=1)
    level = np.maximum(level, LEAST * level.max())
    few = np.unique(np.linspace(0, len(t) - 1, min(len(t), MOST)).astype(int))
    even = process_grid(t[few]).log_likelihood(y[few][None])[0]
    for power in (0.5, 1.0):
        deviation = np.exp(power * (np.log(level) - np.log(level).mean()))
        likelihood = process_grid(t[few], deviation[few]).log_likelihood(y[few][None])[0]
        if likelihood > even + GAIN:
            yield float(likelihood - even), deviation
