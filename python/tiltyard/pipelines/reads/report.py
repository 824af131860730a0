"""How many reads there were, and what became of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass
class Report:
    """Counts of one run.

    Parameters
    ----------
    pairs : bool
        Whether pairs are counted, in place of reads.
    read, kept : int
        Reads or pairs of this rank.
    dropped : Counter
        Reason, the name of a filter, -> how many.
    bases_kept : int
        Letters of what is kept, mates too.
    cut : int
        Reads that were longer than an encoder's width.
    warnings : list of str
    """

    pairs: bool = False
    read: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    bases_kept: int = 0
    cut: int = 0
    warnings: list[str] = field(default_factory=list)

    def add(self, reasons: NDArray[np.int64], names: list[str], bases: int) -> None:
        """Count reads by the numbers of the steps that dropped them, -1 for those kept."""
        self.read += len(reasons)
        self.bases_kept += bases
        dropped = reasons >= 0
        if not dropped.any():
            self.kept += len(reasons)
            return
        counts = np.bincount(reasons[dropped]).tolist()
        self.kept += len(reasons) - sum(counts)
        for number, count in enumerate(counts):
            if count:
                self.dropped[names[number]] += count

    def plain(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "unit": "pairs" if self.pairs else "reads",
            "read": self.read,
            "kept": self.kept,
            "dropped": dict(sorted(self.dropped.items())),
            "bases_kept": self.bases_kept,
            "cut": self.cut,
            "warnings": list(self.warnings),
        }

    def words(self) -> str:
        """A sentence."""
        unit = "pairs" if self.pairs else "reads"
        text = f"{self.read:,} {unit}, {self.kept:,} kept ({self.bases_kept:,} bases)"
        others = sorted(self.dropped.items(), key=lambda item: (-item[1], item[0]))
        dropped = ", ".join(f"{name} {count:,}" for name, count in others)
        return text + (f"; dropped: {dropped}" if dropped else "")
