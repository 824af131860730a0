"""Noise that grows with the signal: what the residuals say of it."""

from __future__ import annotations

import numpy as np

from tiltyard.application.options import NOISE_COLUMN, NOISE_MODEL
from tiltyard.studies.derivatives.contract import Array

#: Nats by which residuals must be likelier under noise that grows.
GAIN = 10.0
#: Ratio of the curve's largest and smallest value from which growth shows.
SPAN = 2.0
#: Nats that decide nothing: a curve follows noise most where it is large.
CLOSE = 3.0


def growing_notes(y: Array, curve: Array, rounding: float) -> list[str]:
    """What to ask for where the noise seems to grow with the signal, in plain words.

    Parameters
    ----------
    y, curve : (n,) arrays
        Samples and the smooth curve [signal].
    rounding : float
        Size up to which residuals are rounding errors, which grow with what is rounded [signal].
    """
    residuals = y - curve
    if curve.min() <= 0 or curve.max() < SPAN * curve.min() or np.abs(residuals).max() <= rounding:
        return []
    root, whole = (_gain(residuals, curve**power) for power in (0.5, 1.0))
    if max(root, whole) < GAIN:
        return []
    counts = y.min() >= 0 and np.array_equal(y, np.round(y))
    if whole > root - (0.0 if counts else CLOSE) and y.min() > 0:
        how, remedy = "in proportion to the signal", NOISE_MODEL.set_to("proportional")
    elif counts:
        how, remedy = "as the root of the signal, as counts have it", NOISE_MODEL.set_to("poisson")
    else:
        how, remedy = "with the signal", f"standard errors ({NOISE_COLUMN})"
    return [
        f"the noise seems to grow {how}, and is taken as equal in all samples: bands are too wide "
        f"where the signal is small; {remedy} would take it into account"
    ]


def _gain(residuals: Array, sizes: Array) -> float:
    """Nats by which residuals are likelier with deviations in proportion to these sizes."""
    relative = sizes / np.exp(np.log(sizes).mean())
    even, scaled = np.mean(np.square(residuals)), np.mean(np.square(residuals / relative))
    return float(0.5 * len(residuals) * np.log(even / scaled))
