"""`tiltyard alleles count`: a table of the reads and fragments that show each variant's alleles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from tiltyard.pipelines import stages
from tiltyard.pipelines.alleles.command import options as given
from tiltyard.pipelines.alleles.command.ending import in_order
from tiltyard.pipelines.alleles.command.log import Log
from tiltyard.pipelines.alleles.command.request import (
    Request,
    parts_of,
    specifications,
    workers_of,
)


def count(
    variants: Annotated[
        Path,
        typer.Option(
            "--variants", "-v", help="VCF or MAF, may be compressed.", rich_help_panel=given.FILES
        ),
    ],
    fasta: given.Fasta,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The table: .tsv, .parquet, .vcf or .maf; text also with .gz.",
            rich_help_panel=given.FILES,
        ),
    ] = None,
    alignments: Annotated[
        list[str] | None,
        typer.Option(
            "--bam",
            "-b",
            metavar="[NAME:]FILE",
            help="BAM or CRAM with its index; may be repeated.",
            rich_help_panel=given.FILES,
        ),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            help="TSV with the columns sample and alignment, in place of --bam.",
            rich_help_panel=given.FILES,
        ),
    ] = None,
    output_format: Annotated[
        Literal["tsv", "parquet", "vcf", "maf"] | None,
        typer.Option(
            "--output-format",
            "--format",
            help="Format of the table, if its name does not say it.",
            rich_help_panel=given.FILES,
        ),
    ] = None,
    column_prefix: Annotated[
        str,
        typer.Option(help="Before our columns in a MAF.", rich_help_panel=given.FILES),
    ] = "t_",
    report: Annotated[
        Path | None,
        typer.Option(
            "--json",
            help="File for reasons, warnings and log as JSON.",
            rich_help_panel=given.FILES,
        ),
    ] = None,
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
    fragment_tag: given.FragmentTag = "",
    by: given.By = "",
    by_read_group: given.ByReadGroup = False,
    ref_mismatch: given.RefMismatch = "error",
    missing_contig: given.MissingContig = "error",
    length_mismatch: given.LengthMismatch = "error",
    threads: given.Threads = "auto",
    backend: given.Backend = "auto",
    implementation: given.Implementation = "auto",
    level: given.Level = "auto",
    block_size: given.BlockSize = 2000,
    block_distance: given.BlockDistance = 100_000,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", help="Say nothing but warnings.", rich_help_panel=given.WORK),
    ] = False,
    part: Annotated[
        Path | None,
        typer.Option(
            help="Write the counts of one file as a part, instead of a table.",
            rich_help_panel=given.PARTS,
        ),
    ] = None,
    group: Annotated[
        str,
        typer.Option(
            metavar="K/N",
            help="With --part: only the K-th of N groups of contigs.",
            rich_help_panel=given.PARTS,
        ),
    ] = "1/1",
    gather: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Count nothing: make the table of the parts in this folder.",
            rich_help_panel=given.PARTS,
        ),
    ] = None,
) -> None:
    """Count the reads and fragments that show REF and ALT of each variant, in each sample.

    A table with a row for each sample and variant. Everything is checked before the first read is
    counted. A run of several files that was stopped goes on where it was: run it again.
    """
    log = Log(quiet)
    hint = f"finished files are in {parts_of(output)}; the same command goes on" if output else ""
    with in_order(hint):
        request = Request(
            output=output,
            form=output_format or "",
            prefix=column_prefix,
            part=part,
            group=group,
            gather=gather,
        )
        request.check()
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
            fragment_tag=fragment_tag,
            by=by,
            by_read_group=by_read_group,
        )
        from tiltyard.pipelines.alleles.asked import Asked
        from tiltyard.pipelines.alleles.command.table import make_part, make_table
        from tiltyard.pipelines.alleles.run import Inputs

        inputs = Inputs(
            variants=variants,
            fasta=fasta,
            alignments=specifications(alignments or (), sheet),
            options=options,
            ref_mismatch=ref_mismatch,
            missing_contig=missing_contig,
            length_mismatch=length_mismatch,
        )
        asked = Asked(
            workers=workers_of(threads, log),
            backend=backend,
            implementation=implementation,
            level=level,
            block_size=block_size,
            block_distance=block_distance,
        )
        counted = None
        if part is None:
            counted = make_table(request, inputs, asked, log)
        else:
            make_part(request, inputs, asked, log)
        if report is not None:
            log.write(report, counted, output)
        stages.begin("close")
