"""Genomes to train from: a table of files, in FASTA, GenBank, or GFF with its sequences."""

from __future__ import annotations

import bz2
import csv
import gzip
import lzma
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiltyard.engine.files.receipts import sha256_of
from tiltyard.pipelines.sequences.fasta import read_fasta
from tiltyard.pipelines.sequences.faults import InputError

COLUMNS = ("label", "group", "source", "path")
LABELS = ("others", "virus")
#: Bases below which a sequence is left out.
LEAST = 300
_OPENERS: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_ORIGIN = re.compile(rb"^LOCUS\s+(\S+).*?^ORIGIN[^\n]*\n(.*?)^//", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Genome:
    """A file of the table.

    Parameters
    ----------
    virus : bool
    group : str
        Genomes of one group are trained on or held out together.
    source : str
        Package that ships it.
    path : path
    digest : str
        SHA-256 of the file.
    sequences : list of bytes
    """

    virus: bool
    group: str
    source: str
    path: Path
    digest: str
    sequences: list[bytes]


def read_genomes(table: Path, folder: Path) -> list[Genome]:
    """Genomes of a table with the columns label, group, source, path.

    Parameters
    ----------
    folder : path
        In which the packages are unpacked, each directly or in a folder of its own; paths of the
        table are patterns below it.

    Raises
    ------
    InputError
        If a row names no file, or a file cannot be read.
    """
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    if not rows or set(rows[0]) != set(COLUMNS):
        raise InputError(f"{table}: its columns have to be {', '.join(COLUMNS)}")
    found = []
    for row in rows:
        if row["label"] not in LABELS:
            raise InputError(f"{table}: label {row['label']!r}: write {' or '.join(LABELS)}")
        paths = sorted({*folder.glob(row["path"]), *folder.glob(f"*/{row['path']}")})
        if not paths:
            raise InputError(
                f"{table}: there is no {row['path']} below {folder}; unpack {row['source']} there"
            )
        for path in paths:
            kept = [one for one in _sequences(path) if len(one) >= LEAST]
            found.append(
                Genome(
                    row["label"] == "virus",
                    row["group"],
                    row["source"],
                    path,
                    sha256_of(path),
                    kept,
                )
            )
    return found


def _sequences(path: Path) -> Iterator[bytes]:
    opener = _OPENERS.get(path.suffix, open)
    with opener(path, "rb") as file:
        raw: bytes = file.read()
    if raw.startswith(b"##gff"):
        raw = raw.partition(b"##FASTA\n")[2]
    elif b"\nORIGIN" in raw:
        raw = b"".join(
            b">%s\n%s\n" % (name, re.sub(rb"[\d\s]", b"", letters))
            for name, letters in _ORIGIN.findall(raw)
        )
    with tempfile.NamedTemporaryFile(suffix=".fa") as plain:
        plain.write(raw)
        plain.flush()
        for record in read_fasta(plain.name, rename_duplicates=True):
            yield record.sequence
