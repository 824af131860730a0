"""What a text is, which its first bytes tell, and its batches."""

from __future__ import annotations

from collections.abc import Iterator

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.inputs.sources import Source
from tiltyard.pipelines.reads.reading.chunks import CHUNK, SHOWN, Chunks
from tiltyard.pipelines.reads.reading.fastq import FastqReader
from tiltyard.pipelines.reads.reading.scanning import Scan
from tiltyard.pipelines.reads.rule.bam import MAGIC
from tiltyard.pipelines.reads.rule.lines import MARKS, lines_of
from tiltyard.pipelines.reads.rule.record import Reading
from tiltyard.pipelines.reads.rule.text import marked, no_reads


def batches_of(
    source: Source, file: int, reading: Reading, scan: Scan, chunk: int = CHUNK
) -> Iterator[Batch]:
    """Batches of one file.

    Parameters
    ----------
    source : Source
    file : int
        Its number.
    reading : Reading
    scan : callable
        What looks through FASTQ.
    chunk : int
        Bytes of text that are looked through at once.

    Raises
    ------
    ReadError
        After all records before it.
    """
    chunks = Chunks(source, chunk)
    while (kind := _kind(chunks)) is None:
        if chunks.final:
            if chunks.cut:
                raise chunks.cut.error(source.name, 1, chunks.bytes().count(b"\n") + 1)
            return
        chunks.more()
    if kind == MAGIC:
        from tiltyard.pipelines.reads.reading.bam import BamReader

        yield from BamReader(chunks, file, reading)
    elif kind == b">":
        from tiltyard.pipelines.reads.reading.fasta import FastaReader

        yield from FastaReader(chunks, file, reading)
    else:
        yield from FastqReader(chunks, file, reading, scan)


def _kind(chunks: Chunks) -> bytes | None:
    """First bytes of what is read; None as long as they are not known.

    Raises
    ------
    ReadError
        If it is nothing that is read.
    """
    if len(chunks) < len(MAGIC) and not chunks.final:
        return None
    start = chunks.bytes(len(MAGIC))
    if start.startswith(MARKS):
        raise marked(chunks.source.name)
    if start == MAGIC:
        return start
    blank = chunks.blank()
    if blank is None:
        return None
    kind = chunks.bytes(blank + 1)[blank:]
    if kind in (b"@", b">"):
        return kind
    text = chunks.bytes(blank + SHOWN)
    if len(text) < blank + SHOWN and b"\n" not in text[blank:] and not chunks.final:
        return None
    number = text[:blank].count(b"\n")
    raise no_reads(chunks.source.name, number + 1, lines_of(text, chunks.base)[number])
