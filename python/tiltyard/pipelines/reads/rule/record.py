"""A read, as the rule has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Reading(NamedTuple):
    """How text becomes records.

    Parameters
    ----------
    quality_offset : int
        33 or 64: what a byte of quality 0 is.
    lenient_plus : bool
        Whether the name after ``+`` may be another one.
    largest : int
        Most bytes of a record.
    """

    quality_offset: int = 33
    lenient_plus: bool = False
    largest: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Record:
    """One read.

    Parameters
    ----------
    name : bytes
        Everything after ``@`` or ``>``.
    sequence : bytes
        Letters and ``- . *``.
    quality : bytes or None
        As many as letters, each 33 + Phred quality; None of a FASTA.
    line : int
        Line of its name, from 1; 0 of a BAM.
    offset : int
        Byte at which it begins in the inflated text.
    """

    name: bytes
    sequence: bytes
    quality: bytes | None
    line: int = field(default=0, compare=False)
    offset: int = field(default=0, compare=False)

    @property
    def id(self) -> bytes:
        """The name up to the first space or tab."""
        return self.name.replace(b"\t", b" ").partition(b" ")[0]
