"""`tiltyard spatial combine`: one P value for each annotation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.declaring import argument, option
from tiltyard.pipelines.spatial.command import options as given
from tiltyard.pipelines.spatial.command.ending import in_order, say


def combine(
    results: Annotated[
        list[Path],
        argument(metavar="RESULT…", help="Merged results of one trait, one for each sample."),
    ],
    scores: Annotated[
        list[Path], option(help="A sample's scores, as of ldsc; they say the annotation; repeated.")
    ],
    output: Annotated[Path, option("--output", "-o", help="The table, .csv.")],
    formula: given.FormulaName = "B",
    annotation: Annotated[
        str, option(help="Column of obs with the annotation, of scores of other programs.")
    ] = "",
) -> None:
    """Combine the P values of each annotation's spots by Cauchy's distribution."""
    with in_order():
        from tiltyard.engine.files.csv import write_frame
        from tiltyard.pipelines.spatial.heritability.annotations import combine as combined

        table, samples = combined(results, scores, formula, annotation)
        write_frame(table, output)
        write_frame(samples, output.with_name(f"{output.stem}.samples.csv"))
        say(f"wrote {output}: {len(table):,} annotations")
