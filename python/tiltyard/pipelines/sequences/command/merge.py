"""`tiltyard sequences merge`: vectors of nucleotides and of proteins, joined by name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.declaring import argument, option
from tiltyard.pipelines.sequences.command import options as given
from tiltyard.pipelines.sequences.command.ending import in_order, warn


def merge(
    nucleotide: Annotated[Path, argument(metavar="NUCLEOTIDE", help="Vectors of nucleotides.")],
    protein: Annotated[Path, argument(metavar="PROTEIN", help="Vectors of proteins.")],
    output: Annotated[
        Path, option("--output", "-o", help="Parquet file of both.", panel=given.OUTPUT)
    ],
) -> None:
    """Join vectors by the names of their sequences, in the first file's order.

    What is left out is named in OUTPUT.missing.tsv, with the reason.
    """
    with in_order():
        from tiltyard.pipelines.sequences.merging import merge_files
        from tiltyard.pipelines.sequences.tables import MISSING, table

        found = merge_files({"nucleotide": nucleotide, "protein": protein}, output)
        missing = output.with_name(f"{output.name}.missing.tsv")
        with table(missing, MISSING) as rows:
            for name, reason in found.missing:
                rows.add(name, "merge", reason)
        if found.missing:
            warn(f"{len(found.missing):,} sequences are left out: {missing}")
