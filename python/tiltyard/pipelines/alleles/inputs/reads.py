"""Opening of files of alignments by htslib."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tiltyard.pipelines.alleles.alignment import Alignment

#: Where htslib would look for the letters of a CRAM that the FASTA does not have: with a value
#: that is no folder it asks nobody, and no server.
NOWHERE = os.devnull


@contextmanager
def open_reads(alignment: Alignment) -> Iterator[Any]:
    """A `pysam.AlignmentFile` of a checked file with its index, for one thread."""
    index = str(alignment.index)
    fasta = str(alignment.fasta) if alignment.cram else None
    with opened(
        alignment.path, alignment.cram, index_filename=index, reference_filename=fasta
    ) as file:
        yield file


@contextmanager
def opened(path: Path, cram: bool, **facts: Any) -> Iterator[Any]:
    """A `pysam.AlignmentFile`; htslib says nothing to the terminal meanwhile.

    Closing a file that could not be read fails once more: the first error is what counts.
    """
    import pysam

    if cram:
        os.environ["REF_PATH"] = NOWHERE
    verbosity = pysam.set_verbosity(0)
    try:
        file = pysam.AlignmentFile(str(path), "rc" if cram else "rb", **facts)
        try:
            yield file
        except BaseException:
            with suppress(OSError):
                file.close()
            raise
        file.close()
    finally:
        pysam.set_verbosity(verbosity)
