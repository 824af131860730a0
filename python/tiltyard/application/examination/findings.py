"""What was found in the samples, in plain words and with its places in time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from tiltyard.studies.derivatives.contract import Array

#: At most so many places are listed.
LISTED = 5
#: Fewest digits of a time in a note.
DIGITS = 6
#: Digits after which a float has no more.
MOST_DIGITS = 15

#: From when to when, both included; twice the same for a single sample.
Place = tuple[float, float]


class Kind(StrEnum):
    """What a finding is about."""

    WRAPPED = "wrapped"
    DROPOUT = "dropout"
    HELD = "held"
    LIMIT = "limit"
    RESOLUTION = "resolution"
    GAP = "gap"


@dataclass(frozen=True, eq=False)
class Finding:
    """One fact about a record.

    Attributes
    ----------
    kind : Kind
    text : str
        Plain words; ``{places}`` stands where the places in time are to be named.
    times : (m,) array
        Times of all samples that it concerns; of a gap, its two ends.
    places : tuple of (float, float)
        Stretches of them, each from when to when.
    digits : int
        Significant digits that tell neighbouring times apart.
    """

    kind: Kind
    text: str
    times: Array = field(default_factory=lambda: np.zeros(0))
    places: tuple[Place, ...] = ()
    digits: int = DIGITS

    @property
    def note(self) -> str:
        """The words with the places as numbers."""
        return self.told(lambda time: f"{time:.{self.digits}g}")

    def told(self, clock: Callable[[float], str]) -> str:
        """The words with the places as `clock` writes times, such as dates."""
        return self.text.replace("{places}", named(self.places, clock))


def named(places: Iterable[Place], clock: Callable[[float], str]) -> str:
    """The first five places, and how many more there are."""
    every = list(places)
    words = []
    for start, stop in every[:LISTED]:
        first, last = clock(start), clock(stop)
        words.append(first if first == last else f"{first} to {last}")
    more = f" and {len(every) - LISTED} more" if len(every) > LISTED else ""
    return ", ".join(words) + more


def digits_of(t: Array) -> int:
    """Significant digits by which neighbouring times differ, 6 to 15.

    Parameters
    ----------
    t : (n,) array
        Increasing times.
    """
    largest, step = float(np.abs(t).max()), float(np.median(np.abs(np.diff(t))))
    if not (largest > 0 and step > 0):
        return DIGITS
    needed = math.floor(math.log10(largest)) - math.floor(math.log10(step)) + 2
    return min(max(needed, DIGITS), MOST_DIGITS)


def stretches(t: Array, at: np.ndarray, apart: int = 0) -> tuple[Place, ...]:
    """Runs of marked samples as places in time.

    Parameters
    ----------
    t : (n,) array
        Times.
    at : (n,) array of bool
        The marked samples.
    apart : int
        Most unmarked samples between two marked ones of the same stretch.
    """
    rows = np.flatnonzero(at)
    if not rows.size:
        return ()
    new = np.flatnonzero(np.diff(rows) > 1 + apart)
    first, last = rows[np.r_[0, new + 1]], rows[np.r_[new, len(rows) - 1]]
    return tuple((float(t[a]), float(t[b])) for a, b in zip(first, last, strict=True))


def counted(number: int, what: str) -> str:
    """«1 sample», «3 samples»."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
