"""Draws of many records at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.rule.drawing import (
    FIRST_FACTOR,
    GOLDEN,
    SECOND_FACTOR,
    SECOND_MATE,
    Place,
    hashed,
    key,
)

_GOLDEN = np.uint64(GOLDEN)
_FIRST, _SECOND = np.uint64(FIRST_FACTOR), np.uint64(SECOND_FACTOR)
_HALF = np.uint64(32)


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser of each number."""
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))


def words(keys: NDArray[np.uint64], numbers: NDArray[np.int64] | int) -> NDArray[np.uint64]:
    """Draws of 64 bits."""
    counts = np.asarray(numbers, np.int64).astype(np.uint64) + np.uint64(1)
    return mixed(keys + counts * _GOLDEN)


def halves(keys: NDArray[np.uint64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Draws of 32 bits."""
    drawn = words(keys, numbers // 2)
    drawn = np.where(numbers % 2 == 1, drawn >> _HALF, drawn & np.uint64(0xFFFFFFFF))
    return drawn.astype(np.int64)


def below(
    keys: NDArray[np.uint64], numbers: NDArray[np.int64] | int, counts: NDArray[np.int64] | int
) -> NDArray[np.int64]:
    """Draws from 0 to `counts` - 1."""
    drawn = words(keys, numbers) >> _HALF
    return ((drawn * np.asarray(counts).astype(np.uint64)) >> _HALF).astype(np.int64)


def signed(value: int) -> int:
    """The number with a sign that has the same 64 bits, as compiled code takes it."""
    return value - (1 << 64) if value >> 63 else value


def one_file(batch: Batch) -> bool:
    """Whether all reads, at least one, are of one file."""
    files = batch.files
    return len(files) > 0 and bool((files == files[0]).all())


@dataclass(frozen=True)
class Draws:
    """What all draws of a run depend on.

    Parameters
    ----------
    seed, epoch : int
    """

    seed: int = 0
    epoch: int = 0

    def keys(
        self, batch: Batch, label: str, *, epoch: int | None = None, mates_differ: bool = True
    ) -> NDArray[np.uint64]:
        """Keys of each read's draws with a label."""
        root = np.uint64(self.root(batch, label, epoch=epoch, mates_differ=mates_differ))
        files = batch.files[:1] if one_file(batch) else batch.files
        found = mixed(root + files.astype(np.uint64)) + _GOLDEN
        return mixed(found + batch.records.astype(np.uint64))

    def root(
        self, batch: Batch, label: str, *, epoch: int | None = None, mates_differ: bool = True
    ) -> int:
        """What the keys of all reads with a label begin with, from 0 to 2⁶⁴ - 1."""
        label += SECOND_MATE if batch.second_mate and mates_differ else ""
        epoch = self.epoch if epoch is None else epoch
        return (key(self.seed, epoch, hashed(label)) + GOLDEN) % (1 << 64)

    def place(self, batch: Batch, row: int) -> Place:
        """Where one read stands."""
        return Place(
            self.seed,
            self.epoch,
            int(batch.files[row]),
            int(batch.records[row]),
            batch.second_mate,
        )
