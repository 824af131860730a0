"""`tiltyard sequences classify`: scores of frames from their vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.declaring import argument, option
from tiltyard.pipelines.sequences.command import options as given
from tiltyard.pipelines.sequences.command.ending import in_order, warn


def classify(
    vectors: Annotated[
        Path,
        argument(metavar="FILE", help="What `merge` wrote; of the embedded classifier, `embed`."),
    ],
    output: Annotated[
        Path, option("--output", "-o", help="Table of predictions.", panel=given.OUTPUT)
    ],
    frames: Annotated[
        Path | None,
        option(help="Table that `translate` wrote; places of the frames.", panel=given.INPUT),
    ] = None,
    model: Annotated[
        Path | None,
        option(
            metavar="FOLDER", help="A classifier's; left out, the embedded one.", panel=given.MODEL
        ),
    ] = None,
    window: given.Window = 500,
) -> None:
    """Score frames: others and virus, which sum to 1."""
    with in_order():
        from tiltyard.pipelines.sequences.steps import classify_file

        classify_file(vectors, output, frames, model, window, warn)
