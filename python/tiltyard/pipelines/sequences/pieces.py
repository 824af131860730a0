"""Chunks of all contigs, in groups that are worked on at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tiltyard.pipelines.sequences.fasta import Record
from tiltyard.pipelines.sequences.naming import chunk_name
from tiltyard.pipelines.sequences.rule.chunking import chunks_of
from tiltyard.pipelines.sequences.rule.rules import Rules

#: Bases of a group: its arrays stay in the processor's caches.
GROUP = 1 << 19


@dataclass(frozen=True)
class Chunk:
    """A piece of a contig.

    Parameters
    ----------
    name, contig : str
    number : int
        Of its contig's chunks, from 1.
    start, end : int
        From 0, the end not included.
    letters : bytes
    """

    name: str
    contig: str
    number: int
    start: int
    end: int
    letters: bytes


def chunks_of_record(record: Record, rules: Rules) -> Iterator[Chunk]:
    """Chunks of one contig, in order; none of an empty one."""
    spans = chunks_of(len(record.sequence), rules)
    for number, (start, end) in enumerate(spans, start=1):
        name = chunk_name(record.name, number)
        letters = record.sequence[start:end]
        yield Chunk(name, record.name, number, start, end, letters)


def grouped(chunks: Iterable[Chunk], bases: int = GROUP) -> Iterator[list[Chunk]]:
    """Consecutive chunks in lists of about so many bases."""
    group: list[Chunk] = []
    size = 0
    for chunk in chunks:
        group.append(chunk)
        size += len(chunk.letters)
        if size >= bases:
            yield group
            group, size = [], 0
    if group:
        yield group
