"""Whether a FASTA file has the letters that a CRAM file was written against."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from tiltyard.pipelines.alleles.inputs.fasta import Fasta
from tiltyard.pipelines.alleles.inputs.headers import Header

#: Letters that are digested at once.
PIECE = 1 << 22


def digest(fasta: Fasta, contig: str) -> str:
    """MD5 of a contig's letters in capitals: the header's M5."""
    found = hashlib.md5(usedforsecurity=False)
    for start in range(0, fasta.lengths[contig], PIECE):
        found.update(fasta.fetch(contig, start, start + PIECE).encode("latin-1"))
    return found.hexdigest()


def wrong_references(
    path: Path, contigs: Iterable[str], header: Header, fasta: Fasta
) -> Iterator[str]:
    """Yield what is wrong with each of `contigs`, of a CRAM file `path`, in `fasta`.

    A contig of another length in the FASTA, which a person has allowed then, cannot have the
    digest; htslib compares the letters of each part that it decodes.
    """
    for contig in contigs:
        if contig not in fasta.lengths:
            yield f"{path}: {fasta.path} has no contig of the name {contig}"
        elif fasta.lengths[contig] == header.contigs[contig] and contig in header.digests:
            found, expected = digest(fasta, contig), header.digests[contig]
            if found != expected:
                yield f"{path}: the MD5 of {contig} is {expected}, and in {fasta.path} {found}"
