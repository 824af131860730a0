"""Loading compiled functions into this process."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm

from tiltyard.pipelines.alleles.native import libraries
from tiltyard.pipelines.alleles.native.keeping import Code, kept

#: Functions that Python calls; each takes the address of a state and returns how it ended.
ENTRIES = ("walk", "feed", "inflate_all")

_PROTOTYPE = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
_LOCK = threading.Lock()
_loaded: dict[str, Callable[[int], int]] = {}
_engines: list[Any] = []  # they own the code


def warm() -> None:
    """Build and load everything: at set-up, so that no run has to."""
    for name in ENTRIES:
        load(name)


def load(name: str) -> Callable[[int], int]:
    """The entry `name`, which runs without the GIL; built if it never was, which takes seconds.

    Raises
    ------
    NoLibdeflate
        The library that inflates is not installed.
    """
    with _LOCK:
        if name not in _loaded:
            if not _loaded:
                libraries.register()
            _loaded[name] = _function(*kept(name, _build))
        return _loaded[name]


def _build(name: str) -> Code:
    from tiltyard.pipelines.alleles.compiled.building import build

    return build(name)


def _function(symbol: str, code: bytes) -> Callable[[int], int]:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _engines.append(engine)
    native = _PROTOTYPE(engine.get_function_address(symbol))

    def call(state: int) -> int:
        result = ctypes.c_int64()
        error = ctypes.c_void_p()
        code = native(ctypes.addressof(result), ctypes.addressof(error), state)
        if code != 0:
            raise RuntimeError(f"compiled code ended with {code}")
        return result.value

    return call
