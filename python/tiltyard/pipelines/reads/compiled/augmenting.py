"""Changes of letters and qualities that draws decide."""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import part
from tiltyard.pipelines.native.memory import get, put, put_u8, shift_right, u8, u32
from tiltyard.pipelines.native.vectors import STEP, at_most_mask, copy_64, lowest
from tiltyard.pipelines.reads.compiled.counting import tail
from tiltyard.pipelines.reads.compiled.drawing import below, draw_halves, read_key
from tiltyard.pipelines.reads.compiled.states import GUIDED

_CASE = 32
_NO_CODE = 4


@part
def mutate(
    text: int,
    starts: int,
    lengths: int,
    count: int,
    files: int,
    records: int,
    root: int,
    other_root: int,
    most: int,
    codes: int,
    letters: int,
    words: int,
    out: int,
    out_starts: int,
) -> int:
    """Copy strings behind each other with letters changed.

    Parameters
    ----------
    files, records : int
        Addresses of each row's numbers.
    root, other_root : int
        What the keys of draws begin with: of whether, and of what a letter becomes.
    most : int
        The highest draw of 32 bits that changes a letter.
    codes, letters : int
        Addresses of the codes of 256 bytes, from `_NO_CODE` on without one; and of four letters.
    words : int
        Address with room for the draws of the longest string, and 64 more.
    out_starts : int
        Address to which is written where each string begins in `out`.
    """
    first = out
    for row in range(count):
        place, length = text + get(starts + 8 * row), get(lengths + 8 * row)
        file, record = get(files + 8 * row), get(records + 8 * row)
        other = read_key(other_root, file, record)
        draw_halves(read_key(root, file, record), length, words)
        put(out_starts + 8 * row, out - first)
        for done in range(0, length, STEP):
            copy_64(out + done, place + done)
            hits = at_most_mask(words + 4 * done, most) & tail(length, done)
            while hits:
                j = done + lowest(hits)
                hits &= hits - 1
                letter = u8(place + j)
                code = u8(codes + letter)
                if code < _NO_CODE:
                    code = (code + 1 + below(other, j, 3)) & 3
                    put_u8(out + j, u8(letters + code) | (letter & _CASE))
        out += length
    return 0


@part
def simulate_uniform(
    lengths: int, count: int, keys: int, least: int, values: int, words: int, out: int
) -> int:
    """Write for each letter one of so many bytes from `least` on."""
    for row in range(count):
        length = get(lengths + 8 * row)
        draw_halves(get(keys + 8 * row), length, words)
        for j in range(length):
            put_u8(out + j, least + shift_right(u32(words + 4 * j) * values, 32))
        out += length
    return 0


@part
def simulate_counts(
    lengths: int, count: int, keys: int, thresholds: int, guide: int, words: int, out: int
) -> int:
    """Write for each letter how many of sorted thresholds are at most its draw.

    Parameters
    ----------
    thresholds : int
        Address of the thresholds, and behind them one above all draws.
    guide : int
        Address of how many thresholds are at most each draw whose last `GUIDED` bits are 0.
    """
    for row in range(count):
        length = get(lengths + 8 * row)
        draw_halves(get(keys + 8 * row), length, words)
        for j in range(length):
            draw = u32(words + 4 * j)
            found = u8(guide + shift_right(draw, GUIDED))
            while get(thresholds + 8 * found) <= draw:
                found += 1
            put_u8(out + j, found)
        out += length
    return 0
