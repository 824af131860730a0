"""The random stream: 64 bits from a seed and a record's place, by SplitMix64's finaliser.

Sources: Steele, Lea & Flood (OOPSLA 2014); Fowler, Noll & Vo (FNV-1a).
"""

from __future__ import annotations

from dataclasses import dataclass

_MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
FIRST_FACTOR, SECOND_FACTOR = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_FNV_START, _FNV_FACTOR = 0xCBF29CE484222325, 0x100000001B3
#: What the labels of a pair's second mate end in.
SECOND_MATE = "/mate2"


def mix(value: int) -> int:
    """SplitMix64's finaliser."""
    value = ((value ^ (value >> 30)) * FIRST_FACTOR) & _MASK
    value = ((value ^ (value >> 27)) * SECOND_FACTOR) & _MASK
    return value ^ (value >> 31)


def hashed(label: str) -> int:
    """FNV-1a of 64 bits."""
    value = _FNV_START
    for byte in label.encode():
        value = ((value ^ byte) * _FNV_FACTOR) & _MASK
    return value


def key(*values: int) -> int:
    """One number from several, each of which decides it."""
    found = 0
    for value in values:
        found = mix((found + GOLDEN + value) & _MASK)
    return found


def word(key: int, number: int) -> int:
    """Draw of 64 bits."""
    return mix((key + (number + 1) * GOLDEN) & _MASK)


def half(key: int, number: int) -> int:
    """Draw of 32 bits: the low half of a word, then its high half."""
    return (word(key, number // 2) >> (32 * (number % 2))) & 0xFFFFFFFF


def below(key: int, number: int, count: int) -> int:
    """Draw from 0 to `count` - 1."""
    return ((word(key, number) >> 32) * count) >> 32


def limit(probability: float) -> int:
    """The number of 32 bits below which a draw has `probability`."""
    return int(probability * (1 << 32))


@dataclass(frozen=True)
class Place:
    """Where a record stands: what its draws depend on besides a step's label.

    Parameters
    ----------
    seed, epoch : int
    file : int
        Number of the file, or of the pair of files, from 0.
    record : int
        Number of the record, or of the pair, in the file, from 0.
    second_mate : bool
    """

    seed: int = 0
    epoch: int = 0
    file: int = 0
    record: int = 0
    second_mate: bool = False

    def key(self, label: str) -> int:
        """Key of the draws with a label."""
        label += SECOND_MATE if self.second_mate else ""
        return key(self.seed, self.epoch, hashed(label), self.file, self.record)
