"""What a command says besides its table: sentences on standard error, and all of it as JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tiltyard.pipelines.alleles.counted import AlleleCounts

#: Reason -> what a person can do where half of what was met, or more, has it.
SWITCHES = {
    "unmapped": "the aligner left these reads unmapped",
    "secondary": "--keep-secondary counts them",
    "qc_fail": "--keep-qc-fail counts them",
    "duplicate": "--keep-duplicate counts them",
    "supplementary": "--keep-supplementary counts them",
    "mapq": "a lower --min-mapq counts them; some aligners give 0 to all, or 255",
    "no_bases": "these reads have no bases (SEQ is *), and show no allele",
    "improper_pair": "without --drop-improper-pairs they count",
    "indel": "without --drop-indel-reads they count",
    "not_observed": "they skip the position (N) or are clipped there, as spliced reads are",
    "low_quality": "a lower --min-base-quality counts them as REF or ALT",
    "deleted": "they have a deletion there, which other variants may be about",
    "short": "they begin or end within what is tested, as short reads do at long variants",
    "other": "they show neither allele: are these the variants' genome and its reads?",
}


class Log:
    """Sentences of one command.

    Parameters
    ----------
    quiet : bool
        Whether only warnings are printed.
    """

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def note(self, sentence: str) -> None:
        """Say what was found out, or done."""
        self.notes.append(sentence)
        if not self.quiet:
            print(sentence, file=sys.stderr)

    def warn(self, sentence: str) -> None:
        """Say what a person should look at."""
        self.warnings.append(sentence)
        print(f"warning: {sentence}", file=sys.stderr)

    def conclude(self, counted: AlleleCounts) -> None:
        """Say how the reads of each sample were counted, and what is odd about that."""
        for sample, reasons in counted.reasons.items():
            self.note(f"{sample}: {in_words(reasons)}")
        for sample, reason in counted.predominant.items():
            number, met = counted.reasons[sample][reason], sum(counted.reasons[sample].values())
            share = f"{number:,} of {met:,} reads at variants"
            self.warn(f"{sample}: {share} are {reason}: {SWITCHES[reason]}")
        if counted.without_fragment:
            self.note(
                f"{counted.without_fragment:,} counted reads lack the tag "
                f"{counted.options.fragment_tag} and are in no fragment"
            )

    def write(self, path: Path, counted: AlleleCounts | None, table: Path | None) -> None:
        """Write all of it as JSON, atomically; of a run without a table, only the sentences."""
        from tiltyard.engine.files.atomic import write_text
        from tiltyard.engine.files.json import json_text

        content = {
            "table": str(table) if table else None,
            "samples": list(counted.samples) if counted else [],
            "reasons": dict(counted.reasons) if counted else {},
            "without_fragment": counted.without_fragment if counted else 0,
            "warnings": self.warnings,
            "log": self.notes,
        }
        write_text(path, json_text(content) + "\n")


def in_words(reasons: Mapping[str, int]) -> str:
    """Reasons of a sample's reads in a sentence, the largest first."""
    from tiltyard.pipelines.alleles.counts import COUNTED

    depth = sum(reasons[reason] for reason in COUNTED)
    met = sum(reasons.values())
    if not met:
        return "no read at any variant"
    counted = _list({reason: reasons[reason] for reason in COUNTED})
    others = _list({name: own for name, own in reasons.items() if name not in COUNTED})
    text = f"{met:,} reads at variants, {depth:,} counted{f' ({counted})' if counted else ''}"
    return text + (f"; not counted: {others}" if others else "")


def _list(numbers: Mapping[str, int]) -> str:
    ordered = sorted(numbers.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {number:,}" for name, number in ordered if number)
