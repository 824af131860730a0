"""Options of the commands, as they are written on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from tiltyard.pipelines.alleles.options import KEEPABLE, Options
from tiltyard.pipelines.declaring import Option, option

FILES, READS = "Files", "Which reads count"
ROWS, WORK, PARTS = "What there is a row for", "How the work is done", "One table in several jobs"

Fasta = Annotated[
    Path,
    option("--fasta", "-f", help="Reference (FASTA) with its .fai.", panel=FILES),
]
MinMapq = Annotated[
    int,
    option(least=0, most=255, help="Least mapping quality of a read.", panel=READS),
]
MinBaseQuality = Annotated[
    int,
    option(
        least=0,
        most=255,
        help="Least base quality with which a read shows an allele; others count for depth only.",
        panel=READS,
    ),
]


def _keep(what: str) -> Option:
    """A switch that keeps reads of one kind."""
    return option(
        f"--keep-{what.replace('_', '-')}",
        help=f"Count reads that are marked as {what.replace('_', ' ')}.",
        panel=READS,
    )


KeepSecondary = Annotated[bool, _keep("secondary")]
KeepQcFail = Annotated[bool, _keep("qc_fail")]
KeepDuplicate = Annotated[bool, _keep("duplicate")]
KeepSupplementary = Annotated[bool, _keep("supplementary")]
DropImproperPairs = Annotated[
    bool,
    option(
        "--drop-improper-pairs",
        help="Drop reads of pairs that are not marked as proper.",
        panel=READS,
    ),
]
DropIndelReads = Annotated[
    bool,
    option(
        "--drop-indel-reads",
        help="Drop reads with an insertion or a deletion.",
        panel=READS,
    ),
]
NoLeftAlign = Annotated[
    bool,
    option(
        "--no-left-align",
        help="Count insertions and deletions where variants and reads have them.",
        panel=READS,
    ),
]
ExactCigar = Annotated[
    bool,
    option(
        "--exact-cigar",
        help="Take the reads' insertions and deletions where their CIGAR has them.",
        panel=READS,
    ),
]
FragmentTag = Annotated[
    str,
    option(
        help="Tag, such as UB, that tells fragments apart, in place of the read's name.",
        panel=READS,
    ),
]
By = Annotated[
    str,
    option(help="Tag, such as CB, for each of whose values there is a row.", panel=ROWS),
]
ByReadGroup = Annotated[
    bool,
    option(
        "--by-read-group",
        help="A row for each sample of a file's header, by the reads' read group.",
        panel=ROWS,
    ),
]
RefMismatch = Annotated[
    Literal["error", "skip"],
    option(help="Variants whose REF the FASTA does not have.", panel=ROWS),
]
MissingContig = Annotated[
    Literal["error", "skip"],
    option(help="Variants on contigs that a file does not have.", panel=ROWS),
]
LengthMismatch = Annotated[
    Literal["error", "warn"],
    option(help="Contigs with another length than the FASTA's.", panel=ROWS),
]
Threads = Annotated[
    str,
    option(
        metavar="N|auto",
        help="Workers; auto: what `tiltyard tune` found for this machine, else its cores.",
        panel=WORK,
    ),
]
Backend = Annotated[
    Literal["auto", "serial", "threads", "processes", "multiprocessing"],
    option(help="What workers are; auto chooses, and says why.", panel=WORK),
]
Implementation = Annotated[
    Literal["auto", "mapped", "arrays", "reference"],
    option(help="How a block is counted; all give the same.", panel=WORK),
]
Level = Annotated[
    Literal["auto", "file", "block", "both"],
    option(help="What a worker takes: files, or blocks of one file.", panel=WORK),
]
BlockSize = Annotated[
    int,
    option(
        least=1,
        help="Most variants of a block; neighbours that read little are joined again.",
        panel=WORK,
    ),
]
BlockDistance = Annotated[
    int,
    option(least=1, help="Most bases from a block's first variant.", panel=WORK),
]


def options_of(
    *,
    min_mapq: int,
    min_base_quality: int,
    keep_secondary: bool,
    keep_qc_fail: bool,
    keep_duplicate: bool,
    keep_supplementary: bool,
    drop_improper_pairs: bool,
    drop_indel_reads: bool,
    no_left_align: bool,
    exact_cigar: bool,
    fragment_tag: str,
    by: str = "",
    by_read_group: bool = False,
) -> Options:
    """The options that a command was given.

    Raises
    ------
    ValueError
        If a tag is none, or two options contradict each other.
    """
    for name, tag in (("--fragment-tag", fragment_tag), ("--by", by)):
        if tag and not (len(tag) == 2 and tag[0].isalpha() and tag.isalnum() and tag.isascii()):
            raise ValueError(
                f"{name} {tag}: a tag of a read is a letter and a letter or digit, such as CB"
            )
    if by and by_read_group:
        raise ValueError(
            f"--by {by} and --by-read-group contradict each other: both say what a row is; "
            "leave out one"
        )
    kept = (keep_secondary, keep_qc_fail, keep_duplicate, keep_supplementary)
    return Options(
        min_mapq=min_mapq,
        min_base_quality=min_base_quality,
        keep=frozenset(reason for reason, wanted in zip(KEEPABLE, kept, strict=True) if wanted),
        drop_improper_pairs=drop_improper_pairs,
        drop_indel_reads=drop_indel_reads,
        left_align=not no_left_align,
        exact_cigar=exact_cigar or no_left_align,
        fragment_tag=fragment_tag,
        by=by,
        by_read_group=by_read_group,
    )
