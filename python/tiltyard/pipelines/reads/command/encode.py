"""`tiltyard reads encode`: reads as arrays in an NPZ file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.declaring import option
from tiltyard.pipelines.reads.command import options as given
from tiltyard.pipelines.reads.command.ending import in_order


def encode(
    files: given.Inputs,
    output: Annotated[
        Path, option("--output", "-o", help="The arrays, a .npz file.", panel=given.OUTPUT)
    ],
    encoder: Annotated[
        str,
        option(
            "--encoder",
            "-e",
            help="As one_hot, 'integer(width=150)', 'kmers(4)' or quality.",
            panel=given.OUTPUT,
        ),
    ] = "one_hot",
    json: given.Json = None,
    keep_partial: given.KeepPartial = False,
    paired: given.Paired = False,
    interleaved: given.Interleaved = False,
    pair_rule: given.PairRule = "any",
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
    """Write reads as arrays: tensor, mask, lengths, files, records, names and name_starts.

    Without a width the longest read decides it, which a pass before finds.
    """
    with in_order():
        from tiltyard.pipelines.reads.command.encoding import write_arrays
        from tiltyard.pipelines.reads.command.running import (
            Request,
            conclude,
            inputs_of,
            threads_of,
        )
        from tiltyard.pipelines.reads.report import Report
        from tiltyard.pipelines.reads.steps.chain import chain_of
        from tiltyard.pipelines.reads.steps.encoders import Kmers
        from tiltyard.pipelines.reads.writing.outputs import Output

        request = Request(
            files=inputs_of(
                files,
                paired=paired,
                interleaved=interleaved,
                quality_offset=quality_offset,
                lenient_plus=lenient_plus,
                first_file=first_file,
            ),
            chain=chain_of(steps or (), encoder),
            pair_rule=pair_rule,
            seed=seed,
            epoch=epoch,
            threads=threads_of(threads, backend, quiet),
            backend=backend,
            way=implementation,
            quiet=quiet,
        )
        masked = not isinstance(request.chain.encoder, Kmers)
        target = Output(path=output, form="npz", keep_partial=keep_partial, masked=masked)
        target.check(request.files.paired)
        report = Report()
        write_arrays(request, target, report)
        conclude(report, request, json)
