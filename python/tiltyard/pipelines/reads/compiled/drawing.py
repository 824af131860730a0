"""The random stream, as the rule has it, in numbers with a sign."""

from __future__ import annotations

from tiltyard.pipelines.reads.compiled.compiling import inlined
from tiltyard.pipelines.reads.compiled.memory import put, shift_right


def _signed(value: int) -> int:
    """The number with a sign that has the same 64 bits."""
    return value - (1 << 64) if value >> 63 else value


_GOLDEN = _signed(0x9E3779B97F4A7C15)
_FIRST, _SECOND = _signed(0xBF58476D1CE4E5B9), _signed(0x94D049BB133111EB)


@inlined
def mix(value: int) -> int:
    """SplitMix64's finaliser."""
    value = (value ^ shift_right(value, 30)) * _FIRST
    value = (value ^ shift_right(value, 27)) * _SECOND
    return value ^ shift_right(value, 31)


@inlined
def word(key: int, number: int) -> int:
    """Draw of 64 bits."""
    return mix(key + (number + 1) * _GOLDEN)


@inlined
def below(key: int, number: int, count: int) -> int:
    """Draw from 0 to `count` - 1, which is below 2³¹."""
    return shift_right(shift_right(word(key, number), 32) * count, 32)


@inlined
def draw_halves(key: int, count: int, words: int) -> None:
    """Write at least `count` draws of 32 bits to an address."""
    for number in range((count + 1) >> 1):
        put(words + 8 * number, word(key, number))
