"""What a verification found: file by file, evaluation by evaluation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from tiltyard.engine.provenance.row_differences import EXACT, Difference, Tolerance
from tiltyard.engine.provenance.rows import EvaluationKey


class Finding(StrEnum):
    """What computing an evaluation again came to.

    ``UNSETTLED`` ones say nothing: a limit of time or memory ended them, then or now, or on
    another machine rounding tipped what a method chose.
    """

    SAME = "same"
    DIFFERENT = "different"
    UNSETTLED = "unsettled"


@dataclass(frozen=True)
class FileFault:
    """A file that is not what it should be, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Contradiction:
    """An evaluation of which the merged table (`here`) and its own file (`there`) disagree."""

    key: EvaluationKey
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Recomputed:
    """What computing an evaluation again came to; `here` is the merged table's value.

    Attributes
    ----------
    key : EvaluationKey
    finding : Finding
    reason : str
        In words, where it is not in the differences.
    differences : tuple of Difference
        Beyond the tolerance.
    largest : float
        Largest relative difference of a number that was compared, within the tolerance or not.
    """

    key: EvaluationKey
    finding: Finding
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    largest: float = 0.0


@dataclass
class Verification:
    """What a verification found.

    Attributes
    ----------
    study : str
    evaluations : int
        Of the whole study.
    tolerance : Tolerance
        Within which numbers count as the same, and in `elsewhere` why it is not zero.
    files : int
        That were compared with the manifest.
    left_out : list of str
        Groups of files that are not there at all, as in a bundle.
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
        """Evaluations that came to `finding`."""
        return [each for each in self.recomputed if each.finding is finding]

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong, and something was compared if it was asked for."""
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
