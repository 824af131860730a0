"""Names of chunks and of frames, which are made from the contig's and taken apart again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tiltyard.pipelines.sequences.faults import InputError

#: Frames in the order in which they are written; R frames read the reverse complement.
FRAMES = ("F1", "F2", "F3", "R1", "R2", "R3")
# From the right only: a contig may itself be called `k_chunk_2F1`.
_NAME = re.compile(r"(.+)_chunk_([0-9]+)([FR][123])?", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """What a name says: the contig, the chunk's number from 1, and the frame, "" of a chunk."""

    contig: str
    chunk: int
    frame: str

    @property
    def chunk_name(self) -> str:
        """Name of the chunk."""
        return chunk_name(self.contig, self.chunk)


def chunk_name(contig: str, number: int) -> str:
    """Name of a contig's chunk, whose numbers begin at 1."""
    return f"{contig}_chunk_{number}"


def place_of(name: str) -> Place:
    """What the name of a chunk or of a frame says.

    Raises
    ------
    InputError
        If it is none.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise InputError(
            f"{name!r} is no name of a chunk or a frame, such as contig_chunk_1 or "
            "contig_chunk_1F2; give a file that `tiltyard sequences chunk` or `translate` wrote"
        )
    return Place(match[1], int(match[2]), match[3] or "")
