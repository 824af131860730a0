"""How each read over a site is counted, and why: what counting adds up, and people ask about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Site
from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.inputs.damage import locate
from tiltyard.pipelines.alleles.inputs.fasta import Fasta
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.rule.cigar import ON_READ, D, I, plain, shift_left, span
from tiltyard.pipelines.alleles.rule.dropping import dropped
from tiltyard.pipelines.alleles.rule.laying import lay
from tiltyard.pipelines.alleles.rule.showing import show, window
from tiltyard.pipelines.alleles.variants.normalising import INDELS

#: Quality of the bases of a read that has none.
NO_QUALITY = 255
UNMAPPED = 0x4


class Counted(NamedTuple):
    """One read over a site, and how it is counted.

    `read` is a `pysam.AlignedSegment`; `reason` one of `counts.REASONS`; `bases` and `quality` as
    in `rule.showing.Shown`: "" and None where nothing is compared.
    """

    read: Any
    reason: str
    bases: str
    quality: int | None


def explain(
    file: Any, fasta: Fasta, alignment: Alignment, site: Site, options: Options
) -> Iterator[Counted]:
    """Yield each read that lies over `site`, or is unmapped and placed there, in the file's order.

    Parameters
    ----------
    file : pysam.AlignmentFile
        From `inputs.reads.open_reads`.
    fasta : Fasta
        Open `alignment.fasta`.
    alignment : Alignment
    site : Site
    options : Options

    Raises
    ------
    InputError
        The file is damaged, or its reads are not sorted.
    """
    last = 0
    try:
        for read in file.fetch(site.contig, site.position, site.position + 1):
            if read.reference_start < last:
                raise InputError(_unsorted(file, alignment, read, last))
            last = read.reference_start
            operations = plain(read.cigartuples or ())
            length = 1 if read.flag & UNMAPPED else span(operations)
            if read.reference_start <= site.position < read.reference_start + length:
                yield _counted(read, operations, fasta, alignment, site, options)
    except OSError as error:
        raise InputError(locate(alignment.path, str(error))) from error


def _counted(
    read: Any,
    operations: list[list[int]],
    fasta: Fasta,
    alignment: Alignment,
    site: Site,
    options: Options,
) -> Counted:
    bases = read.query_sequence or ""
    reason = dropped(read.flag, read.mapping_quality, bases, operations, options)
    if reason:
        return Counted(read, reason, "", None)
    if sum(length for operation, length in operations if operation in ON_READ) != len(bases):
        raise InputError(
            f"{alignment.path}: read {read.query_name} at {site.contig}:{read.reference_start + 1} "
            f"has {len(bases):,} bases, and its CIGAR another number; write the file again"
        )
    indels = any(operation in (I, D) for operation, _ in operations)
    if site.kind in INDELS and options.shifts_reads and indels:
        start = read.reference_start
        letters = fasta.fetch(alignment.letters[site.contig], start, start + span(operations))
        shift_left(operations, bases, letters)
    tested = window(site, alignment.contigs[site.contig])
    end = site.position + len(site.ref)
    laid = lay(read.reference_start, operations, tested.first, max(tested.last, end))
    deleted = laid.deleted(site.position)
    if site.position not in laid.base and not deleted:
        return Counted(read, "not_observed", "", None)
    qualities = read.query_qualities
    if qualities is None:
        qualities = [NO_QUALITY] * len(bases)
    shown = show(site, laid, bases, qualities, tested)
    if shown.allele:
        low = shown.quality is not None and shown.quality < options.min_base_quality
        reason = "low_quality" if low else shown.allele
    elif deleted:
        reason = "deleted"
    else:
        short = laid.start > tested.first or laid.end <= tested.last
        reason = "short" if short else "other"
    return Counted(read, reason, shown.bases, shown.quality)


def _unsorted(file: Any, alignment: Alignment, read: Any, last: int) -> str:
    place = "" if alignment.cram else f", in the BGZF block at byte {file.tell() >> 16:,}"
    return (
        f"{alignment.path}: the reads are not sorted: {read.query_name} starts at "
        f"{read.reference_name}:{read.reference_start + 1:,}, behind one at {last + 1:,}{place}; "
        f"sort them: samtools sort -o sorted.bam {alignment.path}"
    )
