"""`tiltyard reads convert`: all reads in another format."""

from __future__ import annotations

from pathlib import Path

from tiltyard.pipelines.reads.command import options as given
from tiltyard.pipelines.reads.command.filter import filter as filter_reads


def convert(
    files: given.Inputs,
    output: given.Output = Path("-"),
    output2: given.Output2 = None,
    output_format: given.Format = None,
    json: given.Json = None,
    keep_partial: given.KeepPartial = False,
    paired: given.Paired = False,
    interleaved: given.Interleaved = False,
    quality_offset: given.QualityOffset = "33",
    lenient_plus: given.LenientPlus = False,
    steps: given.StepTexts = None,
    seed: given.Seed = 0,
    epoch: given.Epoch = 0,
    first_file: given.FirstFile = 0,
    threads: given.Threads = "1",
    backend: given.Backend = "threads",
    implementation: given.Implementation = "kernels",
    quiet: given.Quiet = False,
) -> None:
    """Write all reads as FASTQ, FASTA or Parquet, compressed if the name ends in .gz.

    .gz is written as BGZF, which every reader of gzip reads, and which can be inflated in threads.
    """
    filter_reads(
        files,
        output,
        output2,
        output_format,
        json,
        keep_partial,
        paired,
        interleaved,
        quality_offset=quality_offset,
        lenient_plus=lenient_plus,
        steps=steps,
        seed=seed,
        epoch=epoch,
        first_file=first_file,
        threads=threads,
        backend=backend,
        implementation=implementation,
        quiet=quiet,
    )
