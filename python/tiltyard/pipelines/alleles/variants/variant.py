"""Variants as a file gives them: one row for each alternative allele, in the file's order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

#: Alternative allele of a position at which no other allele is asked for.
NO_ALT = "."
BASES = frozenset("ACGT")
#: Letters of an allele that messages show.
SHOWN_LETTERS = 40


class Variant(NamedTuple):
    """A variant in the form of a VCF: `position` is 1-based, the letters are upper case.

    `record` is the index of the line it comes from in `Variants.records`. `unsupported` says why
    it cannot be counted; "" if it can.
    """

    contig: str
    position: int
    ref: str
    alt: str
    record: int
    unsupported: str = ""

    @property
    def text(self) -> str:
        """The variant as people write it."""
        return f"{self.contig}:{self.position}:{self.ref}:{self.alt}"


@dataclass(frozen=True)
class Variants:
    """The variants of one file.

    Parameters
    ----------
    path : path
    format : str
        ``vcf`` or ``maf``.
    header : sequence of str
        Lines before the first record, as they are, without their ends.
    records : sequence of str
        The other lines likewise.
    rows : sequence of Variant
        In the order of the records, and inside a record in the order of its ALTs.
    """

    path: Path
    format: str
    header: Sequence[str]
    records: Sequence[str]
    rows: Sequence[Variant]

    def line(self, record: int) -> int:
        """Number in the file, from 1, of the line of a record."""
        return len(self.header) + record + 1

    def place(self, row: Variant) -> str:
        """Where `row` is, and what it says: for messages, in which long alleles are cut."""
        said = row._replace(ref=shortened(row.ref), alt=shortened(row.alt)).text
        given = str(self.path) == row.text  # at a prompt, in no file
        return said if given else f"{self.path}, line {self.line(row.record)}: {said}"


def shortened(letters: str) -> str:
    """`letters`, cut if they are many."""
    return letters if len(letters) <= SHOWN_LETTERS else f"{letters[:SHOWN_LETTERS]}…"


def unsupported_letters(ref: str, alt: str) -> str:
    """Why alleles in capitals cannot be counted; "" if they can, or `alt` is `NO_ALT`."""
    if alt in BASES and ref in BASES and alt != ref:
        return ""
    if alt == "*":
        return "ALT *"
    if alt.startswith("<"):
        return "symbolic ALT"
    if "[" in alt or "]" in alt or (len(alt) > 1 and "." in (alt[0], alt[-1])):
        return "breakend"
    if ref.strip("ACGT") or (alt != NO_ALT and alt.strip("ACGT")):
        return "letters other than ACGT"
    if alt == ref:
        return "ALT equal to REF"
    return ""
