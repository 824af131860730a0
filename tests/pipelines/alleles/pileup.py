"""What samtools says of bases at positions: counts that this project has no part in."""

from __future__ import annotations

import re
from collections import Counter

import pysam

#: Reads that are not counted: unmapped, secondary, failed, duplicate, supplementary.
DROPPED = "3844"
INDEL = re.compile(r"[+-](\d+)")


def pileup(path, bed, min_mapq=20, min_base_quality=0):
    """Contig and position (1-based) -> numbers of each letter; * is a deletion, lower case reverse.

    Overlapping mates count twice, improper pairs count, and no quality is recomputed.
    """
    text = pysam.mpileup(
        *("-A", "-B", "-x", "-d", "0", "-q", str(min_mapq), "-Q", str(min_base_quality)),
        *("--ff", DROPPED, "-l", str(bed), str(path)),
    )
    found = {}
    for line in text.splitlines():
        contig, position, _, _, letters, *_ = line.split("\t")
        found[contig, int(position)] = letters_of(letters)
    return found


def letters_of(text):
    counts = Counter()
    at = 0
    while at < len(text):
        if text[at] == "^":
            at += 2
        elif match := INDEL.match(text, at):
            at = match.end() + int(match[1])
        else:
            if text[at] not in "$<>":
                counts[text[at]] += 1
            at += 1
    return counts


def expected(path, bed, snps, min_mapq=20, min_base_quality=20):
    """Depth, REF, its forward, ALT, its forward of each SNP (contig, position, ref, alt)."""
    every = pileup(path, bed, min_mapq)
    good = pileup(path, bed, min_mapq, min_base_quality)
    for contig, position, ref, alt in snps:
        shown = good.get((contig, position), Counter())
        yield (
            every.get((contig, position), Counter()).total(),
            *(shown[ref] + shown[ref.lower()], shown[ref]),
            *(shown[alt] + shown[alt.lower()], shown[alt]),
        )


def write_bed(path, snps):
    lines = sorted({f"{contig}\t{position - 1}\t{position}\n" for contig, position, *_ in snps})
    path.write_text("".join(lines))
    return path
