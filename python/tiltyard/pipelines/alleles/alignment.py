"""A checked file of alignments, with what a worker needs to open it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Alignment:
    """A BAM or CRAM file that has been checked; it can be sent to another process.

    Parameters
    ----------
    path, index, fasta : path
    sample : str
        Name for its rows; "" with `Options.by_read_group`.
    cram : bool
    contigs : mapping
        Contig of the header -> length, in the header's order.
    letters : mapping
        Contig of the header -> contig of the FASTA; those that variants are on.
    read_groups : mapping
        ID of a read group -> its sample, else its ID.
    """

    path: Path
    index: Path
    fasta: Path
    sample: str
    cram: bool
    contigs: Mapping[str, int]
    letters: Mapping[str, str]
    read_groups: Mapping[str, str] = field(default_factory=dict)
