"""Subcommands that only studies of throughput have; each imports what it needs when called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

FormatOption = Annotated[
    Literal["table", "json"], typer.Option("--format", help="How to print it.")
]


def tune(
    pipeline: Annotated[str, typer.Argument(help="A pipeline, as alleles.")],
    files: Annotated[list[Path], typer.Argument(help="Your files: all that its command needs.")],
    budget: Annotated[float, typer.Option(min=5, help="Seconds that it may take, about.")] = 60.0,
    seed: Annotated[int, typer.Option(min=0, help="Decides the sequence in each round.")] = 0,
    remember: Annotated[
        bool | None,
        typer.Option("--remember/--no-remember", help="By itself only if the machine was free."),
    ] = None,
    format: FormatOption = "table",
) -> None:
    """Try a sample of your own files, and recommend a command with its expected time and memory.

    What is found is remembered for this machine, if that was free meanwhile: the pipeline's
    --threads auto uses it, and says so.
    """
    from tiltyard.studies.throughput.tuning.command import show, tune_files

    show(tune_files(pipeline, files, budget, seed, keep=remember), format)
