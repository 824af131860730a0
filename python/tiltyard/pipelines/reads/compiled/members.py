"""Where another member of a gzip file may begin."""

from __future__ import annotations

from tiltyard.pipelines.native.compiling import part
from tiltyard.pipelines.native.memory import u8
from tiltyard.pipelines.native.vectors import STEP, byte_mask, lowest

_FIRST, _SECOND, _THIRD = 0x1F, 0x8B, 8
#: Bytes by which a member begins, less one.
_BEHIND = 2

_firsts = byte_mask(lambda builder, value, same: builder.icmp_unsigned("==", value, same(_FIRST)))
_seconds = byte_mask(lambda builder, value, same: builder.icmp_unsigned("==", value, same(_SECOND)))
_thirds = byte_mask(lambda builder, value, same: builder.icmp_unsigned("==", value, same(_THIRD)))


@part
def find_member(text: int, place: int, size: int) -> int:
    """Place from `place` on of the first bytes by which a member begins; `size` if there are none.

    Nothing behind `size` bytes is looked at.
    """
    while place + STEP + _BEHIND <= size:
        at = text + place
        found = _firsts(at) & _seconds(at + 1)
        if found:
            found &= _thirds(at + _BEHIND)
            if found:
                return place + lowest(found)
        place += STEP
    while place + _BEHIND < size:
        at = text + place
        if u8(at) == _FIRST and u8(at + 1) == _SECOND and u8(at + _BEHIND) == _THIRD:
            return place
        place += 1
    return size
