"""Loads and stores at addresses, of numbers and of 64 bytes at once.

All numbers are 64-bit integers with a sign. Mixed with unsigned ones Numba would compute in
floating point.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

intrinsic_of: Any = intrinsic
WORD = ir.IntType(64)
_BIT, _BYTE = ir.IntType(1), ir.IntType(8)
#: Bytes that are looked at at once.
STEP = 64
_BYTES = ir.VectorType(_BYTE, STEP)
_HALVES = ir.VectorType(ir.IntType(32), STEP)
_address = types.int64
Compare = Callable[[Any, Any, Callable[[int], Any]], Any]


def _loading(bits: int) -> Callable[[int], int]:
    """Function that loads the `bits` at an address, which need not be aligned."""

    def load(context: Any, place: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], ir.IntType(bits).as_pointer())
            value = builder.load(pointer, align=1)
            return value if bits == WORD.width else builder.zext(value, WORD)

        return types.int64(_address), code

    loaded: Callable[[int], int] = intrinsic_of(load)
    return loaded


def _storing(bits: int) -> Callable[[int, int], None]:
    """Function that stores the low `bits` of a number at an address."""

    def store(context: Any, place: Any, value: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], ir.IntType(bits).as_pointer())
            value = arguments[1]
            if bits != WORD.width:
                value = builder.trunc(value, ir.IntType(bits))
            builder.store(value, pointer, align=1)
            return context.get_dummy_value()

        return types.void(_address, types.int64), code

    stored: Callable[[int, int], None] = intrinsic_of(store)
    return stored


def _copying(size: int) -> Callable[[int, int], None]:
    """Function that copies `size` bytes from the second address to the first."""

    def copy(context: Any, to: Any, place: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointer = ir.VectorType(_BYTE, size).as_pointer()
            value = builder.load(builder.inttoptr(arguments[1], pointer), align=1)
            builder.store(value, builder.inttoptr(arguments[0], pointer), align=1)
            return context.get_dummy_value()

        return types.void(_address, _address), code

    copied: Callable[[int, int], None] = intrinsic_of(copy)
    return copied


def _loaded_step(builder: Any, place: Any, kind: Any) -> Any:
    return builder.load(builder.inttoptr(place, kind.as_pointer()), align=1)


def byte_mask(compare: Compare) -> Callable[[int], int]:
    """Function of an address: a bit for each of the 64 bytes there that `compare` is true of.

    Parameters
    ----------
    compare : callable
        Given LLVM's builder, the bytes, and a function that makes 64 equal bytes of one.
    """

    def mask(context: Any, place: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            value = _loaded_step(builder, arguments[0], _BYTES)
            bits = compare(builder, value, lambda byte: ir.Constant(_BYTES, [byte] * STEP))
            return builder.bitcast(bits, WORD)

        return types.int64(_address), code

    masked: Callable[[int], int] = intrinsic_of(mask)
    return masked


def _byte_mask_below(context: Any, place: Any, limit: Any) -> Any:
    """Bits of those of 64 bytes that are below a number."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = _loaded_step(builder, arguments[0], _BYTES)
        limit = splat(builder, builder.trunc(arguments[1], _BYTE), _BYTES)
        return builder.bitcast(builder.icmp_unsigned("<", value, limit), WORD)

    return types.int64(_address, types.int64), code


def splat(builder: Any, value: Any, kind: Any) -> Any:
    """A vector of equal numbers."""
    undefined = ir.Constant(kind, ir.Undefined)
    one = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    lanes = ir.VectorType(ir.IntType(32), kind.count)
    return builder.shuffle_vector(one, undefined, ir.Constant(lanes, [0] * kind.count))


def _halves_at_most(context: Any, place: Any, limit: Any) -> Any:
    """Bits of those of 64 unsigned numbers of 32 bits that are at most a number."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = _loaded_step(builder, arguments[0], _HALVES)
        limit = splat(builder, builder.trunc(arguments[1], ir.IntType(32)), _HALVES)
        return builder.bitcast(builder.icmp_unsigned("<=", value, limit), WORD)

    return types.int64(_address, types.int64), code


def _masked_sum(context: Any, place: Any, which: Any) -> Any:
    """Sum of those of 64 bytes whose bit is set."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = builder.bitcast(arguments[1], ir.VectorType(_BIT, STEP))
        value = _loaded_step(builder, arguments[0], _BYTES)
        value = builder.select(bits, value, ir.Constant(_BYTES, [0] * STEP))
        kind = ir.FunctionType(ir.IntType(32), [_HALVES])
        add = builder.module.declare_intrinsic("llvm.vector.reduce.add.v64i32", (), kind)
        return builder.zext(builder.call(add, [builder.zext(value, _HALVES)]), WORD)

    return types.int64(_address, types.int64), code


def _lowest(context: Any, bits: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(_BIT, 0))

    return types.int64(types.int64), code


def _count(context: Any, bits: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), code


def _shifting_right(context: Any, value: Any, count: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.lshr(*arguments)

    return types.int64(types.int64, types.int64), code


u8, u16, u32, get = _loading(8), _loading(16), _loading(32), _loading(64)
put_u8, put_u16, put_u32, put = _storing(8), _storing(16), _storing(32), _storing(64)
copy_16, copy_64 = _copying(16), _copying(STEP)
#: Bits of bytes below a number.
below_mask: Callable[[int, int], int] = intrinsic_of(_byte_mask_below)
#: Bits of 32-bit numbers that are at most a number.
at_most_mask: Callable[[int, int], int] = intrinsic_of(_halves_at_most)
#: Sum of the bytes whose bits are set.
masked_sum: Callable[[int, int], int] = intrinsic_of(_masked_sum)
#: Number of the lowest bit that is set, and how many are.
lowest: Callable[[int], int] = intrinsic_of(_lowest)
count_bits: Callable[[int], int] = intrinsic_of(_count)
#: Shift to the right that fills with zeros; by less than 64.
shift_right: Callable[[int, int], int] = intrinsic_of(_shifting_right)
