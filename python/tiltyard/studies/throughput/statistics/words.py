"""Figures of launches in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tiltyard.studies.throughput.statistics.paired import Estimate

#: Names that a sentence lists.
LISTED = 3


def number(value: float) -> str:
    """Three digits, and no power of ten where a plain number will do."""
    if not math.isfinite(value) or value == 0.0:
        return f"{value:g}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}" if digits <= 5 else f"{value:.3g}"


def known_to(found: Estimate) -> str:
    """The interval of an estimate in brackets; "" where one round says none."""
    if found.rounds < 2:
        return " (one launch)" if found.rounds else ""
    return f" (95 % interval {number(found.low)} to {number(found.high)})"


def listed(names: Sequence[str], most: int = LISTED) -> str:
    """Names with "and" before the last; more than `most` are counted."""
    shown = list(names)
    if len(shown) > most:
        return f"{', '.join(shown[:most])} and {len(shown) - most} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def alike_words(names: Sequence[str]) -> str:
    """A sentence on strategies that cannot be told from the one before; "" if there is none."""
    return f" It cannot be told from {listed(names)}." if names else ""
