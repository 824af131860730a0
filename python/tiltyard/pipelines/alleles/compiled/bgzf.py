"""Blocks of BGZF, inflated with their checksums compared.

Source: Sequence Alignment/Map Format Specification, section 4.1.
"""

from __future__ import annotations

import numpy as np

from tiltyard.pipelines.alleles.compiled import libdeflate
from tiltyard.pipelines.alleles.compiled.layout import (
    BAD_BLOCK,
    BAD_CHECKSUM,
    BAD_DATA,
    BYTE,
    FILE,
    FILE_BYTES,
    FINE,
    INFLATED,
)
from tiltyard.pipelines.native.compiling import inlined, part
from tiltyard.pipelines.native.memory import (
    ADVICE_DONTNEED,
    free,
    get,
    madvise,
    malloc,
    put,
    u16,
    u32,
)

#: Bytes of a gzip member that does not use its extra field: before the data, and behind them.
_HEADER, _FOOTER = 12, 8
#: First bytes of a member with an extra field, and name and length of the field of BGZF.
_MAGIC, _FIELD, _FIELD_SIZE = 0x04088B1F, 0x00024342, 4
#: Most bytes that a block holds.
LARGEST = 1 << 16
#: Bytes after which pages that were read are given back.
STRIDE = 1 << 22
_PAGE = 4096


@part
def block_size(file: int, size: int, byte: int) -> int:
    """Bytes of the block that begins at `byte` of a mapped file of `size`; 0 if none does."""
    if byte + _HEADER + _FOOTER > size or u32(file + byte) != _MAGIC:
        return 0
    field, end = byte + _HEADER, byte + _HEADER + u16(file + byte + 10)
    while field + 6 <= end and end <= size:
        if u32(file + field) == _FIELD:
            found = u16(file + field + _FIELD_SIZE) + 1
            fits = end + _FOOTER <= byte + found <= size
            return found if fits else 0
        field += _FIELD_SIZE + u16(file + field + 2)
    return 0


@inlined
def content_size(file: int, byte: int, block: int) -> int:
    """How many bytes a block says that it holds."""
    return u32(file + byte + block - 4)


@part
def inflate(inflater: int, file: int, byte: int, block: int, out: int, got: int) -> int:
    """Inflate a block of known size to `out`; `got` is the address of a number to write to."""
    size = content_size(file, byte, block)
    if size > LARGEST:
        return BAD_DATA
    head = _HEADER + u16(file + byte + 10)
    data = file + byte + head
    code = libdeflate.decompress(inflater, data, block - head - _FOOTER, out, size, got)
    if code != 0 or get(got) != size:
        return BAD_DATA
    if np.int64(libdeflate.crc32(np.uint32(0), out, size)) != u32(file + byte + block - _FOOTER):
        return BAD_CHECKSUM
    return FINE


@part
def give_back(file: int, begin: int, end: int) -> int:
    """Give the pages of a mapped file back that lie between two bytes; returns the next byte.

    Mapped pages count as memory of the process until then. They stay in the system's cache.
    """
    begin -= begin % _PAGE
    if 0 <= begin < end:
        madvise(file + begin, end - begin, np.int32(ADVICE_DONTNEED))
    return end


@part
def inflate_all(state: int) -> int:
    """Inflate each block of a mapped file and compare its checksum, nothing else.

    Returns how it ended; the state says at which byte, and how many bytes were inflated.
    """
    file, size = get(state + FILE), get(state + FILE_BYTES)
    inflater, out, got = libdeflate.alloc(), malloc(LARGEST), malloc(8)
    byte = kept = inflated = 0
    status = FINE
    while byte < size:
        block = block_size(file, size, byte)
        if block == 0:
            status = BAD_BLOCK
            break
        status = inflate(inflater, file, byte, block, out, got)
        if status != FINE:
            break
        inflated += content_size(file, byte, block)
        byte += block
        if byte - kept > STRIDE:
            kept = give_back(file, kept, byte)
    give_back(file, kept, byte)
    free(out)
    free(got)
    libdeflate.free(inflater)
    put(state + BYTE, byte)
    put(state + INFLATED, inflated)
    return status
