"""Relative rates, d ln y / dt: by the logarithm of the samples, or by the curve of the samples.

Noise that grows with the signal is even in the logarithm, and what grows exponentially is a line
there. Noise that does not grow is uneven in it, and may make samples negative. The evidence of the
samples under both says which it is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tiltyard.application.derived.course import apart
from tiltyard.application.derived.redrawn import Changed, judged, redrawn
from tiltyard.application.estimates import Drawn, Estimates
from tiltyard.application.estimation import evidence_of
from tiltyard.application.options import RELATIVE
from tiltyard.application.result import Derivatives
from tiltyard.application.series import Series, UnusableData
from tiltyard.studies.derivatives.contract import Array

#: Most samples of which the evidence is compared.
COMPARED = 400
#: Highest order of the logarithm that the curve of the samples gives.
MOST = 2
#: Largest correlation of errors of two orders at one time.
CORRELATION = 0.98
#: What helps where there is no logarithm.
REMEDY = (
    "subtract the blank or offset of the instrument, or give the part of the record where the "
    "signal is above zero"
)


def of_logarithm(series: Series) -> Series:
    """The series of the logarithms of the samples, which are above zero."""
    noise = series.noise
    if noise is not None:  # by the delta method
        noise = replace(noise, deviations=noise.deviations / series.y)
    return replace(series, y=np.log(series.y), noise=noise)


def noise_grows(series: Series) -> bool:
    """Whether the logarithm of the samples explains them better than the samples themselves.

    Densities of the logarithms are turned into those of the samples by the factor 1 / y. Where the
    samples are too few to tell, it does.
    """
    size = min(len(series.t), COMPARED)
    few = np.unique(np.rint(np.linspace(0, len(series.t) - 1, size)).astype(int))
    t, y = series.t[few], series.y[few]
    if np.ptp(y) == 0:
        return True
    plain, logarithm = evidence_of(t, y), evidence_of(t, np.log(y))
    if plain is None or logarithm is None:
        return True
    return logarithm - float(np.log(y).sum()) >= plain


def check_positive(series: Series) -> None:
    """Refuse samples that have no logarithm.

    Raises
    ------
    UnusableData
        With the row and the time of the first one.
    """
    bad = np.flatnonzero(series.y <= 0)
    if bad.size:
        k = int(bad[0])
        raise UnusableData(
            f"{series.name}: the sample{_row(series, k)} at {series.told(series.t[k])} is "
            f"{series.y[k]:g}, which has no logarithm ({RELATIVE}): {REMEDY}"
        )


def _row(series: Series, k: int) -> str:
    if series.times is None:
        return ""
    rows = np.flatnonzero(series.times.values == series.t[k])
    return f" of row {rows[0] + 1}" if rows.size else ""


def _near(piece: Estimates, k: int) -> str:
    """The row of the sample at this time of the curve, or next to it."""
    series, t = piece.series, piece.drawn.t[k]
    nearest = int(np.argmin(np.abs(series.t - t)))
    word = "" if series.t[nearest] == t else "near "
    return row.replace(" of ", f", {word}") if (row := _row(series, nearest)) else ""


def relative_of(found: Derivatives) -> Derivatives:
    """Orders 0 to 2 of ln y, at most, from the orders of y.

    With r = y'/y, order 2 is ``y''/y - r²``. Their deviations are by the delta method, and the
    quantiles lie about them as those of y' and y'' do.

    Raises
    ------
    UnusableData
        If y is not above zero with its whole 95 % band.
    """
    changed = redrawn(found, _changed)
    pieces = tuple(replace(one, series=_logarithms(one.series)) for one in changed.pieces)
    return replace(changed, series=_logarithms(changed.series), pieces=pieces)


def _logarithms(series: Series) -> Series:
    """The logarithms of the samples, NaN where there is none."""
    aside = series.aside
    if aside is not None:
        aside = np.array([aside[0], _log_or_nan(aside[1])])
    return replace(series, y=_log_or_nan(series.y), aside=aside)


def _log_or_nan(y: Array) -> Array:
    return np.log(y, out=np.full_like(y, np.nan), where=y > 0)


def _changed(piece: Estimates) -> Changed:
    drawn, size = piece.drawn, len(piece.orders)
    lowest = drawn.quantiles[0, 0]
    if (bad := np.flatnonzero(~(lowest > 0))).size:
        k = int(bad[0])
        raise UnusableData(
            f"{piece.series.name}: at {piece.series.told(drawn.t[k])}{_near(piece, k)} the 95 % "
            f"band of the curve, {lowest[k]:.3g} to {drawn.quantiles[-1, 0, k]:.3g}, is not above "
            f"zero, so that it has no logarithm ({RELATIVE}): {REMEDY}"
        )
    estimate, deviation = _delta(drawn)
    off = np.divide(
        drawn.quantiles - drawn.estimate,
        drawn.standard_deviation,
        out=np.zeros_like(drawn.quantiles),
        where=drawn.standard_deviation > 0,
    )
    quantiles = estimate[:size] + off * deviation[:size]
    quantiles[:, 0] = np.log(drawn.quantiles[:, 0])
    new = Drawn(drawn.t, estimate[:size], deviation[:size], quantiles)
    return Changed(
        new,
        judged(piece.orders, new, len(piece.series.t)),
        curve=np.log(piece.curve),
        noise_level=float(piece.noise_level / np.exp(np.mean(np.log(piece.curve)))),
    )


def _delta(drawn: Drawn) -> tuple[Array, Array]:
    """Orders of ln y (orders, m), and their deviations, from those of y.

    Covariances of orders at one time follow from the variances alone, of errors e that can be
    differentiated: ``e e' = (e²)' / 2`` and ``e e'' = (e e')' - e'²``.
    """
    zero = np.zeros_like(drawn.t)
    y, first, second = (*drawn.estimate, zero, zero)[:3]
    s0, s1, s2 = (*drawn.standard_deviation, zero, zero)[:3]
    rate, bend = first / y, second / y
    half = _slope(drawn.t, 0.5 * s0**2)
    c01 = _bounded(half, s0 * s1)
    c02 = _bounded(_slope(drawn.t, half) - s1**2, s0 * s2)
    c12 = _bounded(_slope(drawn.t, 0.5 * s1**2), s1 * s2)
    by0, by1, by2 = (2 * rate**2 - bend) / y, -2 * rate / y, 1 / y
    of_rate = (s1**2 - 2 * rate * c01 + (rate * s0) ** 2) / y**2
    of_second = (
        (by0 * s0) ** 2
        + (by1 * s1) ** 2
        + (by2 * s2) ** 2
        + 2 * (by0 * by1 * c01 + by0 * by2 * c02 + by1 * by2 * c12)
    )
    estimate = np.array([np.log(y), rate, bend - rate**2])
    variance = np.array([np.square(s0 / y), of_rate, of_second])
    return estimate, np.sqrt(np.maximum(variance, 0.0))


def _slope(t: Array, values: Array) -> Array:
    from scipy.interpolate import make_interp_spline  # here: few ask for relative rates

    kept = apart(t)
    return np.asarray(make_interp_spline(t[kept], values[kept], 3).derivative()(t))


def _bounded(covariance: Array, most: Array) -> Array:
    return np.asarray(np.clip(covariance, -CORRELATION * most, CORRELATION * most))
