"""Reading a chunk in six frames, and keeping those without a stop."""

from __future__ import annotations

from dataclasses import dataclass

from tiltyard.pipelines.sequences.naming import FRAMES
from tiltyard.pipelines.sequences.rule.codons import STOP, UNKNOWN, complement, residue
from tiltyard.pipelines.sequences.rule.rules import Rules

#: Why a chunk has no frame.
TOO_SHORT, AMBIGUOUS, NO_OPEN_FRAME = "too_short", "ambiguous", "no_open_frame"


@dataclass(frozen=True)
class Frame:
    """A frame that is kept.

    Parameters
    ----------
    number : int
        Its place in `FRAMES`.
    codons : int
        How many were read, those too for which nothing is written.
    nucleotides, protein : bytes
    """

    number: int
    codons: int
    nucleotides: bytes
    protein: bytes

    @property
    def name(self) -> str:
        """As ``F1``."""
        return FRAMES[self.number]


def frames_of(chunk: bytes, rules: Rules) -> tuple[list[Frame], str]:
    """Frames of a chunk that are kept, in the order of `FRAMES`, and why there is none.

    Parameters
    ----------
    chunk : bytes
        Letters of `codons.LETTERS`.

    Returns
    -------
    frames : list of Frame
    reason : str
        "" if there is a frame.
    """
    forward = chunk.decode("ascii")
    reverse = "".join(complement(letter, rules) for letter in reversed(forward))
    kept, ambiguous = [], False
    for number in range(len(FRAMES)):
        strand, first = (forward, reverse)[number // 3], number % 3
        places = range(first, len(strand) - 2, 3)
        read = [residue(strand[place : place + 3], rules) for place in places]
        if not read or STOP in read:
            continue
        if read.count(None) > rules.max_unknown * len(read):
            ambiguous = True
            continue
        written = "" if rules.unknown == "drop" else UNKNOWN
        protein = "".join(written if one is None else one for one in read)
        if not protein:
            continue
        # VirNucPro takes the nucleotides of as many codons as it wrote residues, and one base more.
        bases = 3 * len(read) if rules.exact else 3 * len(protein) + 1
        nucleotides = strand[first : first + bases]
        kept.append(Frame(number, len(read), nucleotides.encode(), protein.encode()))
    if kept:
        return kept, ""
    if len(chunk) < 3:
        return [], TOO_SHORT
    return [], AMBIGUOUS if ambiguous else NO_OPEN_FRAME


def span(start: int, end: int, frame: int, codons: int) -> tuple[int, int]:
    """First and last base that a frame's codons have on the contig, from 1, both included.

    Parameters
    ----------
    start, end : int
        Of the chunk, from 0, the end not included.
    frame : int
        Place in `FRAMES`.
    codons : int
    """
    skipped, bases = frame % 3, 3 * codons
    if frame < 3:
        return start + skipped + 1, start + skipped + bases
    return end - skipped - bases + 1, end - skipped


def strand(frame: int) -> str:
    """``+`` or ``-``."""
    return "+" if frame < 3 else "-"
