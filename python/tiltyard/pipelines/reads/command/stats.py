"""`tiltyard reads stats`: a table of what there is in files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from tiltyard.pipelines.declaring import option
from tiltyard.pipelines.reads.command import options as given
from tiltyard.pipelines.reads.command.ending import in_order


def stats(
    files: given.Inputs,
    output: Annotated[
        Path,
        option("--output", "-o", help="The table; - is standard output.", panel=given.OUTPUT),
    ] = Path("-"),
    table_format: Annotated[
        Literal["tsv", "json"],
        option("--format", help="Format of the table.", panel=given.OUTPUT),
    ] = "tsv",
    quality_offset: given.QualityOffset = "33",
    lenient_plus: given.LenientPlus = False,
    threads: given.Threads = "1",
    backend: given.Backend = "threads",
    implementation: given.Implementation = "kernels",
    quiet: given.Quiet = False,
) -> None:
    """Count reads and bases of each file, with lengths, letters and both means of qualities."""
    with in_order():
        from tiltyard.pipelines.reads.command.running import Job, inputs_of, threads_of
        from tiltyard.pipelines.reads.command.summing import print_table, summed

        inputs = inputs_of(
            files,
            paired=False,
            interleaved=False,
            quality_offset=quality_offset,
            lenient_plus=lenient_plus,
        )
        job = Job(
            files=inputs,
            threads=threads_of(threads, backend, quiet),
            backend=backend,
            way=implementation,
            quiet=quiet,
        )
        rows, error = summed(job)
        print_table(rows, output, table_format)
        if error is not None:
            raise error
