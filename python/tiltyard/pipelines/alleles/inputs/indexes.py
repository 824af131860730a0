"""Index files of alignments: where they may be, and whether they can be of this file."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from tiltyard.pipelines.alleles.faults import InputError

#: Positions from this one on cannot be in a BAI.
BAI_LENGTH = 1 << 29
BAI, CSI = b"BAI\x01", b"CSI\x01"


def index_of(path: Path, *, cram: bool, contigs: int, longest: int) -> Path:
    """Index of the alignments in `path`.

    Parameters
    ----------
    path : path
    cram : bool
    contigs : int
        Number of contigs in the header.
    longest : int
        Length of the longest one.

    Raises
    ------
    InputError
        There is none, or it is damaged or another file's.
    """
    command = f"samtools index {'-c ' if longest > BAI_LENGTH else ''}{path}"
    if cram:
        names = [path.name + ".crai", path.stem + ".crai"]
    else:
        names = [path.name + ".bai", path.stem + ".bai", path.name + ".csi"]
    if longest > BAI_LENGTH and not cram:
        names = names[2:]
    found = next((path.with_name(name) for name in names if path.with_name(name).is_file()), None)
    if found is None:
        raise InputError(f"{path} has no index ({' or '.join(names)}); make it with: {command}")
    if not cram and (number := _contigs(found, command)) > contigs:
        raise InputError(
            f"{found} is the index of another file: it has {number:,} contigs, and {path.name} "
            f"has {contigs:,}; make it again with: {command}"
        )
    return found


def outdated(path: Path, index: Path) -> str:
    """Warning about an index that is older than its file; "" if it is not."""
    if index.stat().st_mtime_ns >= path.stat().st_mtime_ns:
        return ""
    return (
        f"{index} is older than {path.name}: if the file has changed since, counts are wrong; "
        f"make it again with: samtools index {path}"
    )


def _contigs(index: Path, command: str) -> int:
    """Number of contigs in a BAI or CSI file."""
    damaged = InputError(f"{index} is damaged; make it again with: {command}")
    try:
        start = index.read_bytes()
        if start.startswith(b"\x1f\x8b"):
            start = gzip.decompress(start)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged from error
    number = 4
    if start[:4] == CSI:
        number = 16 + int.from_bytes(start[12:16], "little")
    elif start[:4] != BAI:
        raise damaged
    if len(start) < number + 4:
        raise damaged
    return int.from_bytes(start[number : number + 4], "little")
