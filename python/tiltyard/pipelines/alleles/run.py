"""From files to counts: every check first, then file after file, taking up what is finished."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.pipelines import stages
from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counted import AlleleCounts, Counted
from tiltyard.pipelines.alleles.counts import Counts, Site
from tiltyard.pipelines.alleles.opening import Opened, open_alignments
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.sites import sites_of
from tiltyard.pipelines.alleles.variants import Variants, read_variants

#: Told how much of the work is done, and how much there is.
Progress = Callable[[int, int], None]
#: Told a sentence for the log.
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What is counted, and what is done about inputs that do not fit each other.

    Parameters
    ----------
    variants, fasta : path
    alignments : sequence of str
        ``FILE`` or ``NAME:FILE`` each.
    options : Options
    ref_mismatch, missing_contig : str
        ``error`` or ``skip``.
    length_mismatch : str
        ``error`` or ``warn``.
    """

    variants: Path
    fasta: Path
    alignments: Sequence[str]
    options: Options = field(default_factory=Options)
    ref_mismatch: Literal["error", "skip"] = "error"
    missing_contig: Literal["error", "skip"] = "error"
    length_mismatch: Literal["error", "warn"] = "error"

    def read(self) -> Variants:
        """The variants."""
        return read_variants(self.variants, self.fasta)

    def open(self, variants: Variants) -> Opened:
        """Check all files against each other."""
        return open_alignments(
            self.alignments,
            self.fasta,
            variants,
            self.options,
            ref_mismatch=self.ref_mismatch,
            missing_contig=self.missing_contig,
            length_mismatch=self.length_mismatch,
        )


@dataclass(frozen=True)
class Task:
    """A file and its distinct variants."""

    alignment: Alignment
    sites: list[Site]
    places: NDArray[np.int64]
