"""What a median hides: slow launches, and two humps."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

#: A launch that takes longer than this multiple of the median is counted as slow.
SLOW = 1.5
#: Launches that make a hump.
LEAST_OF_HUMP = 3


def slow_launches(values: Iterable[float]) -> int:
    """Number of `values` over 1.5 × their median."""
    found = np.fromiter(values, float)
    return int((found > SLOW * np.median(found)).sum()) if len(found) else 0


def humps(values: Iterable[float]) -> tuple[float, float] | None:
    """Medians of two groups whose gap is wider than either; None if there is one group.

    A group has at least three values: fewer are single launches, which are counted as slow.
    """
    ordered = np.sort(np.fromiter(values, float))
    if len(ordered) < 2 * LEAST_OF_HUMP:
        return None
    cuts = np.arange(LEAST_OF_HUMP, len(ordered) - LEAST_OF_HUMP + 1)
    gaps = ordered[cuts] - ordered[cuts - 1]
    cut = int(cuts[np.argmax(gaps)])
    low, high = ordered[:cut], ordered[cut:]
    if high[0] - low[-1] <= max(np.ptp(low), np.ptp(high)):
        return None
    return float(np.median(low)), float(np.median(high))


def distribution_words(values: Iterable[float]) -> str:
    """What a reader of the median of `values` [s] has to know besides; "" if nothing.

    Nothing is left out of the median: this says what is in it.
    """
    found = [value for value in values if not np.isnan(value)]
    said = []
    if count := slow_launches(found):
        said.append(f"{count} of {len(found)} launches took over {SLOW:g} × the median")
    if two := humps(found):
        said.append(f"two humps, at {two[0]:.3g} s and {two[1]:.3g} s")
    return "; ".join(said)
