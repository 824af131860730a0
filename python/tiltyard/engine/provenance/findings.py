"""Findings of a verification: faults of files, and evaluations that were computed again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from tiltyard.engine.provenance.row_differences import EXACT, Difference, Tolerance
from tiltyard.engine.provenance.rows import EvaluationKey


class Finding(StrEnum):
    """Result of computing an evaluation again.

    ``UNSETTLED`` is neither: a limit of time or memory ended the evaluation, then or now, or
    rounding on another machine made a method choose otherwise.
    """

    SAME = "same"
    DIFFERENT = "different"
    UNSETTLED = "unsettled"


@dataclass(frozen=True)
class FileFault:
    """A file that is missing, altered or unreadable, and the reason."""

    file: str
    reason: str


@dataclass(frozen=True)
class Contradiction:
    """An evaluation whose rows differ between the merged table (`here`) and its file (`there`)."""

    key: EvaluationKey
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Recomputed:
    """An evaluation that was computed again; `here` of a difference is the merged table's value.

    Attributes
    ----------
    key : EvaluationKey
    finding : Finding
    reason : str
        Reason of the finding, where the differences do not give it.
    differences : tuple of Difference
        Differences beyond the tolerance.
    largest : float
        Largest relative difference of all numbers that were compared.
    """

    key: EvaluationKey
    finding: Finding
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    largest: float = 0.0


@dataclass
class Verification:
    """Result of verifying a study.

    Attributes
    ----------
    study : str
    evaluations : int
        Number of evaluations of the whole study.
    tolerance : Tolerance
        Differences up to it do not count; `elsewhere` says why it is not zero.
    files : int
        Number of files that were compared with the manifest.
    left_out : list of str
        Groups of files that are missing as a whole, as in a bundle.
    faults : list of FileFault
    contradictions : list of Contradiction
    recomputed : list of Recomputed
        One for each evaluation that was to be computed again.
    """

    study: str
    evaluations: int
    tolerance: Tolerance = EXACT
    elsewhere: tuple[str, ...] = ()
    files: int = 0
    left_out: list[str] = field(default_factory=list)
    faults: list[FileFault] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)
    recomputed: list[Recomputed] = field(default_factory=list)

    def found(self, finding: Finding) -> list[Recomputed]:
        """The evaluations with this `finding`."""
        return [each for each in self.recomputed if each.finding is finding]

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong, and at least one evaluation is the same if any was chosen."""
        if self.faults or self.contradictions or self.found(Finding.DIFFERENT):
            return False
        return bool(self.found(Finding.SAME)) or not self.recomputed

    @property
    def largest(self) -> float:
        """Largest relative difference among evaluations that count as the same."""
        return max((each.largest for each in self.found(Finding.SAME)), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """The report in plain values; an infinite difference is None."""
        return {
            "study": self.study,
            "passed": self.passed,
            "evaluations": self.evaluations,
            "tolerance": asdict(self.tolerance),
            "elsewhere": list(self.elsewhere),
            "files": self.files,
            "left_out": self.left_out,
            "file_faults": [asdict(fault) for fault in self.faults],
            "contradictions": [
                {"evaluation": str(each.key), "differences": _plain(each.differences)}
                for each in self.contradictions
            ],
            "recomputed": [
                {
                    "evaluation": str(each.key),
                    "finding": str(each.finding),
                    "reason": each.reason,
                    "largest": each.largest if math.isfinite(each.largest) else None,
                    "differences": _plain(each.differences),
                }
                for each in self.recomputed
            ],
        }


def _plain(found: Sequence[Difference]) -> list[dict[str, Any]]:
    return [difference.to_dict() for difference in found]
