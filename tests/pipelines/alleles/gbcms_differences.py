"""Why gbcms counts an insertion or a deletion otherwise, checked against the reads of the row.

Its two known rules are applied to our reads, and then all eight numbers have to be its own. What
neither explains is told apart, and no read of it may be one of those that both count alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pysam

from tiltyard.pipelines.alleles.explaining import explain
from tiltyard.pipelines.alleles.inputs.fasta import Fasta
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.rule.showing import window
from tiltyard.pipelines.alleles.sites import sites_of

EQUAL = "equal in all eight numbers"
QUALITY = "fewer ALT of an insertion: all inserted bases of the reads are below 20"
BEHIND = "fewer REF of a deletion: the reads end too soon behind it"
ERRORS = "reads with a wrong base beside the variant, aligned anew"
UNEXPLAINED = "unexplained"
REASONS = (EQUAL, QUALITY, BEHIND, ERRORS, UNEXPLAINED)
#: Bases behind those of our rule that gbcms may want of a read with a deletion's REF.
FURTHEST = 24
#: Bases around a variant in which a wrong one changes how a read is aligned.
AROUND = 30
GOOD = 20


@dataclass(frozen=True)
class Seen:
    """One read with depth at a variant.

    `allele` is ``ref``, ``alt`` or empty, `behind` the bases of it behind those that our rule
    needs, `low` whether it has an insertion there of which no base has a quality of `GOOD`, `wrong`
    whether a base near the variant differs from the reference or is inserted or deleted otherwise.
    """

    name: str
    forward: bool
    allele: str
    behind: int
    low: bool
    wrong: bool


def eight(reads):
    """Depth, REF, its forward, ALT, its forward, and fragments' depth, REF, ALT (ALT wins)."""
    ref, alt = ([one for one in reads if one.allele == allele] for allele in ("ref", "alt"))
    names, with_ref, with_alt = ({one.name for one in part} for part in (reads, ref, alt))
    return [
        *(len(reads), len(ref), sum(one.forward for one in ref)),
        *(len(alt), sum(one.forward for one in alt)),
        *(len(names), len(with_ref - with_alt), len(with_alt)),
    ]


def reason(kind, reads, theirs):
    """Why `theirs`, the eight numbers of gbcms, are not those of `reads`."""
    if eight(reads) == theirs:
        return EQUAL
    if kind == "insertion":
        gated = _without(reads, lambda one: one.allele == "alt" and one.low)
        if eight(gated) == theirs:
            return QUALITY
        candidates = [gated]
    else:
        candidates = [
            _without(reads, lambda one, more=more: one.allele == "ref" and one.behind < more)
            for more in range(FURTHEST + 1)
        ]
        if theirs in [eight(one) for one in candidates[1:]]:
            return BEHIND
    return ERRORS if any(_within_errors(one, theirs) for one in candidates) else UNEXPLAINED


def _without(reads, loses):
    return [replace(one, allele="") if loses(one) else one for one in reads]


def _within_errors(reads, theirs):
    """Whether no more reads than those with a wrong base have to be counted otherwise."""
    wrong = sum(one.wrong for one in reads)
    ours = eight(reads)
    same_depth = ours[0] == theirs[0] and ours[5] == theirs[5]
    return same_depth and max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) <= wrong


def reads_of(made, rows):
    """Reads with depth at some variants of `made`: row -> list of `Seen`."""
    options = Options()
    opened = made.files.opened()
    alignment = opened.alignments[0]
    sites, of_row = sites_of(opened.variants, alignment, options)
    found = {}
    with pysam.AlignmentFile(str(made.bam)) as file, Fasta(made.made.fasta) as fasta:
        for row in rows:
            site = sites[of_row[row]]
            last = window(site, alignment.contigs[site.contig]).last
            letters = fasta.fetch(site.contig, 0, alignment.contigs[site.contig])
            found[row] = [
                _seen(one, site.position, last, letters)
                for one in explain(file, fasta, alignment, site, options)
                if one.reason in ("ref", "alt", "low_quality", "deleted", "short", "other")
            ]
    return found


def _seen(counted, position, last, letters):
    read = counted.read
    low, wrong = _looked_at(read, position, last, letters)
    allele = counted.reason if counted.reason in ("ref", "alt") else ""
    behind = read.reference_end - 1 - last
    return Seen(read.query_name, not read.is_reverse, allele, behind, low, wrong)


def _looked_at(read, position, last, letters):
    """Whether an insertion in the repeat is of low quality, and whether a base near is wrong."""
    column, place, low, wrong = 0, read.reference_start, False, False
    for operation, length in read.cigartuples:
        if operation == 0:
            for step in range(length):
                near = position - AROUND <= place + step <= last + AROUND
                wrong |= near and read.query_sequence[column + step] != letters[place + step]
        elif operation == 1 and position < place <= last + 1:
            low |= max(read.query_qualities[column : column + length]) < GOOD
        column += length if operation in (0, 1, 4) else 0
        place += length if operation in (0, 2) else 0
    return low, wrong
