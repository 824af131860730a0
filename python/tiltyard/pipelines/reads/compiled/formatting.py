"""Records as text."""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import get, put_u8, put_u32
from tiltyard.pipelines.native.vectors import STEP, copy_64

_LF, _AT, _GREATER = 10, 64, 62
#: Ends of a sequence and of a header behind it: LF, ``+``, LF.
_PLUS_LINE, _PLUS_LINE_SIZE = 0x0A2B0A, 3


@inlined
def _copied(out: int, text: int, length: int) -> int:
    """Copy a string, and perhaps what is behind it; returns the place behind the string."""
    for done in range(0, length, STEP):
        copy_64(out + done, text + done)
    return out + length


@part
def format_fastq(
    names: int,
    name_lengths: int,
    sequences: int,
    lengths: int,
    qualities: int,
    count: int,
    out: int,
) -> int:
    """Write records of FASTQ; of strings there are addresses. Returns their bytes."""
    place = out
    for row in range(count):
        put_u8(place, _AT)
        place = _copied(place + 1, get(names + 8 * row), get(name_lengths + 8 * row))
        put_u8(place, _LF)
        length = get(lengths + 8 * row)
        place = _copied(place + 1, get(sequences + 8 * row), length)
        put_u32(place, _PLUS_LINE)
        place = _copied(place + _PLUS_LINE_SIZE, get(qualities + 8 * row), length)
        put_u8(place, _LF)
        place += 1
    return place - out


@part
def format_fasta(
    names: int, name_lengths: int, sequences: int, lengths: int, count: int, out: int
) -> int:
    """Write records of FASTA, a line each; of strings there are addresses. Returns their bytes."""
    place = out
    for row in range(count):
        put_u8(place, _GREATER)
        place = _copied(place + 1, get(names + 8 * row), get(name_lengths + 8 * row))
        put_u8(place, _LF)
        place = _copied(place + 1, get(sequences + 8 * row), get(lengths + 8 * row))
        put_u8(place, _LF)
        place += 1
    return place - out
