"""Functions of libdeflate, which inflates about three times as fast as zlib.

Source: https://github.com/ebiggers/libdeflate. `native` finds the library.
"""

from __future__ import annotations

from numba import types

_address = types.int64

alloc = types.ExternalFunction("libdeflate_alloc_decompressor", _address())
free = types.ExternalFunction("libdeflate_free_decompressor", types.void(_address))
decompress = types.ExternalFunction(
    "libdeflate_deflate_decompress",
    types.int32(_address, _address, _address, _address, _address, _address),
)
crc32 = types.ExternalFunction("libdeflate_crc32", types.uint32(types.uint32, _address, _address))
