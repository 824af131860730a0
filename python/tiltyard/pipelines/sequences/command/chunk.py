"""`tiltyard sequences chunk`: contigs cut into pieces of equal length."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.declaring import option
from tiltyard.pipelines.sequences.command import options as given
from tiltyard.pipelines.sequences.command.ending import in_order


def chunk(
    contigs: given.Contigs,
    output: Annotated[
        Path, option("--output", "-o", help="FASTA of the chunks.", panel=given.OUTPUT)
    ],
    window: given.Window = 500,
    rules: given.RuleSet = "exact",
    rename_duplicates: given.RenameDuplicates = False,
) -> None:
    """Cut contigs into chunks that overlap just as much as they have to.

    Beside c.fa, c.tsv says where each chunk is: from 0, the end not included.
    """
    with in_order():
        from tiltyard.pipelines.sequences.steps import chunk_file

        chosen = given.rules_from(rules, window, "1", None, None)
        chunk_file(contigs, output, chosen, rename_duplicates)
