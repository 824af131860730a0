"""Filters: which reads are kept. L is a read's length, q a Phred quality."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.steps.checking import check_choice, check_number, check_whole

#: Highest Phred quality.
HIGHEST = 93
#: Error probabilities are compared as whole numbers of 2⁻⁴⁰.
UNIT = 1 << 40


def error_units(quality: float) -> int:
    """Error probability of a Phred quality, as a whole number of `UNIT`: ⌊2⁴⁰·10^(-q/10) + ½⌋."""
    return int(UNIT * 10 ** (-quality / 10) + 0.5)


#: `error_units` of each quality from 0.
ERRORS = tuple(map(error_units, range(HIGHEST + 1)))


def error_quality(units: int, bases: int) -> float:
    """Phred quality of the mean of error probabilities that add up to `units`; 0 of no bases."""
    return -10 * math.log10(units / UNIT / bases) if bases else 0.0


@dataclass(frozen=True)
class Filter:
    """A filter; `needs_quality` says that a FASTA cannot be filtered by it."""

    name: ClassVar[str]
    needs_quality: ClassVar[bool] = False


@dataclass(frozen=True)
class MeanArithmetic(Filter):
    """Keeps reads with Σq ≥ least·L: the arithmetic mean of Phred qualities.

    One bad base hardly lowers it; `MeanError` is what a read's number of errors follows.
    """

    least: float
    name = "mean_arithmetic"
    needs_quality = True

    def __post_init__(self) -> None:
        check_number("mean_arithmetic: the least quality", self.least, 0, HIGHEST)


@dataclass(frozen=True)
class MeanError(Filter):
    """Keeps reads whose mean error probability is at most that of the quality `least`.

    Sums and thresholds are whole numbers of 2⁻⁴⁰, so that no order of adding changes them.
    """

    least: float
    name = "mean_error"
    needs_quality = True

    def __post_init__(self) -> None:
        check_number("mean_error: the least quality", self.least, 0, HIGHEST)


@dataclass(frozen=True)
class MinBase(Filter):
    """Keeps reads of which every q ≥ least."""

    least: int
    name = "min_base"
    needs_quality = True

    def __post_init__(self) -> None:
        check_whole("min_base: the least quality", self.least, 0, HIGHEST)


@dataclass(frozen=True)
class Length(Filter):
    """Keeps reads with least ≤ L ≤ most; None for no bound above."""

    least: int = 0
    most: int | None = None
    name = "length"

    def __post_init__(self) -> None:
        check_whole("length: the least", self.least, 0)
        if self.most is not None:
            check_whole("length: the most", self.most, self.least)


@dataclass(frozen=True)
class MaxN(Filter):
    """Keeps reads with at most share·L letters N, or ``ambiguous`` ones: all but ACGTU."""

    share: float
    letters: str = "N"
    name = "max_n"

    def __post_init__(self) -> None:
        check_number("max_n: the share", self.share, 0, 1)
        check_choice("max_n: letters", self.letters, ("N", "ambiguous"))


@dataclass(frozen=True)
class Fraction(Filter):
    """Keeps a seeded share of the reads, the same ones in each epoch."""

    share: float
    name = "fraction"

    def __post_init__(self) -> None:
        check_number("fraction: the share", self.share, 0, 1)


@dataclass(frozen=True)
class Every(Filter):
    """Keeps each `n`-th read of a file, from its first on."""

    n: int
    name = "every"

    def __post_init__(self) -> None:
        check_whole("every: n", self.n, 1)


@dataclass(frozen=True)
class First(Filter):
    """Keeps the first `n` reads that arrive."""

    n: int
    name = "first"

    def __post_init__(self) -> None:
        check_whole("first: n", self.n, 0)


@dataclass(frozen=True)
class Dedup(Filter):
    """Keeps the first of reads with equal sequences."""

    ignore_case: bool = False
    name = "dedup"

    def __post_init__(self) -> None:
        if not isinstance(self.ignore_case, bool):
            raise InputError(f"dedup: ignore_case is {self.ignore_case!r}; give True or False")


FILTERS = (MeanArithmetic, MeanError, MinBase, Length, MaxN, Fraction, Every, First, Dedup)
#: Filters that depend on what came before, and so are applied where all is in order again.
ORDERED = (First, Dedup)
