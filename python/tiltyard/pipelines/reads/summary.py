"""What there is in a file of reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.compiled.states import TABLES
from tiltyard.pipelines.reads.native.columns import Column, address, each
from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.steps.filters import ERRORS, HIGHEST, error_quality

#: Qualities from which bases are counted as good, and as very good.
GOOD = (20, 30)
#: Columns of the table, in its order.
COLUMNS = (
    *("file", "records", "bases", "min_length", "mean_length", "median_length", "max_length"),
    *("n50", "gc_percent", "n_percent", "mean_error_quality", "arithmetic_mean_quality"),
    *(f"q{quality}_percent" for quality in GOOD),
)


class Counts(NamedTuple):
    """Counts of a batch, without mates.

    Parameters
    ----------
    lengths : mapping of int to int
        Letters of a read -> how many reads have so many.
    gc, n : int
        Letters G and C, and letters N.
    qualities : (256,) int64 or None
        How often each byte is a quality; None if there are none.
    """

    lengths: Mapping[int, int]
    gc: int
    n: int
    qualities: NDArray[np.int64] | None


def counted(batch: Batch) -> Counts:
    """Count the reads of a batch."""
    qualities = None
    if batch.qualities is not None:
        tables = np.zeros((TABLES, 256), np.int64)
        column = Column(batch.qualities)
        load("count_values")(*column.given, address(tables))
        qualities = tables.sum(axis=0)
    return Counts(
        dict(zip(*_counted(batch.lengths), strict=True)),
        int(each("count_gc", batch.sequences).sum()),
        int(each("count_n", batch.sequences).sum()),
        qualities,
    )


class Summary:
    """Counts of one file, batch after batch."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.records = 0
        self.gc = 0
        self.n = 0
        self._lengths: Counter[int] = Counter()
        self._qualities: NDArray[np.int64] = np.zeros(256, np.int64)
        self._has_quality = False

    def add(self, found: Counts) -> None:
        """Add the counts of a batch."""
        self.records += sum(found.lengths.values())
        self._lengths.update(found.lengths)
        self.gc += found.gc
        self.n += found.n
        if found.qualities is not None:
            self._has_quality = True
            self._qualities += found.qualities

    @property
    def bases(self) -> int:
        """Letters of all reads."""
        return sum(length * count for length, count in self._lengths.items())

    def plain(self) -> dict[str, Any]:
        """Values by `COLUMNS`; None where there is none."""
        bases, lengths = self.bases, sorted(self._lengths)
        found: dict[str, Any] = {
            "file": self.file,
            "records": self.records,
            "bases": bases,
            "min_length": lengths[0] if lengths else None,
            "mean_length": bases / self.records if self.records else None,
            "median_length": self._median(),
            "max_length": lengths[-1] if lengths else None,
            "n50": self._n50(),
            "gc_percent": 100 * self.gc / bases if bases else None,
            "n_percent": 100 * self.n / bases if bases else None,
        }
        return found | self._of_qualities(bases)

    def _of_qualities(self, bases: int) -> dict[str, float | None]:
        counts = self._qualities[33 : 33 + HIGHEST + 1].tolist()
        if not self._has_quality or not bases:
            return dict.fromkeys(COLUMNS[-4:])
        errors = sum(count * error for count, error in zip(counts, ERRORS, strict=True))
        total = sum(count * quality for quality, count in enumerate(counts))
        shares = {f"q{least}_percent": 100 * sum(counts[least:]) / bases for least in GOOD}
        return {
            "mean_error_quality": error_quality(errors, bases),
            "arithmetic_mean_quality": total / bases,
            **shares,
        }

    def _median(self) -> float | None:
        """Median of the reads' lengths."""
        if not self.records:
            return None
        middle = [(self.records - 1) // 2, self.records // 2]
        found, seen = [], 0
        for length in sorted(self._lengths):
            seen += self._lengths[length]
            while middle and middle[0] < seen:
                found.append(length)
                middle.pop(0)
        return sum(found) / 2

    def _n50(self) -> int | None:
        """Length of which, and above, reads have half of all bases."""
        half, seen = self.bases / 2, 0
        for length in sorted(self._lengths, reverse=True):
            seen += length * self._lengths[length]
            if seen >= half:
                return length
        return None


def _counted(lengths: NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Lengths, and how many reads have each."""
    if len(lengths) and lengths.min() == lengths.max():
        return [int(lengths[0])], [len(lengths)]
    values, counts = np.unique(lengths, return_counts=True)
    return values.tolist(), counts.tolist()
