"""What the rule leaves to choose, and the two sets of choices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal

from tiltyard.pipelines.sequences.faults import InputError

Name = Literal["exact", "virnucpro"]
Unknown = Literal["X", "drop", "resolve"]
#: Genetic codes of NCBI that there are.
TABLES = (1, 4, 11, 15, 25)
#: Least bases of a window: a codon.
LEAST_WINDOW = 3


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How contigs are cut and read.

    Parameters
    ----------
    name : {"exact", "virnucpro"}
        The rule, or what the public system VirNucPro does: its last chunk may be short, it
        complements A, C, G and T alone, and its nucleotides have a base more than the codons.
    window : int
        Bases of a chunk, >= 3.
    table : int
        Genetic code, one of `TABLES`.
    unknown : {"X", "drop", "resolve"}
        What is written for a codon with a letter other than A, C, G and T: X; nothing; or the
        residue, if all that it may stand for have the same one.
    max_unknown : Fraction
        A frame with a larger share of unknown codons is not kept.
    """

    name: Name
    window: int
    table: int
    unknown: Unknown
    max_unknown: Fraction

    @property
    def exact(self) -> bool:
        """Whether this is the rule, and not what the public system does."""
        return self.name == "exact"

    @property
    def words(self) -> dict[str, str | int]:
        """As plain values, for a record of a run."""
        return {
            "rules": self.name,
            "window": self.window,
            "table": self.table,
            "unknown": self.unknown,
            "max_unknown": str(self.max_unknown),
        }


def rules_of(
    name: Name = "exact",
    *,
    window: int,
    table: int = 1,
    unknown: Unknown | None = None,
    max_unknown: str | None = None,
) -> Rules:
    """Rules with the choices of their set where nothing else is given.

    Parameters
    ----------
    max_unknown : str or None
        A decimal number from 0 to 1, which is taken exactly.

    Raises
    ------
    InputError
        If a value is none.
    """
    if window < LEAST_WINDOW:
        raise InputError(f"--window {window}: a chunk has at least {LEAST_WINDOW} bases")
    if table not in TABLES:
        known = ", ".join(map(str, TABLES))
        raise InputError(f"--table {table}: there are the genetic codes {known}")
    exact = name == "exact"
    return Rules(
        name=name,
        window=window,
        table=table,
        unknown=unknown or ("X" if exact else "drop"),
        max_unknown=_share(max_unknown or ("0.3" if exact else "1")),
    )


def _share(text: str) -> Fraction:
    try:
        share = Fraction(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError):
        share = Fraction(-1)
    if not 0 <= share <= 1:
        raise InputError(f"--max-unknown {text}: needs a number from 0 to 1, such as 0.3")
    return share
