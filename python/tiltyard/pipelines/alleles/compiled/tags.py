"""Tags of a read: optional fields behind its qualities.

Source: Sequence Alignment/Map Format Specification, section 4.2.4.
"""

# Two comparisons are compiled better than a search in a tuple.
# ruff: noqa: SIM109

from __future__ import annotations

from tiltyard.pipelines.alleles.compiled.layout import AS_BYTES, AS_TEXT
from tiltyard.pipelines.alleles.compiled.reading import S
from tiltyard.pipelines.native.compiling import part
from tiltyard.pipelines.native.memory import i8, i16, i32, put_u8, u8, u16, u32

_CIGAR_TAG = ord("C") | ord("G") << 8
_BYTE, _SIGNED_BYTE, _SHORT, _SIGNED_SHORT, _INT, _SIGNED_INT, _FLOAT, _LETTER, _ARRAY = (
    ord(letter) for letter in "CcSsIifAB"
)
_TEXT, _HEX, _ZERO, _MINUS = (ord(letter) for letter in "ZH0-")
#: What a walk through the fields can find besides an address.
ABSENT, DAMAGED = 0, -1
#: Digits that a number of 32 bits can take, with its sign.
DIGITS = 12


@part
def _size(kind: int) -> int:
    """Bytes of a number of this type, 0 for other types."""
    if kind == _BYTE or kind == _SIGNED_BYTE or kind == _LETTER:
        return 1
    if kind == _SHORT or kind == _SIGNED_SHORT:
        return 2
    return 4 if kind == _INT or kind == _SIGNED_INT or kind == _FLOAT else 0


@part
def width(field: int, end: int) -> int:
    """Bytes of a value from its type on; `DAMAGED` if it does not end before `end`."""
    kind = u8(field)
    size = _size(kind)
    if size > 0:
        return 1 + size if field + 1 + size <= end else DAMAGED
    if kind == _ARRAY:
        if field + 6 > end:
            return DAMAGED
        size = _size(u8(field + 1))
        total = 6 + size * u32(field + 2)
        return total if size > 0 and field + total <= end else DAMAGED
    if kind != _TEXT and kind != _HEX:
        return DAMAGED
    place = field + 1
    while place < end:
        if u8(place) == 0:
            return place + 1 - field
        place += 1
    return DAMAGED


@part
def find(tag: int, field: int, end: int) -> int:
    """Address of the type of the value of `tag`, `ABSENT` or `DAMAGED`."""
    while field + 3 <= end:
        size = width(field + 2, end)
        if size == DAMAGED:
            return DAMAGED
        if u16(field) == tag:
            return field + 2
        field += 2 + size
    return ABSENT if field == end else DAMAGED


@part
def text(field: int, scratch: int) -> tuple[int, int, int]:
    """Address, length and kind of a value's text; whole numbers are written to `scratch`.

    Numbers of any type are the same text if they are equal. Floating-point numbers and arrays are
    left as the bytes that they are, with the type before them.
    """
    kind = u8(field)
    if kind == _FLOAT or kind == _ARRAY:
        return field, width(field, field + (1 << 40)), AS_BYTES
    if kind == _LETTER:
        return field + 1, 1, AS_TEXT
    number = 0
    if kind == _BYTE:
        number = u8(field + 1)
    elif kind == _SIGNED_BYTE:
        number = i8(field + 1)
    elif kind == _SHORT:
        number = u16(field + 1)
    elif kind == _SIGNED_SHORT:
        number = i16(field + 1)
    elif kind == _INT:
        number = u32(field + 1)
    elif kind == _SIGNED_INT:
        number = i32(field + 1)
    else:
        return field + 1, width(field, field + (1 << 40)) - 2, AS_TEXT
    place, rest = scratch + DIGITS, abs(number)
    while rest > 0 or place == scratch + DIGITS:
        place -= 1
        put_u8(place, _ZERO + rest % 10)
        rest //= 10
    if number < 0:
        place -= 1
        put_u8(place, _MINUS)
    return place, scratch + DIGITS - place, AS_TEXT


@part
def long_cigar(cigar: int, operations: int, length: int, field: int, end: int) -> tuple[int, int]:
    """Address and number of the operations, from the tag CG where there are over 65535.

    The CIGAR's own place then has a clip of the whole read, and a skip of its span.
    """
    if operations == 0 or u32(cigar) != (length << 4 | S):
        return cigar, operations
    found = find(_CIGAR_TAG, field, end)
    if found == DAMAGED or found == ABSENT or u8(found) != _ARRAY:
        return cigar, operations
    kind, count = u8(found + 1), u32(found + 2)
    if (kind != _INT and kind != _SIGNED_INT) or count < operations:
        return cigar, operations
    return found + 6, count
