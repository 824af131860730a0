"""64 bytes at addresses at once: copied, compared, added.

Every buffer that they look at has as many spare bytes behind its content.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from tiltyard.pipelines.native.memory import WORD, address, intrinsic_of

_BIT, _BYTE = ir.IntType(1), ir.IntType(8)
#: Bytes that are looked at at once.
STEP = 64
_BYTES = ir.VectorType(_BYTE, STEP)
_HALVES = ir.VectorType(ir.IntType(32), STEP)
Compare = Callable[[Any, Any, Callable[[int], Any]], Any]


def _copying(size: int) -> Callable[[int, int], None]:
    """Function that copies `size` bytes from the second address to the first."""

    def copy(context: Any, to: Any, place: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointer = ir.VectorType(_BYTE, size).as_pointer()
            value = builder.load(builder.inttoptr(arguments[1], pointer), align=1)
            builder.store(value, builder.inttoptr(arguments[0], pointer), align=1)
            return context.get_dummy_value()

        return types.void(address, address), code

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

        return types.int64(address), code

    masked: Callable[[int], int] = intrinsic_of(mask)
    return masked


def _byte_mask_below(context: Any, place: Any, limit: Any) -> Any:
    """Bits of those of 64 bytes that are below a number."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = _loaded_step(builder, arguments[0], _BYTES)
        limit = splat(builder, builder.trunc(arguments[1], _BYTE), _BYTES)
        return builder.bitcast(builder.icmp_unsigned("<", value, limit), WORD)

    return types.int64(address, types.int64), code


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

    return types.int64(address, types.int64), code


def _added(builder: Any, value: Any) -> Any:
    """Sum of 64 bytes; LLVM has one instruction for this form of it."""
    kind = ir.FunctionType(ir.IntType(32), [_HALVES])
    add = builder.module.declare_intrinsic("llvm.vector.reduce.add.v64i32", (), kind)
    return builder.zext(builder.call(add, [builder.zext(value, _HALVES)]), WORD)


def _sum_64(context: Any, place: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _added(builder, _loaded_step(builder, arguments[0], _BYTES))

    return types.int64(address), code


def _sum_first(context: Any, place: Any, count: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = _loaded_step(builder, arguments[0], _BYTES)
        count = splat(builder, builder.trunc(arguments[1], _BYTE), _BYTES)
        # Bits of a number, of which other masks are made, would first have to become bytes.
        inside = builder.icmp_unsigned("<", ir.Constant(_BYTES, list(range(STEP))), count)
        return _added(builder, builder.select(inside, value, ir.Constant(_BYTES, [0] * STEP)))

    return types.int64(address, types.int64), code


def byte_change(change: Compare) -> Callable[[int, int], None]:
    """Function that writes to its first address what `change` makes of 64 bytes at its second.

    Parameters
    ----------
    change : callable
        As of `byte_mask`; it gives 64 bytes.
    """

    def write(context: Any, to: Any, place: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            value = _loaded_step(builder, arguments[1], _BYTES)
            value = change(builder, value, lambda byte: ir.Constant(_BYTES, [byte] * STEP))
            builder.store(value, builder.inttoptr(arguments[0], _BYTES.as_pointer()), align=1)
            return context.get_dummy_value()

        return types.void(address, address), code

    changed: Callable[[int, int], None] = intrinsic_of(write)
    return changed


def reversed_bytes(builder: Any, value: Any) -> Any:
    """64 bytes, the last one first."""
    order = ir.Constant(ir.VectorType(ir.IntType(32), STEP), list(range(STEP - 1, -1, -1)))
    return builder.shuffle_vector(value, value, order)


def _clear(context: Any, place: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = builder.inttoptr(arguments[0], _BYTES.as_pointer())
        builder.store(ir.Constant(_BYTES, [0] * STEP), pointer, align=1)
        return context.get_dummy_value()

    return types.void(address), code


def _lowest(context: Any, bits: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(_BIT, 0))

    return types.int64(types.int64), code


def _count(context: Any, bits: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), code


copy_16, copy_64 = _copying(16), _copying(STEP)
#: Bits of bytes below a number.
below_mask: Callable[[int, int], int] = intrinsic_of(_byte_mask_below)
#: Bits of 32-bit numbers that are at most a number.
at_most_mask: Callable[[int, int], int] = intrinsic_of(_halves_at_most)
#: Sum of 64 bytes, and of the first of them, from 1 to 64.
sum_64: Callable[[int], int] = intrinsic_of(_sum_64)
sum_first: Callable[[int, int], int] = intrinsic_of(_sum_first)
#: Sets 64 bytes to 0.
clear_64: Callable[[int], None] = intrinsic_of(_clear)
#: Number of the lowest bit that is set, and how many are.
lowest: Callable[[int], int] = intrinsic_of(_lowest)
count_bits: Callable[[int], int] = intrinsic_of(_count)
