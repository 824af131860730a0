"""How functions are compiled with Numba. Only a process that compiles imports this."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numba import types

_njit: Any = numba.njit
Function = TypeVar("Function", bound=Callable[..., Any])

#: No wrapper that Python calls, and no error of Python, which Numba would have to be loaded for.
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "error_model": "numpy",
}


def inlined(function: Function) -> Function:
    """Compile a short function into each of its callers."""
    decorated: Function = _njit(forceinline=True, **_OPTIONS)(function)
    return decorated


def part(function: Function) -> Function:
    """Compile a function that compiled functions call."""
    decorated: Function = _njit(**_OPTIONS)(function)
    return decorated


def machine_code(function: Callable[..., int]) -> tuple[str, bytes]:
    """Compile a `part` of which every parameter and the result is a 64-bit integer.

    Returns
    -------
    name : str
        Its symbol. It takes the address of the result, one of an error, which it leaves alone,
        and its parameters; it returns 0.
    code : bytes
        An object file.
    """
    dispatcher: Any = function
    signature = (types.int64,) * len(inspect.signature(dispatcher.py_func).parameters)
    dispatcher.compile(signature)
    compiled = dispatcher.overloads[signature]
    _, kind, (code, _) = compiled.library.serialize_using_object_code()
    if kind != "object":
        raise RuntimeError(f"Numba made {kind} of {dispatcher.py_func.__name__}, not machine code")
    return compiled.fndesc.llvm_func_name, code
