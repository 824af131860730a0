"""Which of 64 bytes are of a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from tiltyard.pipelines.native.memory import WORD, address, intrinsic_of
from tiltyard.pipelines.native.vectors import STEP, byte_change, byte_mask, reversed_bytes

_building: Any = cgutils  # which has no types
_CASE = 32


def _equal(builder: Any, value: Any, same: Any, letters: bytes) -> Any:
    """Bits of bytes that are one of `letters`, in either case."""
    lower = builder.or_(value, same(_CASE))
    found = builder.icmp_unsigned("==", lower, same(letters[0] | _CASE))
    for letter in letters[1:]:
        other = builder.icmp_unsigned("==", lower, same(letter | _CASE))
        found = builder.or_(found, other)
    return found


def _letter_number(builder: Any, value: Any, same: Any) -> Any:
    """Of an ASCII letter in either case its number from 0; of others 26 or more."""
    return builder.sub(builder.or_(value, same(_CASE)), same(97))


def _quality_number(builder: Any, value: Any, same: Any) -> Any:
    """Of a quality, a byte from 33 to 126, its number from 0; of others 94 or more."""
    return builder.sub(value, same(33))


_Number = Callable[[Any, Any, Any], Any]


def _not_below(number: _Number, limit: int) -> Callable[[int], int]:
    """Function of an address: bits of those of 64 bytes whose number is not below a limit."""
    return byte_mask(
        lambda builder, value, same: builder.icmp_unsigned(
            ">=", number(builder, value, same), same(limit)
        )
    )


def _all_below(number: _Number, limit: int) -> Callable[[int, int], int]:
    """Function of an address and of a count from 64 on: whether the number of each byte is below.

    It keeps the highest of the numbers, which takes less than a bit for each byte does.
    """
    kind = ir.VectorType(ir.IntType(8), STEP)

    def same(value: int) -> Any:
        return ir.Constant(kind, [value] * STEP)

    def all_below(context: Any, place: Any, count: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place, count = arguments
            highest = _building.alloca_once_value(builder, same(0))

            def look(at: Any) -> None:
                pointer = builder.inttoptr(at, kind.as_pointer())
                new = number(builder, builder.load(pointer, align=1), same)
                old = builder.load(highest)
                above = builder.icmp_unsigned(">", new, old)
                builder.store(builder.select(above, new, old), highest)

            with _building.for_range(builder, builder.udiv(count, WORD(STEP))) as loop:
                look(builder.add(place, builder.mul(loop.index, WORD(STEP))))
            look(builder.sub(builder.add(place, count), WORD(STEP)))  # some bytes a second time
            bad = builder.icmp_unsigned(">=", builder.load(highest), same(limit))
            none = builder.icmp_unsigned("==", builder.bitcast(bad, WORD), WORD(0))
            return builder.zext(none, WORD)

        return types.int64(address, types.int64), code

    below: Callable[[int, int], int] = intrinsic_of(all_below)
    return below


#: Ends of lines.
newlines = byte_mask(lambda builder, value, same: builder.icmp_unsigned("==", value, same(10)))
#: Bytes that are no ASCII letters, and no qualities.
no_letters, no_qualities = _not_below(_letter_number, 26), _not_below(_quality_number, 94)
#: Whether all of 64 or more bytes are ASCII letters, and qualities.
are_letters, are_qualities = _all_below(_letter_number, 26), _all_below(_quality_number, 94)
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


def _of_bases(alphabet: str) -> Any:
    """What makes of 64 bases or letters N those of the other strand, the last one first."""
    both, _ = _BASES_OF_A[alphabet]

    def change(builder: Any, value: Any, same: Any) -> Any:
        bits = same(0)
        for those in (both, b"CG"):
            hit = builder.sext(_equal(builder, value, same, those), value.type)
            bits = builder.or_(bits, builder.and_(hit, same(those[0] ^ those[1])))
        return reversed_bytes(builder, builder.xor(value, bits))

    return change


def _all_bases(alphabet: str) -> Callable[[int, int], int]:
    """Function of an address and of a count from 64 on: whether all bytes are bases or N."""
    letters = _BASES_OF_A[alphabet][0] + b"CGN"

    def is_other(builder: Any, value: Any, same: Any) -> Any:
        return builder.select(_equal(builder, value, same, letters), same(0), same(1))

    return _all_below(is_other, 1)


#: Write 64 bytes reversed: as they are, and as of the other strand of DNA and of RNA.
reverse_64 = byte_change(lambda builder, value, same: reversed_bytes(builder, value))
reverse_dna_64 = byte_change(_other_strand("dna"))
reverse_rna_64 = byte_change(_other_strand("rna"))
#: The same of bytes that are bases or N, which takes a third of the work; and whether they are.
dna_bases_64, rna_bases_64 = byte_change(_of_bases("dna")), byte_change(_of_bases("rna"))
are_dna, are_rna = _all_bases("dna"), _all_bases("rna")
