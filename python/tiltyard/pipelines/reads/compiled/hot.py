"""Bases as four channels each, sixteen bases at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import WORD, address, get, intrinsic_of
from tiltyard.pipelines.native.vectors import STEP, clear_64

_BYTE = ir.IntType(8)
#: Bases at once, and their channels.
_BASES, _CHANNELS = 16, 4
_CASE, _T, _U = 32, 116, 117
#: Bytes of channels that are written at once.
_TOGETHER = 32
#: The bits of 1, by their number: uint8, float16, float32.
_ONES = {8: 1, 16: 0x3C00, 32: 0x3F800000}


def _channels(bits: int) -> Callable[[int, int], None]:
    """Function that writes to its first address the channels of sixteen bases at its second.

    A letter is repeated in as many bytes as its channels have, which are compared with those of
    the four bases, a few letters at a time: more would have to be put into several registers.
    """
    letters = ir.VectorType(_BYTE, _BASES)
    size, lanes = bits // 8, _TOGETHER // (bits // 8)
    number = ir.VectorType(ir.IntType(bits), lanes)
    bases = [int.from_bytes(bytes([letter]) * size, "little") for letter in b"acgt"]
    each_of = ir.Constant(number, [bases[lane % _CHANNELS] for lane in range(lanes)])
    one, zero = (ir.Constant(number, [bit] * lanes) for bit in (_ONES[bits], 0))

    def same(value: int) -> Any:
        return ir.Constant(letters, [value] * _BASES)

    def write(context: Any, to: Any, place: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[1], letters.as_pointer())
            value = builder.or_(builder.load(pointer, align=1), same(_CASE))
            is_u = builder.icmp_unsigned("==", value, same(_U))
            value = builder.select(is_u, same(_T), value)
            for done in range(0, _CHANNELS * size * _BASES, _TOGETHER):
                order = [(done + byte) // (_CHANNELS * size) for byte in range(_TOGETHER)]
                kind = ir.VectorType(ir.IntType(32), _TOGETHER)
                repeated = builder.shuffle_vector(value, value, ir.Constant(kind, order))
                hit = builder.icmp_unsigned("==", builder.bitcast(repeated, number), each_of)
                pointer = builder.inttoptr(
                    builder.add(arguments[0], WORD(done)), number.as_pointer()
                )
                builder.store(builder.select(hit, one, zero), pointer, align=1)
            return context.get_dummy_value()

        return types.void(address, address), code

    written: Callable[[int, int], None] = intrinsic_of(write)
    return written


_channels_8, _channels_16, _channels_32 = map(_channels, _ONES)


@inlined
def _one_hot(
    text: int, starts: int, lengths: int, count: int, width: int, out: int, size: int
) -> None:
    for row in range(count):
        place, length = text + get(starts + 8 * row), min(get(lengths + 8 * row), width)
        for done in range(0, length, _BASES):
            to = out + _CHANNELS * size * done
            if size == 4:
                _channels_32(to, place + done)
            elif size == 2:
                _channels_16(to, place + done)
            else:
                _channels_8(to, place + done)
        for byte in range(_CHANNELS * size * length, _CHANNELS * size * width, STEP):
            clear_64(out + byte)
        out += _CHANNELS * size * width


@part
def one_hot(
    text: int, starts: int, lengths: int, count: int, width: int, size: int, out: int
) -> int:
    """Write the channels of each string's first `width` bases, and zeros behind its end.

    Channels have `size` bytes: 1, 2 or 4. Behind the last one, up to 15 bases' are written over.
    """
    if size == 4:
        _one_hot(text, starts, lengths, count, width, out, 4)
    elif size == 2:
        _one_hot(text, starts, lengths, count, width, out, 2)
    else:
        _one_hot(text, starts, lengths, count, width, out, 1)
    return 0
