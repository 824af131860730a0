"""Functions of other libraries that compiled code calls, and where they are."""

from __future__ import annotations

import ctypes
import importlib.util
from pathlib import Path

import llvmlite.binding

_LIBC = ("malloc", "realloc", "calloc", "free", "memmove", "memset", "madvise")
_LIBDEFLATE = tuple(
    f"libdeflate_{name}"
    for name in ("alloc_decompressor", "free_decompressor", "deflate_decompress", "crc32")
)
#: Debian's name of the library, of the package libdeflate0.
_SYSTEM = "libdeflate.so.0"


class NoLibdeflate(RuntimeError):
    """Neither the package ``deflate`` nor the system has libdeflate."""


def register() -> None:
    """Tell LLVM where the functions are; call it before compiled code is loaded.

    Raises
    ------
    NoLibdeflate
    """
    for library, names in ((ctypes.CDLL(None), _LIBC), (libdeflate(), _LIBDEFLATE)):
        for name in names:
            place = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
            llvmlite.binding.add_symbol(name, place)


def libdeflate() -> ctypes.CDLL:
    """Open libdeflate: the extension module of the package ``deflate``, else the system's.

    Raises
    ------
    NoLibdeflate
    """
    for name in (*_modules(), _SYSTEM):
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        if all(hasattr(library, function) for function in _LIBDEFLATE):
            return library
    raise NoLibdeflate(
        "libdeflate is not installed, which inflates BAM files: "
        "pip install deflate (or apt-get install libdeflate0)"
    )


def _modules() -> list[str]:
    """Extension modules of the package ``deflate``; they export libdeflate's functions."""
    found = importlib.util.find_spec("deflate")
    folders = found.submodule_search_locations if found else None
    return [str(file) for folder in folders or () for file in Path(folder).glob("_deflate*.so")]
