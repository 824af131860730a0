"""The random stream, as the rule has it, in numbers with a sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from tiltyard.pipelines.native.compiling import inlined
from tiltyard.pipelines.native.memory import WORD, intrinsic_of, shift_right
from tiltyard.pipelines.native.vectors import splat


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
def read_key(root: int, file: int, record: int) -> int:
    """Key of a read's draws, from what those of all reads begin with."""
    return mix(mix(root + file) + _GOLDEN + record)


def _eight_words(context: Any, key: Any, number: Any, place: Any) -> Any:
    """Write eight draws of 64 bits from a number on, computed at once."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        key, number, place = arguments
        first = builder.add(key, builder.mul(number, ir.Constant(WORD, _GOLDEN)))
        steps = ir.Constant(
            _EIGHT, [_signed(_GOLDEN * (lane + 1) % (1 << 64)) for lane in range(8)]
        )
        value = builder.add(splat(builder, first, _EIGHT), steps)
        for shift, factor in ((30, _FIRST), (27, _SECOND), (31, None)):
            value = builder.xor(value, builder.lshr(value, ir.Constant(_EIGHT, [shift] * 8)))
            if factor is not None:
                value = builder.mul(value, ir.Constant(_EIGHT, [factor] * 8))
        builder.store(value, builder.inttoptr(place, _EIGHT.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), code


_EIGHT = ir.VectorType(WORD, 8)
#: Writes eight draws of a key, from a number on, to an address.
eight_words: Callable[[int, int, int], None] = intrinsic_of(_eight_words)


@inlined
def draw_halves(key: int, count: int, words: int) -> None:
    """Write at least `count` draws of 32 bits to an address, and at most 14 more."""
    for number in range(0, (count + 1) >> 1, 8):
        eight_words(key, number, words + 8 * number)
