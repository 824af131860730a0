"""Which bytes of a BAM file hold reads at given positions, by its index, and no more than those.

Source: Sequence Alignment/Map Format Specification, section 5.2.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from tiltyard.pipelines.alleles.inputs.bgzf import inflated

#: Bases of a window of the linear index.
WINDOW = 1 << 14
#: Bits of a place in a file that say where in a block it is.
INSIDE = 16
#: Bin of the index that has statistics in place of chunks.
STATISTICS = 37450
#: Columns of contig and position.
VCF, MAF = ("#CHROM", "POS"), ("Chromosome", "Start_Position")

Range = tuple[int, int]


def positions(path: Path) -> dict[str, list[int]]:
    """Contig -> 0-based positions of the records of a VCF or MAF file.

    Raises
    ------
    ValueError
        If the file has no line that names these columns.
    """
    found: dict[str, list[int]] = {}
    columns: tuple[int, int] | None = None
    with inflated(path) as lines:
        for line in lines:
            fields = line.decode("utf-8", "replace").rstrip("\r\n").split("\t")
            if columns is None:
                names = VCF if VCF[0] in fields else MAF if MAF[0] in fields else None
                if names:
                    columns = (fields.index(names[0]), fields.index(names[1]))
            elif len(fields) > max(columns):
                place = int(fields[columns[1]]) - 1
                found.setdefault(fields[columns[0]], []).append(place)
    if columns is None:
        raise ValueError(f"{path}: no line names the columns {' and '.join(VCF)} of a VCF or a MAF")
    return found


def ranges(path: Path, places: Mapping[str, Sequence[int]]) -> list[Range]:
    """Sorted ranges of bytes, from block to block, that hold reads at `places`.

    Of a window of the index only the share before its last place is taken, so that no program that
    counts there can do with less.

    Raises
    ------
    ValueError
        If there is no index of the kind BAI.
    """
    index = next((own for own in _names(path) if own.is_file()), None)
    if index is None:
        raise ValueError(f"{path}: it has no .bai, which says what has to be read: samtools index")
    names = _contigs(path)
    found: list[Range] = []
    with index.open("rb") as file:
        if file.read(4) != b"BAI\1":
            raise ValueError(f"{index}: it is no index of the kind BAI; make it: samtools index")
        for name, (offsets, end) in zip(names, _references(file), strict=True):
            own = places.get(name, places.get(_other(name), ()))
            found += _of_contig(sorted(own), offsets, end)
    return _merged(sorted(found))


def _names(path: Path) -> tuple[Path, Path]:
    return path.with_name(path.name + ".bai"), path.with_suffix(".bai")


def _other(name: str) -> str:
    """`name` with ``chr`` added or removed."""
    return name.removeprefix("chr") if name.startswith("chr") else f"chr{name}"


def _contigs(path: Path) -> list[str]:
    with gzip.open(path) as file:
        if file.read(4) != b"BAM\1":
            raise ValueError(f"{path}: it is no BAM file")
        file.read(_number(file))
        names = []
        for _ in range(_number(file)):
            names.append(file.read(_number(file))[:-1].decode("ascii", "replace"))
            file.read(4)
        return names


def _references(file: IO[bytes] | gzip.GzipFile) -> Iterator[tuple[Sequence[int], int]]:
    """Linear index and the end of each contig, as places in the file."""
    for _ in range(_number(file)):
        end = 0
        for _ in range(_number(file)):
            number = _number(file, "<I")
            chunks = _numbers(file, 2 * _number(file))
            if number != STATISTICS:
                end = max(end, *chunks[1::2])
        yield _numbers(file, _number(file)), end


def _of_contig(places: Sequence[int], offsets: Sequence[int], end: int) -> Iterator[Range]:
    last = {place // WINDOW: place for place in places}
    for window, place in last.items():
        begin = offsets[window] if window < len(offsets) else 0
        if begin:
            behind = next((own for own in offsets[window + 1 :] if own > begin), end)
            first, stop = begin >> INSIDE, behind >> INSIDE
            yield first, first + (stop - first) * (place % WINDOW) // WINDOW


def _merged(found: Sequence[Range]) -> list[Range]:
    """The ranges with those in one that overlap or touch."""
    merged: list[Range] = []
    for begin, end in found:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _number(file: IO[bytes] | gzip.GzipFile, layout: str = "<i") -> int:
    (number,) = struct.unpack(layout, file.read(4))
    return int(number)


def _numbers(file: IO[bytes] | gzip.GzipFile, count: int) -> Sequence[int]:
    return struct.unpack(f"<{count}Q", file.read(8 * count))
