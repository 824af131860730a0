"""Opening of a checked file of alignments by htslib."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from typing import Any

from tiltyard.pipelines.alleles.alignment import Alignment

#: Where htslib would look for the letters of a CRAM that the FASTA does not have: with a value
#: that is no folder it asks nobody, and no server.
NOWHERE = os.devnull


def open_reads(alignment: Alignment) -> AbstractContextManager[Any]:
    """A `pysam.AlignmentFile` of `alignment` with its index, for one thread."""
    import pysam

    if alignment.cram:
        os.environ["REF_PATH"] = NOWHERE
    return pysam.AlignmentFile(
        str(alignment.path),
        index_filename=str(alignment.index),
        reference_filename=str(alignment.fasta) if alignment.cram else None,
    )
