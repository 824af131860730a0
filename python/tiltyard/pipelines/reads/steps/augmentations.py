"""Augmentations: changes of reads that a seed decides, whatever the batch or the worker."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from tiltyard.pipelines.reads.steps.checking import check_choice, check_number, check_whole
from tiltyard.pipelines.reads.steps.filters import HIGHEST

#: Letters by code, in each alphabet.
ALPHABETS = {"dna": b"ACGT", "rna": b"ACGU"}
#: Most draws are compared with numbers of this many.
DRAWS = 1 << 32


@dataclass(frozen=True)
class Augmentation:
    """An augmentation; steps with the same `label` are numbered for their draws."""

    name: ClassVar[str]
    label: ClassVar[str]


@dataclass(frozen=True)
class Mutate(Augmentation):
    """Replaces each A, C, G, T or U, with `probability`, by one of the other three.

    Case is kept, all other letters too.
    """

    probability: float
    alphabet: str = "dna"
    name = label = "mutate"

    def __post_init__(self) -> None:
        check_number("mutate: the probability", self.probability, 0, 1)
        check_choice("mutate: alphabet", self.alphabet, tuple(ALPHABETS))


@dataclass(frozen=True)
class ReverseComplement(Augmentation):
    """Reverses a read with `probability`, and complements each IUPAC letter, case kept.

    U becomes A; in the alphabet ``rna`` A becomes U, and T becomes A. Qualities are reversed.
    """

    probability: float = 1.0
    alphabet: str = "dna"
    name = label = "reverse_complement"

    def __post_init__(self) -> None:
        check_number("reverse_complement: the probability", self.probability, 0, 1)
        check_choice("reverse_complement: alphabet", self.alphabet, tuple(ALPHABETS))


@dataclass(frozen=True)
class Window(Augmentation):
    """Cuts reads longer than `size` to that many letters, with their qualities.

    From the ``start``, the ``center``, the ``end``, or a ``random`` place.
    """

    size: int
    at: str = "start"
    name = label = "window"

    def __post_init__(self) -> None:
        check_whole("window: the size", self.size, 0)
        check_choice("window: at", self.at, ("start", "center", "end", "random"))


@dataclass(frozen=True)
class QualitySimulator(Augmentation):
    """Gives reads new qualities, also those that had none."""

    label = "quality"


@dataclass(frozen=True)
class Uniform(QualitySimulator):
    """Qualities from `least` to `most`, each as likely."""

    least: int
    most: int
    name = "uniform"

    def __post_init__(self) -> None:
        check_whole("uniform: the least quality", self.least, 0, HIGHEST)
        check_whole("uniform: the most", self.most, self.least, HIGHEST)


@dataclass(frozen=True)
class Normal(QualitySimulator):
    """Normally distributed qualities, rounded and clipped to 0-93."""

    mean: float
    deviation: float
    name = "normal"

    def __post_init__(self) -> None:
        check_number("normal: the mean", self.mean, 0, HIGHEST)
        check_number("normal: the standard deviation", self.deviation, 1e-3, HIGHEST)

    @cached_property
    def thresholds(self) -> tuple[int, ...]:
        """The quality is how many of these 93 are at most a draw of 32 bits."""
        return tuple(_tail(self.mean - q - 0.5, self.deviation) for q in range(HIGHEST))


@dataclass(frozen=True)
class Degrading(QualitySimulator):
    """Qualities whose mean goes from `first` to `last` along the read, with normal noise.

    The mean at position j of a read of L is ⌊first + (last - first)·j / max(L - 1, 1) + ½⌋.
    """

    first: float
    last: float
    deviation: float
    name = "degrading"

    def __post_init__(self) -> None:
        check_number("degrading: the first mean", self.first, 0, HIGHEST)
        check_number("degrading: the last mean", self.last, 0, HIGHEST)
        check_number("degrading: the standard deviation", self.deviation, 1e-3, HIGHEST)

    @cached_property
    def thresholds(self) -> tuple[int, ...]:
        """The noise is how many of these 186 are at most a draw of 32 bits, minus 93."""
        return tuple(_tail(HIGHEST - 0.5 - n, self.deviation) for n in range(2 * HIGHEST))


def _tail(value: float, deviation: float) -> int:
    """Share of draws of 32 bits of a normal variable above `value`, as a number of draws."""
    return int(DRAWS * 0.5 * math.erfc(value / (deviation * math.sqrt(2))))


def high() -> Normal:
    """Qualities of a good run: mean 37, standard deviation 2."""
    return Normal(37, 2)


def medium() -> Normal:
    """Qualities of a middling run: mean 28, standard deviation 5."""
    return Normal(28, 5)
