"""Which of 64 bytes are of a kind."""

from __future__ import annotations

from typing import Any

from tiltyard.pipelines.native.vectors import byte_mask

_CASE = 32


def _equal(builder: Any, value: Any, same: Any, letters: bytes) -> Any:
    """Bits of bytes that are one of `letters`, in either case."""
    lower = builder.or_(value, same(_CASE))
    found = builder.icmp_unsigned("==", lower, same(letters[0] | _CASE))
    for letter in letters[1:]:
        other = builder.icmp_unsigned("==", lower, same(letter | _CASE))
        found = builder.or_(found, other)
    return found


#: Ends of lines.
newlines = byte_mask(lambda builder, value, same: builder.icmp_unsigned("==", value, same(10)))
#: Bytes that are no ASCII letters.
no_letters = byte_mask(
    lambda builder, value, same: builder.icmp_unsigned(
        ">=", builder.sub(builder.or_(value, same(_CASE)), same(97)), same(26)
    )
)
#: Bytes that are no qualities, which are from 33 to 126.
no_qualities = byte_mask(
    lambda builder, value, same: builder.icmp_unsigned(">=", builder.sub(value, same(33)), same(94))
)
#: Letters N.
letters_n = byte_mask(lambda builder, value, same: _equal(builder, value, same, b"N"))
#: Letters G and C.
letters_gc = byte_mask(lambda builder, value, same: _equal(builder, value, same, b"GC"))
#: All but ACGTU.
ambiguous = byte_mask(
    lambda builder, value, same: builder.not_(_equal(builder, value, same, b"ACGTU"))
)
