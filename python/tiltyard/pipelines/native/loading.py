"""Loading compiled functions into this process."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Mapping
from typing import Any

import llvmlite.binding as llvm

from tiltyard.pipelines.native.keeping import Code, Keeper

#: Takes 64-bit integers, many of which are addresses, and runs without the GIL.
Function = Callable[..., int]


class Library:
    """Compiled functions of one pipeline.

    Parameters
    ----------
    keeper : Keeper
    entries : mapping of str to int
        Functions that Python calls -> how many numbers they take.
    build : callable
        Builds the code of an entry, which takes seconds; it imports Numba when it is called.
    prepare : callable or None
        Called once, before the first function is loaded.
    """

    def __init__(
        self,
        keeper: Keeper,
        entries: Mapping[str, int],
        build: Callable[[str], Code],
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self.keeper = keeper
        self._entries = entries
        self._build = build
        self._prepare = prepare
        self._lock = threading.Lock()
        self._loaded: dict[str, Function] = {}

    def load(self, name: str) -> Function:
        """The entry `name`; built if it never was."""
        function = self._loaded.get(name)
        if function is None:
            with self._lock:
                if not self._loaded and self._prepare is not None:
                    self._prepare()
                if name not in self._loaded:
                    code = self.keeper.kept(name, self._build)
                    self._loaded[name] = _function(*code, self._entries[name])
                function = self._loaded[name]
        return function

    def warm(self) -> None:
        """Build and load everything: at set-up, so that no run has to."""
        for name in self._entries:
            self.load(name)


_engines: list[Any] = []  # they own the code


def _function(symbol: str, code: bytes, numbers: int) -> Function:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _engines.append(engine)
    given = (ctypes.c_int64,) * numbers
    prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *given)
    native = prototype(engine.get_function_address(symbol))

    def call(*values: int) -> int:
        result = ctypes.c_int64()
        error = ctypes.c_void_p()
        code = native(ctypes.addressof(result), ctypes.addressof(error), *values)
        if code != 0:
            raise RuntimeError(f"compiled code ended with {code}")
        return result.value

    return call
