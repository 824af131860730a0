"""How kernels are compiled with Numba, and casts that it has not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_njit: Any = numba.njit
_intrinsic: Any = intrinsic
Function = TypeVar("Function", bound=Callable[..., Any])
#: Without this a division is checked, and its loop stays scalar.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


def kernel(function: Function) -> Function:
    """Compile a function whose sums keep their order: the same bytes for any batch and thread."""
    return _kept(function, _OPTIONS)


def reordering(function: Function) -> Function:
    """Compile a function whose sums may be regrouped, which vectorises them.

    The grouping is the compiler's, not the data's: the same numbers give the same sum.
    """
    return _kept(function, {**_OPTIONS, "fastmath": {"reassoc", "contract", "nsz"}})


def inlined(function: Function) -> Function:
    """Compile a short function into each of its callers, which are in the same file.

    Numba keeps code until its caller's file changes; a part elsewhere would stay as it was.
    """
    decorated: Function = _njit(inline="always", **_OPTIONS)(function)
    return decorated


def _kept(function: Function, options: dict[str, Any]) -> Function:
    try:
        decorated: Function = _njit(cache=True, **options)(function)
    except RuntimeError:  # no folder can be written in which to keep it
        decorated = _njit(**options)(function)
    return decorated


def _as_float(typing: Any, value: Any) -> Any:
    """The float32 whose bits an int32 has; a scalar's ``view`` does not vectorise."""

    def cast(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.bitcast(given[0], ir.FloatType())

    return types.float32(types.int32), cast


def _as_bits(typing: Any, value: Any) -> Any:
    """The bits of a float32 as an int32."""

    def cast(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.bitcast(given[0], ir.IntType(32))

    return types.int32(types.float32), cast


as_float: Any = _intrinsic(_as_float)
as_bits: Any = _intrinsic(_as_bits)
