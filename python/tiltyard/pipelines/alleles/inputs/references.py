"""Whether a FASTA file has the letters that a CRAM file was written against."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from tiltyard.pipelines.alleles.inputs.fasta import Fasta

#: Letters that are digested at once.
PIECE = 1 << 22


def digest(fasta: Fasta, contig: str) -> str:
    """MD5 of a contig's letters in capitals: the header's M5."""
    found = hashlib.md5(usedforsecurity=False)
    for start in range(0, fasta.lengths[contig], PIECE):
        found.update(fasta.fetch(contig, start, start + PIECE).encode("latin-1"))
    return found.hexdigest()


def wrong_references(
    path: Path, contigs: Iterable[str], digests: Mapping[str, str], fasta: Fasta
) -> Iterable[str]:
    """Yield what is wrong with each of `contigs`, of a CRAM file `path`, in `fasta`."""
    for contig in contigs:
        if contig not in fasta.lengths:
            yield f"{path}: {fasta.path} has no contig of the name {contig}"
        elif contig in digests and (found := digest(fasta, contig)) != digests[contig]:
            yield (f"{path}: the MD5 of {contig} is {digests[contig]}, and in {fasta.path} {found}")
