"""Cutting and reading in six frames as one writes it with Biopython."""

from __future__ import annotations

from collections.abc import Iterable

from Bio.Seq import Seq

from tiltyard.pipelines.sequences.fasta import Record
from tiltyard.pipelines.sequences.rule.chunking import chunks_of
from tiltyard.pipelines.sequences.rule.rules import Rules


def frames(records: Iterable[Record], rules: Rules) -> list[tuple[str, bytes]]:
    """Names and proteins of the frames without a stop; of known bases alone."""
    found = []
    for record in records:
        whole = Seq(record.sequence)
        for number, (start, end) in enumerate(chunks_of(len(whole), rules), start=1):
            piece = whole[start:end]
            for strand, letters in (("F", piece), ("R", piece.reverse_complement())):
                for first in range(3):
                    codons = letters[first : first + (len(letters) - first) // 3 * 3]
                    protein = str(codons.translate())
                    if protein and "*" not in protein:
                        name = f"{record.name}_chunk_{number}{strand}{first + 1}"
                        found.append((name, protein.encode()))
    return found
