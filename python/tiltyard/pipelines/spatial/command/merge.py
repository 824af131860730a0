"""`tiltyard spatial merge`: results of ranges as one table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.declaring import argument, option
from tiltyard.pipelines.spatial.command.ending import in_order, say


def merge(
    results: Annotated[
        list[Path], argument(metavar="RESULT…", help="Tables of all ranges of one trait.")
    ],
    output: Annotated[Path, option("--output", "-o", help="Folder of the whole.")] = Path("."),
) -> None:
    """Put the results of ranges behind each other, by the numbers of their spots.

    It is refused, with all faults listed, if spots are missing or there twice, or if ranges were
    computed in different ways.
    """
    with in_order():
        from tiltyard.pipelines.spatial.heritability.merging import merge as merged

        say(f"wrote {merged(results, output)}")
