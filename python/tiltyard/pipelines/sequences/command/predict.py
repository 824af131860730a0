"""`tiltyard sequences predict`: from contigs to tables of what is virus."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from tiltyard.pipelines import stages
from tiltyard.pipelines.declaring import option
from tiltyard.pipelines.sequences.command import options as given
from tiltyard.pipelines.sequences.command.ending import FAILED, in_order, warn


def predict(
    contigs: given.Contigs,
    output: Annotated[
        Path,
        option("--output", "-o", help="Table of frames, as predictions.tsv.", panel=given.OUTPUT),
    ],
    model: Annotated[
        Path | None,
        option(
            metavar="FOLDER",
            help="A classifier with its models; left out, the embedded one.",
            panel=given.MODEL,
        ),
    ] = None,
    window: given.Window = 500,
    rules: given.RuleSet = "exact",
    table: given.CodeTable = "1",
    unknown: given.Unknown = None,
    max_unknown: given.MaxUnknown = None,
    rename_duplicates: given.RenameDuplicates = False,
    strict: Annotated[
        bool, option("--strict", help="Refuse a file without a record.", panel=given.INPUT)
    ] = False,
    min_share: Annotated[
        float,
        option(least=0, most=1, help="Share of a contig's scored chunks.", panel=given.CALLS),
    ] = 0.5,
    min_score: Annotated[
        float, option(least=0, most=1, help="Mean score of its chunks.", panel=given.CALLS)
    ] = 0.0,
    min_chunks: Annotated[
        int,
        option(least=1, help="Scored chunks, below which nothing is said.", panel=given.CALLS),
    ] = 1,
    regions: Annotated[
        Path | None, option(help="BED file of regions of virus chunks.", panel=given.OUTPUT)
    ] = None,
    write_virus: Annotated[
        Path | None, option(help="FASTA of contigs called virus.", panel=given.OUTPUT)
    ] = None,
    output_format: Annotated[
        Literal["tsv", "virnucpro"],
        option("--format", help="virnucpro adds the two files of that system.", panel=given.OUTPUT),
    ] = "tsv",
    work: Annotated[
        Path | None,
        option(
            metavar="FOLDER",
            help="Where files are kept while it runs, and after; left out, they are removed.",
            panel=given.WORK,
        ),
    ] = None,
    until: Annotated[
        Literal["frames", "end"],
        option(help="frames: write the files of frames into --work, no more.", panel=given.WORK),
    ] = "end",
    per_file: Annotated[
        int, option(least=1, help="Frames of a file, the unit of work.", panel=given.WORK)
    ] = 10_000,
    batch: given.Batch = "budget:1024",
    sort: given.Sort = "length",
    workers: given.Workers = "auto",
    threads: given.Threads = 1,
    callers: given.Callers = 1,
    assignment: given.Assignment = "queue_largest",
    device: given.Device = "auto",
    translation: given.Translation = "numpy",
    quiet: given.Quiet = False,
) -> None:
    """Say which contigs look like virus.

    Beside p.tsv: p.chunks.tsv, p.contigs.tsv, p.missing.tsv, and p.run.json, which has what decided
    them and how far the classifier can be trusted. A run that was stopped goes on: run it again.
    """
    stem = output.name.removesuffix(".tsv")
    with in_order(work or output.with_name(f"{stem}.work")):
        stages.begin("import")
        from tiltyard.pipelines.sequences.command.progress import bar
        from tiltyard.pipelines.sequences.faults import InputError
        from tiltyard.pipelines.sequences.predicting.outputs import Outputs
        from tiltyard.pipelines.sequences.predicting.predict import (
            Request,
            Told,
            frames_alone,
            predict,
        )
        from tiltyard.pipelines.sequences.predicting.working import Reading
        from tiltyard.pipelines.sequences.rule.calling import Thresholds

        if until == "frames" and work is None:
            raise InputError("--until frames: name the folder of the files with --work")
        how = given.how_from(
            batch, sort, workers, threads, callers, assignment, "once", device, quiet
        )
        request = Request(
            reading=Reading(
                source=contigs,
                rules=given.rules_from(rules, window, table, unknown, max_unknown),
                per_file=per_file,
                rename_duplicates=rename_duplicates,
                way=translation,
            ),
            outputs=Outputs(output, regions, write_virus, output_format == "virnucpro"),
            how=how,
            thresholds=Thresholds(min_share=min_share, min_score=min_score, min_chunks=min_chunks),
            model=model,
            work=work,
            strict=strict,
        )
        if until == "frames":
            frames = frames_alone(request, Told(warn))
            print(f"{frames.frames:,} frames in {frames.files:,} files: {request.folder}")
            return
        with bar(quiet) as (begin, progress):
            found = predict(request, Told(warn, begin, progress))
        stages.begin("close")
        if not quiet:
            _say(found)
        for file, _, message in found.failures:
            warn(f"failed: {file}: {message}")
        if found.failures:
            warn(f"{request.folder} has what is finished; the same command goes on")
            sys.exit(FAILED)


def _say(found: object) -> None:
    from tiltyard.pipelines.sequences.predicting.predict import Predicted

    assert isinstance(found, Predicted)
    read, said = found.framed, found.counts
    print(
        f"{read.contigs:,} contigs ({read.bases:,} bases), {read.chunks:,} chunks, {read.frames:,} "
        f"open frames; called virus {said.virus:,}, others "
        f"{said.contigs - said.virus - said.undecided:,}, nothing {said.undecided:,}"
    )
