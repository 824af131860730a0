"""Encoders: from letters to arrays. W is the width: that asked for, or the batch's longest read.

Ambiguous letters are all but ACGTU in either case, of proteins all but the twenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.steps.checking import check_choice, check_whole

AMINO_ACIDS = b"ACDEFGHIKLMNPQRSTVWY"
#: Letters that stand for several bases, as codes of ACGT; T and U are the same.
IUPAC = {
    b"R": (0, 2),
    b"Y": (1, 3),
    b"S": (1, 2),
    b"W": (0, 3),
    b"K": (2, 3),
    b"M": (0, 1),
    b"B": (1, 2, 3),
    b"D": (0, 2, 3),
    b"H": (0, 1, 3),
    b"V": (0, 1, 2),
    b"N": (0, 1, 2, 3),
}
#: Label of the draws that replace ambiguous letters.
LABEL = "ambiguous/0"


@dataclass(frozen=True)
class Encoder:
    """An encoder."""

    name: ClassVar[str]
    needs_quality: ClassVar[bool] = False


@dataclass(frozen=True)
class Padded(Encoder):
    """An encoder with a column a position: longer reads are cut, shorter ones padded."""

    def _check_width(self, width: int | None) -> None:
        if width is not None:
            check_whole(f"{self.name}: the width", width, 0)


@dataclass(frozen=True)
class OneHot(Padded):
    """A channel a base: (n, W, 4) or, ``channels="first"``, (n, 4, W).

    Parameters
    ----------
    width : int or None
    ambiguous : str
        ``zeros``; ``random``: a base that the seed decides; ``share``: equal parts of the bases
        that an IUPAC letter stands for, zeros for others; ``error``.
    dtype : str
        ``float32``, ``float16`` or ``uint8``.
    channels : str
        ``last`` or ``first``.
    alphabet : str
        ``dna``, in which U is T, or ``protein`` with the twenty channels of `AMINO_ACIDS`.
    """

    width: int | None = None
    ambiguous: str = "zeros"
    dtype: str = "float32"
    channels: str = "last"
    alphabet: str = "dna"
    name = "one_hot"

    def __post_init__(self) -> None:
        self._check_width(self.width)
        check_choice("one_hot: ambiguous", self.ambiguous, ("zeros", "random", "share", "error"))
        check_choice("one_hot: dtype", self.dtype, ("float32", "float16", "uint8"))
        check_choice("one_hot: channels", self.channels, ("last", "first"))
        check_choice("one_hot: alphabet", self.alphabet, ("dna", "protein"))
        if self.ambiguous == "share" and self.dtype == "uint8":
            raise InputError("one_hot: parts of bases do not fit uint8; give dtype='float16'")
        if self.ambiguous == "share" and self.alphabet == "protein":
            raise InputError("one_hot: letters stand for parts of bases in the alphabet dna only")

    @property
    def size(self) -> int:
        """Number of channels."""
        return 4 if self.alphabet == "dna" else len(AMINO_ACIDS)


@dataclass(frozen=True)
class Integer(Padded):
    """A code a base, int8 (n, W): A C G T/U are 0 to 3, padding -1.

    Ambiguous letters are 4, or an error with ``ambiguous="error"``.
    """

    width: int | None = None
    ambiguous: str = "code"
    name = "integer"

    def __post_init__(self) -> None:
        self._check_width(self.width)
        check_choice("integer: ambiguous", self.ambiguous, ("code", "error"))


@dataclass(frozen=True)
class Kmers(Encoder):
    """Counts of words of `k` letters, uint32 (n, columns); words with ambiguous letters are none.

    The column of a word is its number to base 4, the first letter slowest. ``canonical`` counts a
    word and its reverse complement together, at the smaller number; ``compact`` leaves out the
    columns that are then empty.
    """

    k: int
    canonical: bool = False
    compact: bool = False
    name = "kmers"

    def __post_init__(self) -> None:
        check_whole("kmers: k", self.k, 1, 12)
        if self.compact and not self.canonical:
            raise InputError("kmers: compact leaves out columns of canonical counts; give both")

    @property
    def columns(self) -> int:
        """Number of columns."""
        if not self.compact:
            return int(4**self.k)
        return int((4**self.k + (2**self.k if self.k % 2 == 0 else 0)) // 2)


@dataclass(frozen=True)
class Quality(Padded):
    """Phred qualities, int8 (n, W) with padding -1.

    With ``probability`` the error probabilities 10^(-q/10), float32 with padding 0.
    """

    width: int | None = None
    probability: bool = False
    name = "quality"
    needs_quality = True

    def __post_init__(self) -> None:
        self._check_width(self.width)


ENCODERS = (OneHot, Integer, Kmers, Quality)
