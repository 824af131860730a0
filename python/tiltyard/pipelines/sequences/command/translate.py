"""`tiltyard sequences translate`: chunks read in six frames."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines import stages
from tiltyard.pipelines.declaring import argument, option
from tiltyard.pipelines.sequences.command import options as given
from tiltyard.pipelines.sequences.command.ending import in_order


def translate(
    chunks: Annotated[
        Path, argument(metavar="FILE", help="FASTA of chunks, as `chunk` writes it.")
    ],
    output: Annotated[
        Path, option("--output", "-o", help="FASTA of the proteins.", panel=given.OUTPUT)
    ],
    rules: given.RuleSet = "exact",
    table: given.CodeTable = "1",
    unknown: given.Unknown = None,
    max_unknown: given.MaxUnknown = None,
    translation: given.Translation = "numpy",
) -> None:
    """Read chunks in six frames, and keep those without a stop.

    Beside f.fa, f.nucleotide.fa has the frames' nucleotides, f.tsv their places (from 1, both ends
    included; on the contigs if c.tsv is beside the chunks c.fa), f.missing.tsv chunks without one.
    """
    with in_order():
        stages.begin("import")
        from tiltyard.pipelines.sequences.rule.rules import LEAST_WINDOW
        from tiltyard.pipelines.sequences.steps import translate_file

        # Chunks come as they are: no window cuts them.
        chosen = given.rules_from(rules, LEAST_WINDOW, table, unknown, max_unknown)
        translate_file(chunks, output, chosen, translation)
        stages.begin("close")
