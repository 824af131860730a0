"""How much samples scatter about what their neighbours say."""

from __future__ import annotations

import numpy as np

from tiltyard.studies.derivatives.contract import Array

#: Share of the smallest that is averaged: what is larger may be a jump or an outlier.
KEPT = 0.9
#: Mean absolute value of that share of a standard normal variable's smallest values.
KEPT_MEAN = 0.6573
#: Ratio of the scatter that differences of order 4 show to that of order 3, from which it is noise:
#: 1 for white noise, and the smaller, the better a signal is resolved.
NOISY = 0.5
#: Scatter that floats have anyway, relative to the largest value.
ROUNDING = 32 * 2.0**-53


def departures(t: Array, y: Array, order: int) -> Array:
    """Divided differences of neighbours, scaled to unit variance under white noise of variance 1.

    They are zero for a polynomial whose degree is less than the order, whatever the steps are.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times [time] and samples [signal].
    order : int
        Of the differences, 1 or more.

    Returns
    -------
    (n - order,) array
        The i-th belongs to the samples i to i + order [signal]; empty if there are too few.
    """
    if len(t) <= order:
        return np.zeros(0)
    number = len(t) - order
    windows = [t[j : j + number] for j in range(order + 1)]
    # Steps relative to the window's width: their products do not overflow.
    width = windows[-1] - windows[0]
    weights = [np.ones(number) for _ in windows]
    for j, own in enumerate(windows):
        for k, other in enumerate(windows):
            if k != j:
                weights[j] /= (own - other) / width
    size = np.sqrt(sum(np.square(weight) for weight in weights))
    # Differences from the window's first sample lose no digits to an offset.
    total = sum(weights[j] * (y[j : j + number] - y[:number]) for j in range(1, order + 1))
    return np.asarray(total / size)


def scatter(values: Array) -> float:
    """Standard deviation of normal values of mean 0, a tenth of which may be anything.

    Unlike a median it does not become zero where half of the samples repeat their neighbours.
    """
    if not values.size:
        return 0.0
    size = np.abs(values)
    kept = max(int(np.ceil(KEPT * len(size))), 1)
    return float(np.mean(np.partition(size, kept - 1)[:kept])) / KEPT_MEAN


def neighbour_noise(t: Array, y: Array) -> tuple[float, bool]:
    """Scatter of the samples about their neighbours, and whether it is noise.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples.

    Returns
    -------
    float
        Standard deviation [signal], an upper bound of white noise: differences of order 4 hold
        what the signal bends between five samples, too.
    bool
        Whether higher differences show as much as lower ones, as those of noise do, and more than
        the rounding of floats.
    """
    differences = [departures(t, y, order) for order in (3, 4)]
    if not differences[1].size:
        return 0.0, False
    third, fourth = (scatter(values) for values in differences)
    typical = float(np.median(np.abs(differences[1])))
    rounding = ROUNDING * float(np.abs(y).max())
    return fourth, fourth > NOISY * third and typical > rounding
