"""`tiltyard sequences consensus`: scores of chunks from those of their frames."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.declaring import argument, option
from tiltyard.pipelines.sequences.command import options as given
from tiltyard.pipelines.sequences.command.ending import in_order


def consensus(
    predictions: Annotated[Path, argument(metavar="FILE", help="Table of predictions.")],
    output: Annotated[Path, option("--output", "-o", help="Table of chunks.", panel=given.OUTPUT)],
    chunks: Annotated[
        Path | None,
        option(help="Table that `chunk` wrote: all chunks, and their places.", panel=given.INPUT),
    ] = None,
) -> None:
    """Score chunks: the highest of their frames, each class by itself; a tie is virus."""
    with in_order():
        from tiltyard.pipelines.sequences.steps import consensus_file

        consensus_file(predictions, output, chunks)
