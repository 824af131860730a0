"""`tiltyard sequences train`: the embedded classifier's coefficients, made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.declaring import argument, option
from tiltyard.pipelines.sequences.command import options as given
from tiltyard.pipelines.sequences.command.ending import in_order


def train(
    genomes: Annotated[Path, argument(metavar="TABLE", help="Columns label, group, source, path.")],
    folder: Annotated[
        Path, option(help="In which the packages of the genomes are unpacked.", panel=given.INPUT)
    ],
    output: Annotated[
        Path,
        option(
            "--output", "-o", help="Folder of coefficients.tsv and about.json.", panel=given.OUTPUT
        ),
    ],
    seed: Annotated[
        int, option(least=0, help="Of the chunks that are drawn.", panel=given.WORK)
    ] = 1,
) -> None:
    """Train on genomes, and say how often groups that were held out are called rightly."""
    with in_order():
        from tiltyard.engine.extras import require
        from tiltyard.engine.machine.threads import on_one_thread
        from tiltyard.pipelines.sequences.training.writing import train as trained

        require("sklearn", "training", "study")
        with on_one_thread():
            trained(genomes, folder, output, seed, say=print)
