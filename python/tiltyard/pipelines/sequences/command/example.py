"""`tiltyard sequences example`: a small file to try the other commands on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.declaring import argument
from tiltyard.pipelines.sequences.command.ending import in_order

#: What is made: contigs, and their longest one.
CONTIGS, LONGEST = 40, 6000


def example(
    folder: Annotated[Path, argument(metavar="FOLDER", help="Where to write it.")] = Path(
        "example"
    ),
) -> None:
    """Write a small file of made contigs, half of which can be read without a stop."""
    with in_order():
        import numpy as np

        from tiltyard.engine.files.atomic import atomic_path
        from tiltyard.pipelines.sequences.fasta import fasta_of
        from tiltyard.pipelines.sequences.simulating import made_contigs

        path = folder / "contigs.fa"
        made = made_contigs(CONTIGS, 300, LONGEST, np.random.default_rng(1))
        with atomic_path(path) as temporary:
            temporary.write_bytes(fasta_of(made))
        print(f"wrote {path}. Now try:")
        print(f"  tiltyard sequences predict {path} --window 500 --output predictions.tsv")
        print(f"  tiltyard sequences chunk {path} --window 300 --output chunks.fa")
