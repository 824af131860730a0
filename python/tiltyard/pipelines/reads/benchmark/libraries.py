"""What people write with libraries of others: a program of its own, which a Python of theirs runs.

    PYTHON libraries.py LIBRARY count|chain-record|chain-batch FILE OUTPUT

It imports nothing of this package: it runs in an environment that has only those libraries. Lines
of the output: reads, bases, and of a chain the bases that were replaced. It says its stages in the
file that TILTYARD_STAGES names, as `tiltyard.pipelines.stages` does.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

#: As the task `chain` of this package: least quality, share of replaced bases, reads of a batch.
QUALITY, MUTATED, BATCH = 20, 0.1, 256


def begin(stage: str) -> None:
    """Say that a stage begins."""
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


def records(library: str, path: str) -> Iterator[tuple[Any, Any, Any]]:
    """Name, sequence and quality of each read, in the quickest way that the library has."""
    return READERS[library](path)


def _dnaio(path: str) -> Iterator[tuple[Any, Any, Any]]:
    import dnaio

    with dnaio.open(path, open_threads=0) as file:
        for read in file:
            yield read.name, read.sequence, read.qualities


def _needletail(path: str) -> Iterator[tuple[Any, Any, Any]]:
    import needletail

    for read in needletail.parse_fastx_file(path):
        yield read.id, read.seq, read.qual


def _pyfastx(path: str) -> Iterator[tuple[Any, Any, Any]]:
    import pyfastx

    yield from pyfastx.Fastx(path)


def _pysam(path: str) -> Iterator[tuple[Any, Any, Any]]:
    import pysam

    with pysam.FastxFile(path, persist=False) as file:
        for read in file:
            yield read.name, read.sequence, read.quality


def _biopython(path: str) -> Iterator[tuple[Any, Any, Any]]:
    import gzip

    from Bio.SeqIO.QualityIO import FastqGeneralIterator

    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rt") if packed else open(path, encoding="latin-1") as text:
        yield from FastqGeneralIterator(text)


READERS: dict[str, Callable[[str], Iterator[tuple[Any, Any, Any]]]] = {
    "dnaio": _dnaio,
    "needletail": _needletail,
    "pyfastx": _pyfastx,
    "pysam": _pysam,
    "biopython": _biopython,
}


def count(path: str, library: str) -> dict[str, int]:
    """Reads and bases of a file."""
    reads = bases = 0
    for _, sequence, _ in records(library, path):
        reads += 1
        bases += len(sequence)
    return {"reads": reads, "bases": bases}


def count_dnaio(path: str, library: str) -> dict[str, int]:
    """The same without a generator between, as its own documentation writes it."""
    import dnaio

    reads = bases = 0
    with dnaio.open(path, open_threads=0) as file:
        for read in file:
            reads += 1
            bases += len(read.sequence)
    return {"reads": reads, "bases": bases}


def chain_record(path: str, library: str, most: int | None = None) -> dict[str, int]:
    """Filter, mutate and one-hot with dnaio and numpy, a read at a time; of the first `most`."""
    import dnaio
    import numpy as np

    codes, table, letters = _tables(np)
    rng = np.random.default_rng(1)
    reads = bases = changed = 0
    with dnaio.open(path, open_threads=0) as file:
        for read in islice(file, most):
            values = np.frombuffer(read.qualities_as_bytes(), np.uint8)
            if values.mean() - 33 < QUALITY:
                continue
            own = np.frombuffer(read.sequence.encode(), np.uint8).copy()
            hit = (rng.random(len(own)) < MUTATED) & (codes[own] < 4)
            number = int(hit.sum())
            own[hit] = letters[(codes[own[hit]] + rng.integers(1, 4, number)) & 3]
            array = table[own]
            reads, bases, changed = reads + 1, bases + len(array), changed + number
    return {"reads": reads, "bases": bases, "changed": changed}


def chain_batch(path: str, library: str, most: int | None = None) -> dict[str, int]:
    """The same with numpy over batches of reads."""
    import dnaio
    import numpy as np

    codes, table, letters = _tables(np)
    rng = np.random.default_rng(1)
    reads = bases = changed = 0
    with dnaio.open(path, open_threads=0) as file:
        left = islice(file, most)
        while batch := list(islice(left, BATCH)):
            lengths = np.fromiter(map(len, batch), np.int64, len(batch))
            values = _padded(np, "".join([read.qualities for read in batch]), lengths)
            kept = values.sum(1, dtype=np.int64) - 33 * lengths >= QUALITY * lengths
            own = _padded(np, "".join([read.sequence for read in batch]), lengths)[kept]
            hit = (rng.random(own.shape, np.float32) < MUTATED) & (codes[own] < 4)
            number = int(hit.sum())
            own[hit] = letters[(codes[own[hit]] + rng.integers(1, 4, number)) & 3]
            array = table[own]
            reads, bases = reads + len(array), bases + int(lengths[kept].sum())
            changed += number
    return {"reads": reads, "bases": bases, "changed": changed}


def _padded(np: Any, text: str, lengths: Any) -> Any:
    """Texts behind each other as an array of bytes, (n, the longest), with zeros behind each."""
    flat = np.frombuffer(text.encode(), np.uint8)
    longest = int(lengths.max())
    if longest == lengths.min():
        return flat.reshape(len(lengths), longest)
    padded = np.zeros((len(lengths), longest), np.uint8)
    padded[np.arange(longest) < lengths[:, None]] = flat
    return padded


def _tables(np: Any) -> tuple[Any, Any, Any]:
    """Code of each byte (4 of all but ACGT in either case), its one-hot row, and the letters."""
    letters = np.frombuffer(b"ACGT", np.uint8)
    codes = np.full(256, 4, np.uint8)
    for code, letter in enumerate(b"ACGT"):
        codes[letter] = codes[letter + 32] = code
    codes[[ord("U"), ord("u")]] = 3
    table = np.zeros((256, 4), np.float32)
    for byte in range(256):
        if codes[byte] < 4:
            table[byte, codes[byte]] = 1
    return codes, table, letters


TASKS: dict[str, Callable[..., dict[str, int]]] = {
    "count": count,
    "chain-record": chain_record,
    "chain-batch": chain_batch,
}


def task(name: str, library: str) -> Callable[..., dict[str, int]]:
    """The function of a task.

    Raises
    ------
    ValueError
        If there is none for this library.
    """
    if library not in READERS or (name != "count" and library != "dnaio"):
        raise ValueError(f"{library} is asked for no {name}")
    return count_dnaio if (name, library) == ("count", "dnaio") else TASKS[name]


def main(arguments: Iterable[str]) -> int:
    """Do what the command line says; returns the exit status."""
    library, name, path, output = arguments
    work = task(name, library)
    begin("import")
    __import__({"biopython": "Bio.SeqIO.QualityIO"}.get(library, library))
    begin("compute")
    found = work(path, library)
    begin("close")
    with open(output, "w", encoding="ascii") as file:
        file.writelines(f"{name}\t{value}\n" for name, value in found.items())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
