"""Strings copied: behind each other, reversed, or each byte as what a table has for it."""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import get, put, put_u8, put_u16, put_u32, u8, u16, u32
from tiltyard.pipelines.native.vectors import STEP, copy_16, copy_64
from tiltyard.pipelines.reads.compiled.bytes import (
    are_dna,
    are_rna,
    dna_bases_64,
    reverse_64,
    reverse_dna_64,
    reverse_rna_64,
    rna_bases_64,
)
from tiltyard.pipelines.reads.compiled.states import DNA, PLAIN, RNA

#: Besides `DNA` and `RNA`: of strings that have bases and N only.
_DNA_BASES, _RNA_BASES = 3, 4


@part
def gather(text: int, starts: int, lengths: int, count: int, out: int) -> int:
    """Copy strings behind each other; what is too much of one the next one overwrites."""
    for row in range(count):
        place, length = text + get(starts + 8 * row), get(lengths + 8 * row)
        for done in range(0, length, STEP):
            copy_64(out + done, place + done)
        out += length
    return 0


@inlined
def _reverse_step(kind: int, out: int, place: int) -> None:
    if kind == DNA:
        reverse_dna_64(out, place)
    elif kind == RNA:
        reverse_rna_64(out, place)
    elif kind == _DNA_BASES:
        dna_bases_64(out, place)
    elif kind == _RNA_BASES:
        rna_bases_64(out, place)
    else:
        reverse_64(out, place)


@inlined
def _reverse_steps(kind: int, out: int, place: int, length: int) -> None:
    """Reverse a string of 64 bytes or more."""
    left = length
    while left >= STEP:
        left -= STEP
        _reverse_step(kind, out + length - STEP - left, place + left)
    _reverse_step(kind, out + length - STEP, place)  # some bytes a second time


@inlined
def _reverse(
    text: int,
    starts: int,
    lengths: int,
    count: int,
    which: int,
    table: int,
    out: int,
    out_starts: int,
    strand: int,
) -> None:
    first = out
    for row in range(count):
        place, length = text + get(starts + 8 * row), get(lengths + 8 * row)
        put(out_starts + 8 * row, out - first)
        if which and not u8(which + row):
            for done in range(0, length, STEP):
                copy_64(out + done, place + done)
        elif length < STEP:
            for byte in range(length):
                put_u8(out + length - 1 - byte, u8(table + u8(place + byte)))
        elif strand == DNA and are_dna(place, length):
            _reverse_steps(_DNA_BASES, out, place, length)
        elif strand == RNA and are_rna(place, length):
            _reverse_steps(_RNA_BASES, out, place, length)
        else:
            _reverse_steps(strand, out, place, length)
        out += length


@part
def reverse(
    text: int,
    starts: int,
    lengths: int,
    count: int,
    which: int,
    table: int,
    strand: int,
    out: int,
    out_starts: int,
) -> int:
    """Copy strings behind each other, those whose byte at `which` is set reversed; all if it is 0.

    Of the reversed ones each byte becomes what the table of 256 bytes has for it, which has to be
    what `strand` says: `DNA`, `RNA`, or any other number for bytes that stay the same. Where each
    begins in `out` is written to `out_starts`.
    """
    if strand == DNA:
        _reverse(text, starts, lengths, count, which, table, out, out_starts, DNA)
    elif strand == RNA:
        _reverse(text, starts, lengths, count, which, table, out, out_starts, RNA)
    else:
        _reverse(text, starts, lengths, count, which, table, out, out_starts, PLAIN)
    return 0


@inlined
def _copy_entry(to: int, entry: int, size: int) -> None:
    if size == 16:
        copy_16(to, entry)
    elif size == 8:
        put(to, get(entry))
    elif size == 4:
        put_u32(to, u32(entry))
    elif size == 2:
        put_u16(to, u16(entry))
    else:
        put_u8(to, u8(entry))


@inlined
def _expand(
    text: int, starts: int, lengths: int, count: int, width: int, table: int, size: int, out: int
) -> None:
    for row in range(count):
        place, length = text + get(starts + 8 * row), min(get(lengths + 8 * row), width)
        for byte in range(length):
            _copy_entry(out + size * byte, table + size * u8(place + byte), size)
        for byte in range(length, width):
            _copy_entry(out + size * byte, table, size)
        out += size * width


@part
def expand(
    text: int, starts: int, lengths: int, count: int, width: int, table: int, size: int, out: int
) -> int:
    """Write for each of a string's first `width` bytes what a table has, and for 0 behind its end.

    Entries of the table of 256 have 1, 2, 4, 8 or 16 bytes.
    """
    if size == 16:
        _expand(text, starts, lengths, count, width, table, 16, out)
    elif size == 8:
        _expand(text, starts, lengths, count, width, table, 8, out)
    elif size == 4:
        _expand(text, starts, lengths, count, width, table, 4, out)
    elif size == 2:
        _expand(text, starts, lengths, count, width, table, 2, out)
    else:
        _expand(text, starts, lengths, count, width, table, 1, out)
    return 0
