"""`tiltyard sequences embed`: a vector for each sequence."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from tiltyard.pipelines import stages
from tiltyard.pipelines.declaring import argument, option
from tiltyard.pipelines.sequences.command import options as given
from tiltyard.pipelines.sequences.command.ending import FAILED, in_order, warn


def embed(
    files: Annotated[
        list[Path], argument(metavar="FILE…", help="FASTA of frames: nucleotides or proteins.")
    ],
    output: Annotated[
        Path, option("--output", "-o", help="Parquet file of the vectors.", panel=given.OUTPUT)
    ],
    model: Annotated[
        str,
        option(
            metavar="FOLDER|NAME",
            help="A Hugging Face folder; composition; or random-KIND-LAYERSxWIDTH.",
            panel=given.MODEL,
        ),
    ] = "composition",
    pooling: given.Pooling = None,
    batch: given.Batch = "budget:1024",
    sort: given.Sort = "length",
    workers: given.Workers = "1",
    threads: given.Threads = 1,
    callers: given.Callers = 1,
    assignment: given.Assignment = "queue_largest",
    load: given.Load = "once",
    device: given.Device = "auto",
    graphs: Annotated[
        Path | None,
        option(
            metavar="FOLDER",
            help="Where the model's graph is kept for other calls; left out, it is removed.",
            panel=given.WORK,
        ),
    ] = None,
    quiet: given.Quiet = False,
) -> None:
    """Embed sequences: columns id, letters, tokens, truncated, embedding.

    Several files give one, in their order; each is kept in OUTPUT.parts until all are there. A file
    that fails is named in OUTPUT.failed.tsv while the others go on; then the exit status is 1.
    """
    parts = output.with_name(f"{output.name}.parts")
    with in_order(parts):
        stages.begin("import")
        from tiltyard.pipelines.sequences.command.progress import bar
        from tiltyard.pipelines.sequences.models.model import model_of
        from tiltyard.pipelines.sequences.steps import embed_into

        how = given.how_from(
            batch, sort, workers, threads, callers, assignment, load, device, quiet
        )
        own = model_of(model, pooling)
        with bar(quiet) as (_, progress):
            failures = embed_into(files, output, own, how, graphs, progress=progress, warn=warn)
        stages.begin("close")
        for file, _, message in failures:
            warn(f"failed: {file}: {message}")
        if failures:
            kept = f"; {parts} has what is finished" if parts.is_dir() else ""
            warn(f"{output} is not written{kept}; the same command goes on")
            sys.exit(FAILED)
