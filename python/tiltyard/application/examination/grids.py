"""The grid on which values lie: steps of a converter, whole counts, decimals of a file.

Two searches. Decimals: values that are whole multiples of a power of ten have integers behind
them, whose greatest common divisor is the step. Any other step, or a coarser one that the file's
decimals hide (5/1023 V with four decimals): the smallest difference of two values, or a part of
it, is tried as the step and refined by least squares over all values.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array

#: Rounding of a float and of a few operations with it, relative to the largest value.
ROUNDING = 4 * 2.0**-53
#: The same of one that was stored in 32 bits.
SINGLE_ROUNDING = 2.0**-24
#: Smallest ratio of a unit to the rounding at which multiples of it can be told.
TELLING = 16.0
#: Chance that values off any grid pass for values on one.
CHANCE = 1e-7
#: The smallest difference between two values may be so many steps.
PARTS = 6
#: Largest departure from a grid that was fitted, as a multiple of the error of a value.
LOOSE = 1.5
#: Fewest values that show a step which is no decimal number.
FEWEST = 5


def step_of(y: Array) -> float | None:
    """The step of the coarsest grid, of any offset, on which all values lie.

    Parameters
    ----------
    y : (n,) array
        Finite samples.

    Returns
    -------
    float or None
        The step [signal]; None if values lie on no grid that is much coarser than floats are, or
        are all the same.
    """
    values = np.unique(y)
    largest = float(np.abs(values).max())
    if len(values) < 2 or largest == 0:
        return None
    slack = ROUNDING * largest
    unit, numbers = _decimal_unit(values, slack)
    if unit is None and np.array_equal(values, values.astype(np.float32)):
        slack = SINGLE_ROUNDING * largest
        unit, numbers = _decimal_unit(values, slack)
    if unit is None:
        return _any_step(values, slack)
    step = unit * int(np.gcd.reduce(np.diff(numbers)))
    coarser = _any_step(values, max(unit / 2, slack), smallest=4 * step)
    return coarser or step


def _decimal_unit(values: Array, slack: float) -> tuple[float | None, NDArray[np.int64]]:
    """The largest power of ten of which all values are multiples, and the multiples."""
    largest = float(np.abs(values).max())
    few = values[:: max(len(values) // 16, 1)]
    exponent = math.floor(math.log10(largest))
    while (unit := 10.0**exponent) >= TELLING * slack:
        unlikely = len(values) * math.log10(unit / (2 * slack)) > -math.log10(CHANCE)
        if unlikely and _multiples(few, unit, slack) and _multiples(values, unit, slack):
            return unit, np.rint(values / unit).astype(np.int64)
        exponent -= 1
    return None, np.zeros(0, dtype=np.int64)


def _multiples(values: Array, unit: float, slack: float) -> bool:
    return bool(np.all(np.abs(values - np.rint(values / unit) * unit) <= slack))


def _any_step(values: Array, slack: float, smallest: float = 0.0) -> float | None:
    """A step found from differences, to which values lie within the slack.

    Parameters
    ----------
    values : (m,) array
        Increasing.
    slack : float
        Error of each value.
    smallest : float
        Steps below are not looked for.
    """
    gaps = np.diff(values)
    gaps = gaps[gaps > 2 * slack]  # smaller ones are one level, written in two ways
    if len(gaps) < FEWEST - 1:
        return None
    for part in range(1, PARTS + 1):
        step = float(gaps.min()) / part
        if step < max(smallest, TELLING * slack / 2):
            return None
        step = _refined(gaps, step)
        numbers = np.rint(gaps / step)
        if np.any(np.abs(gaps - numbers * step) > 2 * LOOSE * slack):
            continue
        step, offset = _fitted(values, _refined(gaps, step))
        off = np.abs(values - offset - np.rint((values - offset) / step) * step)
        chance = PARTS * (2 * LOOSE * slack / step) ** (len(gaps) - 1)
        if off.max() <= LOOSE * slack and chance < CHANCE:
            return step
    return None


def _refined(gaps: Array, step: float) -> float:
    """Least squares of the gaps over their numbers of steps."""
    numbers = np.rint(gaps / step)
    return float(gaps @ numbers / (numbers @ numbers))


def _fitted(values: Array, step: float) -> tuple[float, float]:
    """Step and offset of the values over their numbers, which are summed from gap to gap."""
    numbers = np.cumsum(np.r_[0.0, np.rint(np.diff(values) / step)])
    centred = numbers - numbers.mean()
    step = float((values - values[0]) @ centred / (centred @ centred))
    return step, float(np.mean(values - numbers * step))
