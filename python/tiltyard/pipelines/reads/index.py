"""Where each record of a file begins: kept beside the file, and made anew when that changed."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tiltyard.engine.files.atomic import atomic_path
from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.identity import digest_of
from tiltyard.pipelines.reads.implementations import implementation
from tiltyard.pipelines.reads.inputs.blocks import Group
from tiltyard.pipelines.reads.inputs.compressed import Compressed
from tiltyard.pipelines.reads.inputs.members import parts_of
from tiltyard.pipelines.reads.inputs.sources import open_source
from tiltyard.pipelines.reads.reading.chunks import CHUNK
from tiltyard.pipelines.reads.rule.bam import MAGIC as BAM
from tiltyard.pipelines.reads.rule.members import MAGIC as GZIP
from tiltyard.pipelines.reads.rule.record import Reading

SUFFIX = ".reads-index"
_VERSION = 1
#: Bytes of the first line, which says what the numbers behind it are.
_HEADER = 512


@dataclass(frozen=True, eq=False)
class Index:
    """Places of a file.

    Parameters
    ----------
    records : (n + 1,) int64
        Byte of the text at which each record begins, and the text's size.
    blocks, texts : (blocks + 1,) int64
        Of BGZF the byte at which each block begins, in the file and in the text, and both sizes;
        of a plain file empty.
    """

    records: NDArray[np.int64]
    blocks: NDArray[np.int64]
    texts: NDArray[np.int64]


def index_of(path: Path, reading: Reading, threads: int = 1) -> Index:
    """The index of a file: that which is kept, if the file is as it was, else made and kept.

    To make it, so many `threads` inflate.

    Raises
    ------
    InputError
        If the file cannot be read at any place.
    ReadError
        If it is damaged.
    """
    facts = _facts(path, reading)
    for place in _places(path):
        found = _load(place, facts)
        if found is not None:
            return found
    made = _made(path, reading, threads)
    for place in _places(path):
        try:
            _save(place, facts, made)
        except OSError:  # a folder that cannot be written to
            continue
        break
    return made


def _facts(path: Path, reading: Reading) -> dict[str, object]:
    """What an index is of: it fits no other file."""
    state = path.stat()
    return {
        "version": _VERSION,
        "size": state.st_size,
        "time": state.st_mtime_ns,
        "digest": digest_of(path),
        "reading": list(reading),
    }


def _places(path: Path) -> list[Path]:
    """Where the index may be: beside the file, else in the user's cache."""
    whole = path.resolve()
    name = hashlib.sha256(os.fsencode(whole)).hexdigest()[:32] + SUFFIX
    kept = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return [whole.with_name(whole.name + SUFFIX), Path(kept) / "tiltyard" / "reads" / name]


def _load(place: Path, facts: dict[str, object]) -> Index | None:
    """The index at a place; None if there is none that fits."""
    try:
        with place.open("rb") as file:
            header = json.loads(file.read(_HEADER))
        if header.pop("facts") != facts:
            return None
        sizes = [int(header[name]) for name in ("records", "blocks", "blocks")]
        numbers = np.memmap(place, "<i8", "r", _HEADER, (sum(sizes),))
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    parts = np.split(numbers, np.cumsum(sizes)[:-1])
    return Index(*parts)


def _save(place: Path, facts: dict[str, object], index: Index) -> None:
    header = {"facts": facts, "records": len(index.records), "blocks": len(index.blocks)}
    with atomic_path(place) as temporary, temporary.open("wb") as file:
        file.write(json.dumps(header).encode().ljust(_HEADER - 1) + b"\n")
        for part in (index.records, index.blocks, index.texts):
            file.write(part.astype("<i8").data)


def _made(path: Path, reading: Reading, threads: int) -> Index:
    """Read the whole file, and note where its records and its blocks begin."""
    blocks, texts = _blocks(path)
    parts = []
    with open_source(path, threads) as source:
        for batch in implementation("kernels").read(source, 0, reading, CHUNK):
            assert batch.offsets is not None  # every reader says where records begin
            parts.append(batch.offsets.copy())  # a part of it would keep all that a scan found
    records = np.concatenate(parts) if parts else np.empty(0, np.int64)
    size = int(texts[-1]) if len(texts) else path.stat().st_size
    return Index(np.append(records, size), blocks, texts)


def _blocks(path: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where blocks begin, in the file and in the text; empty of a plain file.

    Raises
    ------
    InputError
        If the file is BAM, or gzip that is not in blocks.
    """
    places, sizes = [], []
    with path.open("rb", buffering=0) as file:
        start = file.read(len(BAM))
        if start == BAM:
            raise InputError(f"{path} is a BAM; write it as FASTQ: tiltyard reads convert {path}")
        if not start.startswith(GZIP):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        for part in parts_of(Compressed(file, start)):
            if not isinstance(part, Group):
                raise InputError(
                    f"{path} is gzip, in which no place but the first can be read; pack it in "
                    f"blocks: gzip -dc {path} | bgzip > {path.with_suffix('.bgz')}"
                )
            for first, _, end in part.blocks:
                places.append(part.offset + first)
                sizes.append(struct.unpack_from("<I", part.data, end - 4)[0])
    blocks = np.array([*places, path.stat().st_size], np.int64)
    return blocks, np.concatenate(([0], np.cumsum(np.array(sizes, np.int64))))
