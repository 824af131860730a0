"""Index files of alignments: where they may be, and whether they can be of this file."""

from __future__ import annotations

import zlib
from pathlib import Path

from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.inputs.bgzf import inflated

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
    try:
        with inflated(index) as file:
            magic = file.read(4)
            if magic == CSI:
                file.read(8)
                file.read(int.from_bytes(file.read(4), "little"))
            number = file.read(4)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{index} is damaged ({error}); make it again with: {command}") from error
    if magic not in (BAI, CSI) or len(number) < 4:
        raise InputError(f"{index} is no index of a BAM file; make it again with: {command}")
    return int.from_bytes(number, "little")
