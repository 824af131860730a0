"""Counts of words of k letters."""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import part
from tiltyard.pipelines.native.memory import get, put_u32, shift_right, u8, u32

_NO_CODE = 4


@part
def count_words(
    text: int,
    starts: int,
    lengths: int,
    count: int,
    k: int,
    canonical: int,
    codes: int,
    columns: int,
    width: int,
    out: int,
) -> int:
    """Count each string's words in a row of `width` numbers of 32 bits, which are zeros.

    Parameters
    ----------
    canonical : int
        Whether a word counts at the smaller of its number and its reverse complement's.
    codes : int
        Address of the codes of 256 bytes, from `_NO_CODE` on without one.
    columns : int
        Address of the column of each number, 32 bits; 0 where it is the number.
    """
    mask, shift = (1 << (2 * k)) - 1, 2 * (k - 1)
    for row in range(count):
        place = text + get(starts + 8 * row)
        forward, backward, whole = 0, 0, 0
        for byte in range(get(lengths + 8 * row)):
            code = u8(codes + u8(place + byte))
            if code >= _NO_CODE:
                whole = 0
                continue
            forward = ((forward << 2) | code) & mask
            backward = shift_right(backward, 2) | ((3 - code) << shift)
            whole += 1
            if whole >= k:
                number = min(forward, backward) if canonical else forward
                if columns:
                    number = u32(columns + 4 * number)
                put_u32(out + 4 * number, u32(out + 4 * number) + 1)
        out += 4 * width
    return 0
