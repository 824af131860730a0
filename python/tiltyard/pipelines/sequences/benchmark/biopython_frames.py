"""Six frames as one reads them with Biopython: a program of its own, which a Python of theirs runs.

    PYTHON biopython_frames.py FILE OUTPUT    proteins of a FASTA file of chunks, without a stop
    PYTHON biopython_frames.py                answers a line of JSON with a line of JSON

It imports nothing of this package: it runs in an environment that has only Biopython. A line asks
for all frames of texts, ``{"texts": [...], "table": 1}``, or for contigs to be cut and read,
``{"contigs": FILE, "window": 500}``, which is answered with its CPU seconds. As a program with two
files it says its stages in the file that TILTYARD_STAGES names.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any


def begin(stage: str) -> None:
    """Say that a stage begins, as `tiltyard.pipelines.stages` does."""
    path = os.environ.get("TILTYARD_STAGES")
    if path:
        own = resource.getrusage(resource.RUSAGE_SELF)
        line = {
            "stage": stage,
            "clock": time.clock_gettime(time.CLOCK_MONOTONIC),
            "pid": os.getpid(),
            "cpu_user": own.ru_utime,
            "cpu_system": own.ru_stime,
            "cpu_children": 0.0,
        }
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


begin("import")

from Bio import SeqIO  # noqa: E402 - the stage first
from Bio.Seq import Seq  # noqa: E402


def six_frames(piece: Seq, table: int = 1) -> Iterator[tuple[str, str, str]]:
    """Name, nucleotides and protein of each of six frames; ``*`` is a stop."""
    for strand, letters in (("F", piece), ("R", piece.reverse_complement())):
        for first in range(3):
            codons = letters[first : first + (len(letters) - first) // 3 * 3]
            yield f"{strand}{first + 1}", str(codons), str(codons.translate(table=table))


def cut(length: int, window: int) -> Iterator[tuple[int, int]]:
    """Begin and end of the fewest chunks of a contig, whose overlaps differ by at most one base."""
    number = max(1, -(-length // window))
    if number == 1:
        yield 0, length
        return
    overlap, larger = divmod(number * window - length, number - 1)
    start = 0
    for junction in range(number):
        yield start, start + window
        start += window - overlap - (junction < larger)


def open_frames(contigs: list[tuple[str, Seq]], window: int) -> list[tuple[str, str]]:
    """Names and proteins of all frames without a stop."""
    found = []
    for name, whole in contigs:
        for number, (start, end) in enumerate(cut(len(whole), window), start=1):
            for frame, _, protein in six_frames(whole[start:end]):
                if protein and "*" not in protein:
                    found.append((f"{name}_chunk_{number}{frame}", protein))
    return found


def answer(asked: dict[str, Any]) -> Any:
    """What is answered to a line."""
    if "texts" in asked:
        return [list(six_frames(Seq(text), asked["table"])) for text in asked["texts"]]
    contigs = [(one.id, one.seq) for one in SeqIO.parse(asked["contigs"], "fasta")]
    start = time.process_time()
    found = open_frames(contigs, asked["window"])
    seconds = time.process_time() - start
    lines = "".join(f">{name}\n{protein}\n" for name, protein in found)
    return {"seconds": seconds, "sha256": hashlib.sha256(lines.encode()).hexdigest()}


def main(arguments: list[str]) -> None:
    """Write the proteins of a file, or answer until there is nothing more to read."""
    if arguments:
        chunks, output = arguments
        begin("compute")
        with open(output, "w", encoding="ascii") as file:
            for one in SeqIO.parse(chunks, "fasta"):
                for frame, _, protein in six_frames(one.seq):
                    if protein and "*" not in protein:
                        file.write(f">{one.id}{frame}\n{protein}\n")
        begin("close")
        return
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
