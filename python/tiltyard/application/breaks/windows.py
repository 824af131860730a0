"""Windows of a record in which effects are looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array

#: Fewest samples among which anything is looked for, and most that are looked at together.
FEWEST, MOST = 14, 96
#: Digits to which the steps of windows agree that are sampled alike, as shares of the window.
DIGITS = 6


@dataclass(frozen=True, eq=False)
class Window:
    """Some neighbouring samples of a record, outliers left out.

    Attributes
    ----------
    samples : (n,) array of int
        Their places in the record.
    block : int
        How many neighbours are averaged.
    """

    samples: NDArray[np.int64]
    block: int = 1

    @property
    def key(self) -> tuple[int, int, int, int]:
        """What tells it from others, as long as samples are only taken out of a record."""
        return int(self.samples[0]), int(self.samples[-1]), len(self.samples), self.block

    def of(self, values: Array) -> Array:
        """A record's values in the window: means of neighbours; a last few are left out."""
        own = values[self.samples]
        if self.block == 1:
            return own
        whole = len(own) // self.block * self.block
        return np.asarray(own[:whole].reshape(-1, self.block).mean(axis=1))


def windows_of(start: int, stop: int, outlying: NDArray[np.bool_]) -> Iterator[Window]:
    """The whole of a segment in means of neighbours, and windows of several widths.

    Windows of one width, half and a quarter of the segment and so on, overlap by half. Their
    places do not depend on the outliers, so that those without any new one stay the same.
    """
    whole = start + np.flatnonzero(~outlying[start:stop])
    if len(whole) < FEWEST:
        return
    yield Window(whole, -(-len(whole) // MOST))
    n = stop - start
    size = n
    while size / 2 >= FEWEST:
        size = -(-size // 2)
        if size <= MOST:
            count = -(-2 * (n - size) // size) + 1
            for first in np.unique(np.linspace(start, stop - size, count).astype(int)):
                samples = first + np.flatnonzero(~outlying[first : first + size])
                if len(samples) >= FEWEST:
                    yield Window(samples)


def alike(windows: Iterable[Window], t: Array) -> list[list[Window]]:
    """The windows in groups of the same relative times."""
    groups: dict[bytes, list[Window]] = {}
    for window in windows:
        steps = np.diff(window.of(t))
        groups.setdefault(np.round(steps / steps.sum(), DIGITS).tobytes(), []).append(window)
    return list(groups.values())
