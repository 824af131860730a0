"""The standard deviation of white noise on samples of a smooth signal, from their differences.

Both estimators annihilate polynomials of low degree locally, and take the median of what is left,
so that the few places where the signal varies faster do not count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NORMAL_MEDIAN = 0.6745  # median of the absolute value of a standard normal variable

#: Scaling filter of Daubechies' (1988) extremal-phase wavelet with four vanishing moments.
DAUBECHIES_4 = np.array(
    [
        0.2303778133088965,
        0.7148465705529157,
        0.6308807679298589,
        -0.0279837694168599,
        -0.1870348117190931,
        0.0308413818355608,
        0.0328830116668852,
        -0.0105974017850690,
    ]
)


def noise_from_wavelets(y: Array) -> float:
    """Noise from the median absolute detail coefficient / 0.6745 (Donoho & Johnstone 1994).

    Detail coefficients of the finest level are taken at all shifts, not at every other one, and
    only where the filter lies within the record: so no continuation beyond the ends is needed, and
    the median is over more coefficients.

    Parameters
    ----------
    y : (n,) array
        Samples at evenly spaced times, n >= 8.

    Returns
    -------
    float
        Standard deviation [signal]; 0 up to rounding for polynomials of degree up to 3.
    """
    high_pass = DAUBECHIES_4[::-1] * (-1.0) ** np.arange(8)
    details = np.convolve(y - y[0], high_pass, mode="valid")
    return float(np.median(np.abs(details))) / NORMAL_MEDIAN


def noise_from_second_differences(t: Array, y: Array) -> float:
    """Noise from the median absolute second difference, scaled to unit noise, / 0.6745.

    The second difference is that of a sample from the line through its neighbours (Gasser, Sroka
    & Jennen-Steinmetz 1986), divided by its standard deviation for noise of variance 1; at even
    times it is ``y_(i-1) - 2 y_i + y_(i+1)`` over the square root of 6.

    Parameters
    ----------
    t, y : (n,) arrays
        Increasing times and samples, n >= 3.

    Returns
    -------
    float
        Standard deviation [signal]; 0 up to rounding for straight lines.
    """
    right = (t[1:-1] - t[:-2]) / (t[2:] - t[:-2])
    left = 1.0 - right
    centred = y - y[0]
    differences = left * centred[:-2] - centred[1:-1] + right * centred[2:]
    scaled = differences / np.sqrt(left**2 + 1.0 + right**2)
    return float(np.median(np.abs(scaled))) / NORMAL_MEDIAN
