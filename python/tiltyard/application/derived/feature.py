"""One place of a derivative that people publish, with its height."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple


class Known(NamedTuple):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


#: Where there is no such number.
NOTHING = Known(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Feature:
    """A maximum, a minimum or a zero of a derivative, or the lag.

    Attributes
    ----------
    kind : str
        ``maximum``, ``minimum``, ``zero`` or ``lag``.
    order : int
        Of the derivative. The lag is that of order 1, the rate.
    place : Known
        Where it is, with its interval [time].
    height : Known
        Value of the derivative there; of the lag, the level before it [signal]. A zero has none.
    certain : bool
        Whether it is certain that there is one within the interval: the whole 95 % band of
        the derivative that changes its sign there is on one side of zero before, on the other
        behind, with a probability of 97 %.
    probability : float
        That the derivative has both signs there, at least.
    rising : bool
        Whether the derivative that changes its sign rises through zero: at minima it does.
    edge : str
        ``start`` or ``end`` if the interval reaches that end of the piece: then it may lie outside.
    recoverable : bool
        Whether the order is.
    piece : int
        Number of the piece from 1; 0 where the record has none.
    """

    kind: str
    order: int
    place: Known
    height: Known
    certain: bool
    probability: float
    rising: bool = False
    edge: str = ""
    recoverable: bool = True
    piece: int = 0

    @property
    def doubling_time(self) -> Known:
        """Of a relative rate [time]: ln 2 / height, where the interval is above zero."""
        return _time_of(self.height) if self.height.low > 0 else NOTHING

    @property
    def half_life(self) -> Known:
        """Of a relative rate [time]: ln 2 / -height, where the interval is below zero."""
        rate = self.height
        return _time_of(Known(-rate.value, -rate.high, -rate.low)) if rate.high < 0 else NOTHING


def _time_of(rate: Known) -> Known:
    return Known(*(math.log(2.0) / one for one in (rate.value, rate.high, rate.low)))
