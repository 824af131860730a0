"""libdeflate, which the extension module of the package ``deflate`` exports, for ctypes."""

from __future__ import annotations

import ctypes
import importlib.util
from pathlib import Path

_SYSTEM = "libdeflate.so.0"


def find() -> ctypes.CDLL:
    """The library, with the types of its functions.

    Raises
    ------
    ValueError
        If neither that package nor the system has it.
    """
    for name in (*_modules(), _SYSTEM):
        try:
            library = ctypes.CDLL(name)
            return _typed(library)
        except (OSError, AttributeError):
            continue
    raise ValueError(
        "libdeflate is not installed, which inflates BAM files: pip install 'tiltyard[alleles]'"
    )


def _modules() -> list[str]:
    spec = importlib.util.find_spec("deflate")
    folders = spec.submodule_search_locations if spec else None
    return [str(file) for folder in folders or () for file in Path(folder).glob("_deflate*.so")]


def _typed(library: ctypes.CDLL) -> ctypes.CDLL:
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    library.libdeflate_alloc_decompressor.restype = pointer
    library.libdeflate_alloc_decompressor.argtypes = []
    library.libdeflate_crc32.restype = ctypes.c_uint32
    library.libdeflate_crc32.argtypes = [ctypes.c_uint32, pointer, size]
    inflate = library.libdeflate_deflate_decompress
    inflate.argtypes = [pointer, pointer, size, pointer, size, pointer]
    return library
