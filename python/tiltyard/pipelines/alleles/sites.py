"""The distinct sites of variants, on the contigs of one file of alignments."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.inputs.contigs import matching
from tiltyard.pipelines.alleles.inputs.fasta import Fasta
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.variants.normalising import (
    INDELS,
    Normal,
    left_aligned,
    room,
    trimmed,
)
from tiltyard.pipelines.alleles.variants.variant import NO_ALT, Variant, Variants

#: Index of the site of a row that is not counted.
UNSUPPORTED = -1


def sites_of(
    variants: Variants, alignment: Alignment, options: Options
) -> tuple[list[Site], NDArray[np.int64]]:
    """Distinct normalised variants in the order of the file's reads, and where each row's is.

    Parameters
    ----------
    variants : Variants
        As `opening.open_alignments` has checked them.
    alignment : Alignment
    options : Options

    Returns
    -------
    sites : list of Site
        Sorted by contig in the header's order, position, REF and ALT.
    rows : (rows,)
        For each of `variants.rows` the index of its site, or `UNSUPPORTED`: also for one on a
        contig that the alignments' header lacks.
    """
    numbers = {contig: number for number, contig in enumerate(alignment.contigs)}
    contigs = {row.contig for row in variants.rows if not row.unsupported}
    names = {contig: matching(contig, alignment.letters) for contig in contigs}
    found: dict[tuple[int, int, str, str], Site] = {}
    keys: list[tuple[int, int, str, str] | None] = []
    with Fasta(alignment.fasta) as fasta:
        for row in variants.rows:
            name = None if row.unsupported else names[row.contig]
            if name is None:
                keys.append(None)
                continue
            # Most variants are of one base, and need no letters.
            simple = len(row.ref) == len(row.alt) == 1 and row.alt != NO_ALT
            normal, space = (
                (Normal(row.position - 1, row.ref, row.alt, "snp"), 0)
                if simple
                else _normal_form(row, alignment.letters[name], fasta, options)
            )
            key = (numbers[name], normal.position, normal.ref, normal.alt)
            if key not in found:
                found[key] = Site(name, *normal, space)
            keys.append(key)
    ordered = sorted(found)
    place = {key: number for number, key in enumerate(ordered)}
    rows = [UNSUPPORTED if key is None else place[key] for key in keys]
    return [found[key] for key in ordered], np.array(rows, np.int64)


def _normal_form(row: Variant, letters: str, fasta: Fasta, options: Options) -> tuple[Normal, int]:
    """A variant in normalised form, on the contig `letters` of `fasta`, and its room."""
    normal = trimmed(row.position - 1, row.ref, row.alt)
    if normal.kind not in INDELS:
        return normal, 0
    if options.left_align:
        normal = left_aligned(normal, letters, fasta)
    return normal, room(normal, letters, fasta)
