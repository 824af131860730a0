"""Loading compiled functions into this process."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm

from tiltyard.pipelines.reads.native.keeping import Code, kept

#: Functions that Python calls -> how many numbers they take.
ENTRIES = {
    "scan_fastq": 7,
    "scan_fasta": 8,
    "scan_bam": 8,
    "sum_bytes": 5,
    "sum_table": 6,
    "count_below": 6,
    "count_n": 5,
    "count_ambiguous": 5,
    "count_values": 5,
    "lower_bytes": 5,
    "gather": 5,
    "reverse": 7,
    "expand": 8,
    "mutate": 11,
    "simulate_uniform": 7,
    "simulate_counts": 7,
    "count_words": 10,
    "exchange": 7,
    "empty": 5,
    "first_unpaired": 7,
    "format_fastq": 7,
    "format_fasta": 6,
    "count_gc": 5,
}

Function = Callable[..., int]
_LOCK = threading.Lock()
_loaded: dict[str, Function] = {}
_engines: list[Any] = []  # they own the code


def warm() -> None:
    """Build and load everything: at set-up, so that no run has to."""
    for name in ENTRIES:
        load(name)


def load(name: str) -> Function:
    """The entry `name`, which runs without the GIL; built if it never was, which takes seconds."""
    function = _loaded.get(name)
    if function is None:
        with _LOCK:
            if name not in _loaded:
                _loaded[name] = _function(*kept(name, _build), ENTRIES[name])
            function = _loaded[name]
    return function


def _build(name: str) -> Code:
    from tiltyard.pipelines.reads.compiled.building import build

    return build(name)


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
