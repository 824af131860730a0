"""Contigs cut, read in six frames, and written as files of equal numbers of frames."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tiltyard.pipelines.sequences.fasta import Record, fasta_of
from tiltyard.pipelines.sequences.pieces import Chunk, chunks_of_record, grouped
from tiltyard.pipelines.sequences.rule.frames import Frame, span, strand
from tiltyard.pipelines.sequences.rule.rules import Rules
from tiltyard.pipelines.sequences.tables import FRAMES, table
from tiltyard.pipelines.sequences.translating import Translate

#: Folders of files with the frames' sequences, by input of a classifier.
INPUTS = ("nucleotide", "protein")
#: Tables of what was read, for the steps behind.
CONTIGS_TABLE, CHUNKS_TABLE, FRAMES_TABLE = "contigs.tsv", "chunks.tsv", "frames.tsv"
CONTIGS = ("contig", "length", "chunks")
CHUNKS = ("chunk_id", "contig", "chunk", "start", "end", "frames", "reason")


@dataclass
class Framed:
    """How much there was.

    Parameters
    ----------
    contigs, bases, gaps, chunks, frames, files : int
    """

    contigs: int = 0
    bases: int = 0
    gaps: int = 0
    chunks: int = 0
    frames: int = 0
    files: int = 0


def file_of(work: Path, kind: str, number: int) -> Path:
    """File of frames of an input of a classifier, whose numbers begin at 1."""
    return work / kind / f"output_{number}.fa"


def frame_row(chunk: Chunk, frame: Frame) -> tuple[Any, ...]:
    """A frame's row, with the place of its codons on the contig."""
    start, end = span(chunk.start, chunk.end, frame.number, frame.codons)
    return (
        f"{chunk.name}{frame.name}",
        chunk.contig,
        chunk.number,
        frame.name,
        start,
        end,
        strand(frame.number),
        len(frame.protein),
    )


def frame_contigs(
    records: Iterable[Record],
    rules: Rules,
    translate: Translate,
    work: Path,
    per_file: int,
    progress: Callable[[int], None] = lambda bases: None,
) -> Framed:
    """Write files of frames, and tables of contigs, chunks and frames, into the folder `work`."""
    found = Framed()
    for kind in INPUTS:
        shutil.rmtree(work / kind, ignore_errors=True)
        (work / kind).mkdir(parents=True)
    with ExitStack() as stack:
        contigs = stack.enter_context(table(work / CONTIGS_TABLE, CONTIGS))
        chunks = stack.enter_context(table(work / CHUNKS_TABLE, CHUNKS))
        frames = stack.enter_context(table(work / FRAMES_TABLE, FRAMES))
        files = stack.enter_context(_Files(work, per_file))

        def pieces() -> Iterator[Chunk]:
            for record in records:
                count = -(-len(record.sequence) // rules.window)
                contigs.add(record.name, len(record.sequence), count)
                found.contigs += 1
                found.bases += len(record.sequence)
                found.gaps += record.gaps
                yield from chunks_of_record(record, rules)
                progress(len(record.sequence))

        for group in grouped(pieces()):
            read = translate([chunk.letters for chunk in group], rules)
            for chunk, (kept, reason) in zip(group, read, strict=True):
                place = (chunk.name, chunk.contig, chunk.number, chunk.start, chunk.end)
                chunks.add(*place, len(kept), reason)
                found.chunks += 1
                for frame in kept:
                    row = frame_row(chunk, frame)
                    frames.add(*row)
                    files.add(row[0], frame)
        found.frames = files.records
    found.files = files.number
    return found


class _Files:
    """Files of frames, two of each number, which are written when they are full."""

    def __init__(self, work: Path, per_file: int) -> None:
        self._work = work
        self._per_file = per_file
        self._waiting: list[tuple[str, Frame]] = []
        self.number = self.records = 0

    def __enter__(self) -> _Files:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._waiting:
            self._write()

    def add(self, name: str, frame: Frame) -> None:
        self._waiting.append((name, frame))
        self.records += 1
        if len(self._waiting) == self._per_file:
            self._write()

    def _write(self) -> None:
        self.number += 1
        nucleotides = fasta_of((name, frame.nucleotides) for name, frame in self._waiting)
        proteins = fasta_of((name, frame.protein) for name, frame in self._waiting)
        file_of(self._work, "nucleotide", self.number).write_bytes(nucleotides)
        file_of(self._work, "protein", self.number).write_bytes(proteins)
        self._waiting = []
