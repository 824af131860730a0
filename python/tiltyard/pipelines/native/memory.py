"""Loads and stores at addresses, and the functions of the C library that manage memory.

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
address = types.int64
ADVICE_DONTNEED = 4


def _loading(bits: int, *, signed: bool = False) -> Callable[[int], int]:
    """Function that loads the `bits` at an address, which need not be aligned."""

    def load(context: Any, place: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], ir.IntType(bits).as_pointer())
            value = builder.load(pointer, align=1)
            if bits == WORD.width:
                return value
            return (builder.sext if signed else builder.zext)(value, WORD)

        return types.int64(address), code

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

        return types.void(address, types.int64), code

    stored: Callable[[int, int], None] = intrinsic_of(store)
    return stored


def _shifting_right(context: Any, value: Any, count: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.lshr(*arguments)

    return types.int64(types.int64, types.int64), code


u8, u16, u32 = _loading(8), _loading(16), _loading(32)
i8, i16, i32 = _loading(8, signed=True), _loading(16, signed=True), _loading(32, signed=True)
get, put = _loading(64), _storing(64)
put_u8, put_u16, put_u32 = _storing(8), _storing(16), _storing(32)
#: Shift to the right that fills with zeros; by less than 64.
shift_right: Callable[[int, int], int] = intrinsic_of(_shifting_right)


def external(name: str, signature: Any) -> Callable[..., Any]:
    """Function of a library that compiled code calls; who loads the code says where it is."""
    function: Callable[..., Any] = types.ExternalFunction(name, signature)
    return function


malloc = external("malloc", address(address))
realloc = external("realloc", address(address, address))
calloc = external("calloc", address(address, address))
free = external("free", types.void(address))
memmove = external("memmove", address(address, address, address))
memset = external("memset", address(address, types.int32, address))
memcmp = external("memcmp", types.int32(address, address, address))
madvise = external("madvise", types.int32(address, address, types.int32))
