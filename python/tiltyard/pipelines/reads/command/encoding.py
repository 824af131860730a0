"""The work of `tiltyard reads encode`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.command.running import Request, reads_of
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.identity import is_pipe
from tiltyard.pipelines.reads.implementations import implementation
from tiltyard.pipelines.reads.report import Report
from tiltyard.pipelines.reads.steps.encoders import Encoder, Kmers, Padded
from tiltyard.pipelines.reads.writing.outputs import Output, writer_of

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.parallel import Pool


def write_arrays(request: Request, target: Output, report: Report) -> None:
    """Encode all reads that the chain keeps, and write them.

    Raises
    ------
    InputError
        If the width is not given, and cannot be found before.
    """
    encoder = request.chain.encoder
    assert encoder is not None  # the command has one
    with request.workers().lent() as pool:
        encoder = with_width(encoder, request, pool)
        empty = True
        with writer_of(target) as write, reads_of(request, report, pool, encoder) as batches:
            for batch in batches:
                write(batch)
                empty = False
            if empty:
                nothing, draws = Batch.of([]), Draws(request.seed, request.epoch)
                arrays = implementation(request.way).encoded(encoder, nothing, draws, [])
                write(nothing.with_encoded(arrays, None))


def with_width(encoder: Encoder, request: Request, pool: Pool | None) -> Encoder:
    """The encoder with a width for all reads: arrays of one file are as wide as the widest."""
    if isinstance(encoder, Kmers):
        return encoder
    assert isinstance(encoder, Padded)
    if getattr(encoder, "width", None) is not None:
        return encoder
    if any(is_pipe(file) for entry in request.files.entries for file in entry):
        raise InputError(
            "the longest read of a pipe is not known before; give a width: "
            f"--encoder '{encoder.name}(width=150)'"
        )
    longest = 0
    with reads_of(request, Report(), pool) as batches:
        for batch in batches:
            for mate in (batch, batch.mate):
                longest = max(longest, 0 if mate is None else int(mate.lengths.max(initial=0)))
    wide: dict[str, Any] = {"width": longest}
    return replace(encoder, **wide)
