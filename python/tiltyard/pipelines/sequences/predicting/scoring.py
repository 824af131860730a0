"""Scores of frames, chunks and contigs in one pass over the tables of what was read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tiltyard.pipelines.sequences.predicting.framing import (
    CHUNKS,
    CHUNKS_TABLE,
    CONTIGS,
    CONTIGS_TABLE,
    FRAMES_TABLE,
)
from tiltyard.pipelines.sequences.rule.calling import (
    EMPTY,
    FAILED,
    OK,
    Call,
    Scores,
    Thresholds,
    call,
    consensus,
)
from tiltyard.pipelines.sequences.tables import FRAMES, rows


@dataclass
class ScoredChunk:
    """A chunk, its frames' rows with their scores, and its own."""

    row: Mapping[str, str]
    frames: list[tuple[Mapping[str, str], Scores | None]]
    scores: Scores | None
    status: str

    @property
    def place(self) -> tuple[int, int]:
        """Begin and end on the contig, from 0, the end not included."""
        return int(self.row["start"]), int(self.row["end"])


@dataclass
class ScoredContig:
    """A contig with its chunks and what is said of it."""

    name: str
    length: int
    chunks: list[ScoredChunk]
    call: Call
    missing: list[tuple[str, str, str]] = field(default_factory=list)


def scored(
    work: Path, scores: Iterator[tuple[str, Scores]], thresholds: Thresholds
) -> Iterator[ScoredContig]:
    """Every contig, in the order of the input.

    Parameters
    ----------
    work : path
        Folder with the tables.
    scores : iterator of (str, Scores)
        Of frames by name, in the tables' order; frames that failed are left out.
    """
    chunks = rows(work / CHUNKS_TABLE, CHUNKS)
    frames = rows(work / FRAMES_TABLE, FRAMES)
    waiting = _Waiting(scores)
    for row in rows(work / CONTIGS_TABLE, CONTIGS):
        own = [
            _chunk(chunk, [next(frames) for _ in range(int(chunk["frames"]))], waiting)
            for chunk in itertools.islice(chunks, int(row["chunks"]))
        ]
        said = call([one.scores or one.status for one in own], thresholds)
        missing = [
            (str(one.row["chunk_id"]), "translate", str(one.row["reason"]))
            for one in own
            if one.row["reason"]
        ]
        if not own:
            missing.append((row["contig"], "chunk", EMPTY))
        yield ScoredContig(row["contig"], int(row["length"]), own, said, missing)


class _Waiting:
    """Scores that are taken by name, as far as they are there."""

    def __init__(self, scores: Iterator[tuple[str, Scores]]) -> None:
        self._scores = scores
        self._next = next(scores, None)

    def take(self, name: str) -> Scores | None:
        if self._next is None or self._next[0] != name:
            return None
        found = self._next[1]
        self._next = next(self._scores, None)
        return found


def _chunk(row: Mapping[str, str], frames: list[dict[str, str]], waiting: _Waiting) -> ScoredChunk:
    own: list[tuple[Mapping[str, str], Scores | None]] = [
        (frame, waiting.take(frame["sequence_id"])) for frame in frames
    ]
    there = [scores for _, scores in own if scores is not None]
    if there:
        return ScoredChunk(row, own, consensus(there), OK)
    return ScoredChunk(row, own, None, row["reason"] or FAILED)


def contig_row(contig: ScoredContig) -> tuple[Any, ...]:
    """Values of the table of contigs."""
    said = contig.call
    return (
        *(contig.name, contig.length, said.chunks, said.scored, said.virus, said.share),
        *(said.is_virus, said.mean, said.least, said.most, said.status),
    )


def chunk_row(chunk: ScoredChunk) -> tuple[Any, ...]:
    """Values of the table of chunks."""
    row, own = chunk.row, chunk.scores
    scores = (None, None, None) if own is None else (own.others, own.virus, own.is_virus)
    return (
        *(row["chunk_id"], row["contig"], row["chunk"], row["start"], row["end"], row["frames"]),
        *scores,
        chunk.status,
    )
