"""`tiltyard reads filter`: the reads that are kept, changed if that is asked for."""

from __future__ import annotations

from pathlib import Path

from tiltyard.pipelines.reads.command import options as given
from tiltyard.pipelines.reads.command.ending import in_order


def filter(
    files: given.Inputs,
    output: given.Output = Path("-"),
    output2: given.Output2 = None,
    output_format: given.Format = None,
    json: given.Json = None,
    keep_partial: given.KeepPartial = False,
    paired: given.Paired = False,
    interleaved: given.Interleaved = False,
    pair_rule: given.PairRule = "any",
    quality_offset: given.QualityOffset = "33",
    lenient_plus: given.LenientPlus = False,
    min_length: given.MinLength = None,
    max_length: given.MaxLength = None,
    max_n: given.MaxN = None,
    min_base_quality: given.MinBaseQuality = None,
    arithmetic_mean_quality: given.ArithmeticMeanQuality = None,
    mean_error_quality: given.MeanErrorQuality = None,
    fraction: given.Fraction = None,
    every: given.Every = None,
    dedup: given.Dedup = False,
    first: given.First = None,
    steps: given.StepTexts = None,
    seed: given.Seed = 0,
    epoch: given.Epoch = 0,
    first_file: given.FirstFile = 0,
    threads: given.Threads = "1",
    backend: given.Backend = "threads",
    implementation: given.Implementation = "kernels",
    quiet: given.Quiet = False,
) -> None:
    """Write the reads that pass all filters; a report says how many each one dropped.

    Filters that draw or look at the number of a read come first, then length, letters and
    qualities, then each --step in its order, then --dedup and --first.
    """
    with in_order():
        from tiltyard.pipelines.reads.command.running import (
            Request,
            conclude,
            inputs_of,
            reads_of,
            threads_of,
        )
        from tiltyard.pipelines.reads.report import Report
        from tiltyard.pipelines.reads.steps.chain import chain_of
        from tiltyard.pipelines.reads.writing.outputs import Output, format_of, writer_of

        chain = given.chain_texts(
            min_length=min_length,
            max_length=max_length,
            max_n=max_n,
            min_base_quality=min_base_quality,
            arithmetic_mean_quality=arithmetic_mean_quality,
            mean_error_quality=mean_error_quality,
            fraction=fraction,
            every=every,
            steps=steps,
            dedup=dedup,
            first=first,
        )
        request = Request(
            files=inputs_of(
                files,
                paired=paired,
                interleaved=interleaved,
                quality_offset=quality_offset,
                lenient_plus=lenient_plus,
                first_file=first_file,
            ),
            chain=chain_of(chain),
            pair_rule=pair_rule,
            seed=seed,
            epoch=epoch,
            threads=threads_of(threads, backend, quiet),
            backend=backend,
            way=implementation,
            quiet=quiet,
        )
        target = Output(
            path=output,
            form=format_of(output, output_format or ""),
            second=output2,
            keep_partial=keep_partial,
        )
        target.check(request.files.paired)
        report = Report()
        compressed = target.packed and request.backend == "threads"
        workers = request.workers(request.chain.local or compressed)
        with (
            workers.lent() as pool,
            writer_of(target, None if workers.apart else pool) as write,
            reads_of(request, report, pool) as batches,
        ):
            for batch in batches:
                write(batch)
        conclude(report, request, json)
