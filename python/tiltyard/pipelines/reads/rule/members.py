"""Headers of gzip members.

Sources: RFC 1952; Sequence Alignment/Map Format Specification, section 4.1.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

MAGIC = b"\x1f\x8b"
#: Bytes of checksum and size behind a member's data.
TRAILER = 8
#: Most bytes that a header may have.
LARGEST_HEADER = 1 << 17
#: The only method of compression that there is.
DEFLATE = 8
_FIXED, _RESERVED = 10, 0xE0
_CHECKSUM, _EXTRA, _NAME, _COMMENT = 2, 4, 8, 16


class Damaged(ValueError):
    """What begins like a gzip member has a header that none has."""


class Header(NamedTuple):
    """Header of a member.

    Parameters
    ----------
    size : int
        Its bytes.
    block : int
        Bytes of the whole member if it is a block of BGZF, else 0.
    """

    size: int
    block: int


def header_of(data: bytes | bytearray | memoryview, place: int = 0) -> Header | None:
    """The header that begins at `place`; None if it is not there as a whole.

    Raises
    ------
    Damaged
        If it is none.
    """
    data = memoryview(data)[place : place + LARGEST_HEADER]
    if len(data) > 2 and data[2] != DEFLATE:
        raise Damaged(f"compression method {data[2]}")
    if len(data) > 3 and data[3] & _RESERVED:
        raise Damaged(f"flags {data[3]}")
    if len(data) < _FIXED:
        return None
    flags, size, block = data[3], _FIXED, 0
    if flags & _EXTRA:
        if len(data) < size + 2:
            return None
        (extra,) = struct.unpack_from("<H", data, size)
        size += 2
        if len(data) < size + extra:
            return None
        block = _block(data[size : size + extra])
        size += extra
    for flag in (_NAME, _COMMENT):
        if flags & flag:
            end = bytes(data[size:]).find(b"\0")
            if end < 0:
                return None
            size += end + 1
    if flags & _CHECKSUM:
        if len(data) < size + 2:
            return None
        if struct.unpack_from("<H", data, size)[0] != zlib.crc32(data[:size]) & 0xFFFF:
            raise Damaged("checksum of the header")
        size += 2
    if block and block < size + TRAILER:
        raise Damaged(f"a block of {block} bytes")
    return Header(size, block)


def _block(extra: memoryview) -> int:
    """Bytes of a block of BGZF, from the extra field of its header; 0 if it is none."""
    place = 0
    while place + 4 <= len(extra):
        (size,) = struct.unpack_from("<H", extra, place + 2)
        if bytes(extra[place : place + 2]) == b"BC" and size == 2 and place + 6 <= len(extra):
            return int(struct.unpack_from("<H", extra, place + 4)[0]) + 1
        place += 4 + size
    return 0
