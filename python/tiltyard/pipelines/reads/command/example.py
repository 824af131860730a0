"""`tiltyard reads example`: small files to try the other commands on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiltyard.pipelines.declaring import argument
from tiltyard.pipelines.reads.command.ending import in_order

#: What is made: pairs, and their letters.
PAIRS, LENGTH = 5000, 150


def example(
    folder: Annotated[Path, argument(metavar="FOLDER", help="Where to write them.")] = Path(
        "example"
    ),
) -> None:
    """Write two small files of paired reads, to try the other commands on."""
    with in_order():
        import numpy as np

        from tiltyard.pipelines.reads.simulating import made_reads
        from tiltyard.pipelines.reads.writing.outputs import Output, writer_of

        files = [folder / f"reads_{mate}.fq.gz" for mate in (1, 2)]
        for mate, path in enumerate(files, start=1):
            rng = np.random.default_rng(mate)
            with writer_of(Output(path=path, form="fastq")) as write:
                for batch in made_reads(PAIRS, LENGTH, rng, mate=str(mate)):
                    write(batch)
        print(f"wrote {files[0]} and {files[1]}. Now try:")
        print(f"  tiltyard reads stats {files[0]} {files[1]}")
        print(
            f"  tiltyard reads filter --paired {files[0]} {files[1]} --mean-error-quality 15 "
            "--output kept_1.fq.gz --output2 kept_2.fq.gz"
        )
