"""Which of 64 bytes are of a kind."""

from __future__ import annotations

from typing import Any

from tiltyard.pipelines.native.vectors import byte_change, byte_mask, reversed_bytes

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

#: Upper-case letters that become each other on the other strand; and, by alphabet, the bases of A,
#: and a letter of the other alphabet, which becomes A.
_PAIRS = (b"CG", b"RY", b"KM", b"BV", b"DH")
_BASES_OF_A = {"dna": (b"AT", b"UA"), "rna": (b"AU", b"TA")}


def _other_strand(alphabet: str) -> Any:
    """What makes of 64 bytes those of the other strand, the last one first."""
    both, alone = _BASES_OF_A[alphabet]
    letters: dict[int, bytes] = {}  # of which the same bits change
    for one, other in (*_PAIRS, both):
        letters[one ^ other] = letters.get(one ^ other, b"") + bytes((one, other))
    letters[alone[0] ^ alone[1]] = letters.get(alone[0] ^ alone[1], b"") + alone[:1]

    def change(builder: Any, value: Any, same: Any) -> Any:
        bits = same(0)
        for changed, those in letters.items():
            hit = builder.sext(_equal(builder, value, same, those), value.type)
            bits = builder.or_(bits, builder.and_(hit, same(changed)))
        return reversed_bytes(builder, builder.xor(value, bits))

    return change


#: Write 64 bytes reversed: as they are, and as of the other strand of DNA and of RNA.
reverse_64 = byte_change(lambda builder, value, same: reversed_bytes(builder, value))
reverse_dna_64 = byte_change(_other_strand("dna"))
reverse_rna_64 = byte_change(_other_strand("rna"))
