"""Six frames of many chunks of equal length: look-ups in whole matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.naming import FRAMES
from tiltyard.pipelines.sequences.rule.codons import UNKNOWN
from tiltyard.pipelines.sequences.rule.frames import AMBIGUOUS, NO_OPEN_FRAME, TOO_SHORT, Frame
from tiltyard.pipelines.sequences.rule.rules import Rules
from tiltyard.pipelines.sequences.vectorised.tables import (
    IS_UNKNOWN,
    STOP_FORWARD,
    STOP_REVERSE,
    Tables,
    tables,
)

_UNKNOWN = UNKNOWN.encode()


def translated(chunks: Sequence[bytes], rules: Rules) -> list[tuple[list[Frame], str]]:
    """As `rule.frames.frames_of` of each chunk."""
    found: list[list[Frame]] = [[] for _ in chunks]
    ambiguous = [False] * len(chunks)
    by_length: dict[int, list[int]] = {}
    for place, chunk in enumerate(chunks):
        by_length.setdefault(len(chunk), []).append(place)
    for length, places in by_length.items():
        if length < 3:
            continue
        letters = np.frombuffer(b"".join(chunks[place] for place in places), np.uint8)
        group = _Group(letters.reshape(len(places), length), rules)
        for number in range(len(FRAMES)):
            for row, frame in group.frames(number):
                if frame is None:
                    ambiguous[places[row]] = True
                else:
                    found[places[row]].append(frame)
    return [
        (kept, "" if kept else _reason(chunk, doubtful))
        for chunk, kept, doubtful in zip(chunks, found, ambiguous, strict=True)
    ]


def _reason(chunk: bytes, ambiguous: bool) -> str:
    if len(chunk) < 3:
        return TOO_SHORT
    return AMBIGUOUS if ambiguous else NO_OPEN_FRAME


class _Group:
    """Chunks of equal length, (n, length), with what codons begin at each letter."""

    def __init__(self, letters: NDArray[np.uint8], rules: Rules) -> None:
        self.letters = letters
        self.rules = rules
        self.tables: Tables = tables(rules)
        rows, length = letters.shape
        codes = self.tables.codes[letters]
        base = codes.dtype.type(self.tables.letters)
        # Padded to a multiple of three with AAA, in which there is no stop and nothing unknown.
        self.codons = np.zeros((rows, -(-(length - 2) // 3) * 3), codes.dtype)
        self.codons[:, : length - 2] = (codes[:, :-2] * base + codes[:, 1:-1]) * base + codes[:, 2:]
        self.marks = _by_phase(self.tables.marks[self.codons])

    def frames(self, number: int) -> Iterator[tuple[int, Frame | None]]:
        """Row and frame where it has no stop; None for one that is too ambiguous."""
        length, first, forward = self.letters.shape[1], number % 3, number < 3
        width = (length - first) // 3
        if not width:
            return
        phase = first if forward else (length - 3 - first) % 3
        marks = self.marks[:, phase]
        rows = np.flatnonzero((marks & (STOP_FORWARD if forward else STOP_REVERSE)) == 0)
        if not len(rows):
            return
        codons = self.codons[rows, phase : length - 2 : 3]
        both = self.tables
        residues = both.forward[codons] if forward else both.reverse[codons][:, ::-1]
        odd = (marks[rows] & IS_UNKNOWN) != 0
        unknown = np.zeros(len(rows), np.int64)
        unknown[odd] = (residues[odd] == ord(UNKNOWN)).sum(axis=1)
        share = self.rules.max_unknown
        refused = unknown * share.denominator > share.numerator * width  # exactly, in integers
        bases = min(3 * width + (not self.rules.exact), length - first)
        proteins, nucleotides = residues.tobytes(), self._nucleotides(rows, first, bases, forward)
        drop = self.rules.unknown == "drop"
        for place, row in enumerate(rows.tolist()):
            if refused[place]:
                yield row, None
                continue
            protein = proteins[place * width : (place + 1) * width]
            own = nucleotides[place * bases : (place + 1) * bases]
            if drop and unknown[place]:
                protein = protein.replace(_UNKNOWN, b"")
                if not protein:
                    continue
                if not self.rules.exact:
                    own = own[: 3 * len(protein) + 1]
            yield row, Frame(number, width, own, protein)

    def _nucleotides(self, rows: NDArray[np.intp], first: int, bases: int, forward: bool) -> bytes:
        letters = self.letters[rows]
        if forward:
            return letters[:, first : first + bases].tobytes()
        return self.tables.complements[letters[:, ::-1][:, first : first + bases]].tobytes()


def _by_phase(marks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """All marks of each phase joined, (n, 3k) -> (n, 3), by halves.

    An `or.reduce` over an axis of three takes 14 times as long.
    """
    count = marks.shape[1] // 3
    while count > 1:
        half = count // 2
        marks[:, : 3 * half] |= marks[:, 3 * (count - half) : 3 * count]
        count -= half
    return marks[:, :3]
