"""`tiltyard alleles example`: small files to try the other commands on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.alleles.command.ending import in_order
from tiltyard.pipelines.declaring import argument

#: What is made: two samples, variants of every class, some seconds to write.
FILES, VARIANTS, DEPTH, GENOME = 2, 200, 40, 100_000


def example(
    folder: Annotated[Path, argument(metavar="FOLDER", help="Where to write them.")] = Path(
        "example"
    ),
) -> None:
    """Write two small BAM files with known variants, to try the other commands on."""
    with in_order():
        from tiltyard.pipelines.alleles.simulating.design import Design
        from tiltyard.pipelines.alleles.simulating.simulation import simulate

        design = Design(files=FILES, variants=VARIANTS, depth=DEPTH, genome=GENOME)
        made = simulate(design, folder, 1)
        sheet = folder / "samples.tsv"
        lines = [f"{sample}\t{path}" for sample, path in made.alignments.items()]
        sheet.write_text("\n".join(["sample\talignment", *lines, ""]), encoding="utf-8")
        print(
            f"wrote {made.fasta}, {made.variants}, {', '.join(map(str, made.alignments.values()))} "
            f"and {sheet}; what is planted in them is in {made.truth_table}. Now try:"
        )
        print(
            f"  tiltyard alleles count --variants {made.variants} --fasta {made.fasta} "
            f"--sheet {sheet} --output counts.tsv"
        )
