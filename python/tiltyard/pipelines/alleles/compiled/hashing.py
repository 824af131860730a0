"""A hash of 64 bits for names and values."""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import get, shift_right, u8

#: Odd constants, of splitmix64 and of rrmxmx; as numbers with a sign.
_FIRST = 0x9E3779B97F4A7C15 - 2**64
_SECOND = 0xD6E8FEB86659FD93 - 2**64


@inlined
def mixed(number: int, word: int) -> int:
    """Mix `word` into a hash. For each word it is one to one, so one changed word changes it."""
    number = (number ^ word) * _SECOND
    number ^= shift_right(number, 32)
    number *= _FIRST
    return number ^ shift_right(number, 29)


@part
def hashed(text: int, length: int) -> int:
    """Hash of `length` bytes; the last word of eight or more begins inside the one before it."""
    number, end = length * _FIRST, text + length
    if length >= 8:
        while text < end - 8:
            number = mixed(number, get(text))
            text += 8
        return mixed(number, get(end - 8))
    word = 0
    for k in range(length):
        word |= u8(text + k) << (8 * k)
    return mixed(number, word)
