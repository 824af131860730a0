"""`tiltyard alleles explain`: each read at one variant, how it was counted, and why."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from tiltyard.pipelines.alleles.command import options as given
from tiltyard.pipelines.alleles.command.ending import in_order
from tiltyard.pipelines.declaring import argument

if TYPE_CHECKING:
    from tiltyard.pipelines.alleles.explaining import Counted

#: Columns of a line: what the alignments say, what was compared, and the reason.
COLUMNS = ("read", "start", "cigar", "flag", "mapq", "bases", "quality", "reason")


def explain(
    alignment: Annotated[str, argument(metavar="BAM", help="BAM or CRAM file.")],
    variant: Annotated[str, argument(metavar="CONTIG:POS:REF:ALT", help="As in a VCF.")],
    fasta: given.Fasta,
    min_mapq: given.MinMapq = 20,
    min_base_quality: given.MinBaseQuality = 20,
    keep_secondary: given.KeepSecondary = False,
    keep_qc_fail: given.KeepQcFail = False,
    keep_duplicate: given.KeepDuplicate = False,
    keep_supplementary: given.KeepSupplementary = False,
    drop_improper_pairs: given.DropImproperPairs = False,
    drop_indel_reads: given.DropIndelReads = False,
    no_left_align: given.NoLeftAlign = False,
    exact_cigar: given.ExactCigar = False,
    by_read_group: given.ByReadGroup = False,
    length_mismatch: given.LengthMismatch = "error",
) -> None:
    """Show every read at one variant: how it was counted, and why.

    A line for each read, in the file's order: name, start (from 1), CIGAR, flag, mapping quality,
    the bases that were compared, their quality, and the reason. Behind an empty line, the reads of
    each reason, and the sums: depth, not observed, dropped.
    """
    with in_order():
        options = given.options_of(
            min_mapq=min_mapq,
            min_base_quality=min_base_quality,
            keep_secondary=keep_secondary,
            keep_qc_fail=keep_qc_fail,
            keep_duplicate=keep_duplicate,
            keep_supplementary=keep_supplementary,
            drop_improper_pairs=drop_improper_pairs,
            drop_indel_reads=drop_indel_reads,
            no_left_align=no_left_align,
            exact_cigar=exact_cigar,
            fragment_tag="",
            by_read_group=by_read_group,
        )
        from tiltyard.pipelines.alleles.explaining import explain as explained
        from tiltyard.pipelines.alleles.faults import InputError
        from tiltyard.pipelines.alleles.inputs.fasta import Fasta as Letters
        from tiltyard.pipelines.alleles.inputs.reads import open_reads
        from tiltyard.pipelines.alleles.opening import open_alignments
        from tiltyard.pipelines.alleles.sites import sites_of
        from tiltyard.pipelines.alleles.variants import variant_of

        opened = open_alignments(
            [alignment],
            fasta,
            variant_of(variant),
            options,
            length_mismatch=length_mismatch,
        )
        for sentence in (*opened.notes, *opened.warnings):
            print(sentence, file=sys.stderr)
        (file,) = opened.alignments
        sites, _ = sites_of(opened.variants, file, options)
        if not sites:
            reason = opened.variants.rows[0].unsupported
            raise InputError(f"{variant} cannot be counted: {reason}")
        with open_reads(file) as reads, Letters(fasta) as letters:
            _show(explained(reads, letters, file, sites[0], options))


def _show(reads: Iterable[Counted]) -> None:
    """Print a line for each read, and the sums."""
    from tiltyard.pipelines.alleles.counts import COUNTED, NOT_COUNTED, REASONS

    sums: Counter[str] = Counter()
    lines = ["\t".join(COLUMNS)]
    for one in reads:
        sums[one.reason] += 1
        lines.append("\t".join(_fields(one)))
    lines.append("")
    lines += [f"{reason}\t{sums[reason]}" for reason in REASONS if sums[reason]]
    depth = sum(sums[reason] for reason in COUNTED)
    not_observed = sums["not_observed"]
    dropped = sum(sums[reason] for reason in NOT_COUNTED) - not_observed
    lines += [f"= depth\t{depth}", f"= not observed\t{not_observed}", f"= dropped\t{dropped}"]
    print("\n".join(lines))


def _fields(one: Counted) -> list[str]:
    read = one.read
    return [
        str(read.query_name),
        str(read.reference_start + 1),
        read.cigarstring or "*",
        str(read.flag),
        str(read.mapping_quality),
        one.bases,
        "" if one.quality is None else str(one.quality),
        one.reason,
    ]
