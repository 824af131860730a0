"""Sums and counts over the bytes of each of n strings."""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import get, put, shift_right, u8
from tiltyard.pipelines.native.vectors import STEP, below_mask, count_bits, sum_64, sum_first
from tiltyard.pipelines.reads.compiled.bytes import ambiguous, letters_gc, letters_n
from tiltyard.pipelines.reads.compiled.states import TABLES

#: Bytes of a table of 256 numbers.
_TABLE = 8 * 256


@inlined
def tail(length: int, done: int) -> int:
    """Bits of those of the next 64 bytes that a string of `length` has."""
    left = length - done
    return -1 if left >= STEP else shift_right(-1, STEP - left)


@part
def sum_bytes(text: int, starts: int, lengths: int, count: int, out: int) -> int:
    """Sum of each string's bytes."""
    for row in range(count):
        place, length, total = text + get(starts + 8 * row), get(lengths + 8 * row), 0
        done = 0
        while done + STEP <= length:
            total += sum_64(place + done)
            done += STEP
        if done < length:
            total += sum_first(place + done, length - done)
        put(out + 8 * row, total)
    return 0


@part
def sum_table(text: int, starts: int, lengths: int, count: int, table: int, out: int) -> int:
    """Sum of what a table of 256 numbers has for each string's bytes."""
    for row in range(count):
        place, length, total = text + get(starts + 8 * row), get(lengths + 8 * row), 0
        for byte in range(length):
            total += get(table + 8 * u8(place + byte))
        put(out + 8 * row, total)
    return 0


@part
def count_below(text: int, starts: int, lengths: int, count: int, limit: int, out: int) -> int:
    """How many of each string's bytes are below a number."""
    for row in range(count):
        place, length, total = text + get(starts + 8 * row), get(lengths + 8 * row), 0
        for done in range(0, length, STEP):
            total += count_bits(below_mask(place + done, limit) & tail(length, done))
        put(out + 8 * row, total)
    return 0


@part
def count_n(text: int, starts: int, lengths: int, count: int, out: int) -> int:
    """How many of each string's letters are N."""
    for row in range(count):
        place, length, total = text + get(starts + 8 * row), get(lengths + 8 * row), 0
        for done in range(0, length, STEP):
            total += count_bits(letters_n(place + done) & tail(length, done))
        put(out + 8 * row, total)
    return 0


@part
def count_ambiguous(text: int, starts: int, lengths: int, count: int, out: int) -> int:
    """How many of each string's letters are none of ACGTU."""
    for row in range(count):
        place, length, total = text + get(starts + 8 * row), get(lengths + 8 * row), 0
        for done in range(0, length, STEP):
            total += count_bits(ambiguous(place + done) & tail(length, done))
        put(out + 8 * row, total)
    return 0


@part
def count_gc(text: int, starts: int, lengths: int, count: int, out: int) -> int:
    """How many of each string's letters are G or C."""
    for row in range(count):
        place, length, total = text + get(starts + 8 * row), get(lengths + 8 * row), 0
        for done in range(0, length, STEP):
            total += count_bits(letters_gc(place + done) & tail(length, done))
        put(out + 8 * row, total)
    return 0


@part
def count_values(text: int, starts: int, lengths: int, count: int, out: int) -> int:
    """How often each of 256 bytes stands in the strings, added to what is there.

    Bytes that follow each other are counted in `TABLES` tables, the sums of which are the counts:
    a number cannot be raised again at once.
    """
    for row in range(count):
        place, length = text + get(starts + 8 * row), get(lengths + 8 * row)
        done = 0
        while done + TABLES <= length:
            several = get(place + done)
            for table in range(TABLES):
                entry = out + _TABLE * table + 8 * (shift_right(several, 8 * table) & 255)
                put(entry, get(entry) + 1)
            done += TABLES
        for byte in range(done, length):
            entry = out + 8 * u8(place + byte)
            put(entry, get(entry) + 1)
    return 0
