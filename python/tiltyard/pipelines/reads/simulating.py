"""Made reads: binned qualities, some poor reads, some letters N, names as sequencers write them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.texts import Texts
from tiltyard.pipelines.reads.vectorised.letters import texts_of

#: Reads that are made at once.
_PART = 20_000
#: Qualities of a base, and how often each comes.
_BINS, _SHARES = (37, 25, 11, 2), (0.85, 0.08, 0.05, 0.02)
#: Share of letters N, and of reads whose qualities are all lower.
_N, _POOR = 0.001, 0.15
_LEAST, _MOST = 2, 41
#: Standard deviation of the logarithm of long reads' lengths.
_SPREAD = 0.7


def made_reads(
    count: int,
    length: int,
    rng: np.random.Generator,
    *,
    spread: bool = False,
    mate: str = "1",
) -> Iterator[Batch]:
    """Batches of made reads; the same for the same generator.

    Parameters
    ----------
    count : int
    length : int
        Letters of each read; of reads that `spread` the median.
    rng : numpy.random.Generator
    spread : bool
        Whether lengths are log-normal, as those of long reads.
    mate : str
        Number of the mate, in the names.
    """
    for first in range(0, count, _PART):
        size = min(_PART, count - first)
        lengths = np.full(size, length, np.int64)
        if spread:
            drawn = np.exp(rng.normal(np.log(length), _SPREAD, size))
            lengths = np.maximum(drawn.astype(np.int64), 1)
        numbers = np.arange(first, first + size)
        names = [_name(number, mate) for number in numbers.tolist()]
        total = int(lengths.sum())
        letters = np.frombuffer(b"ACGT", np.uint8)[rng.integers(0, 4, total)]
        letters[rng.random(total) < _N] = ord("N")
        yield Batch(
            Texts.of(names),
            texts_of(letters, lengths),
            texts_of(_qualities(lengths, rng), lengths),
            np.zeros(size, np.int64),
            numbers,
        )


def _name(number: int, mate: str) -> bytes:
    lane, tile, tower = number % 8 + 1, number % 3, 1101 + number % 40
    place = 1000 + number * 7919 % 20_000
    return f"M0:{lane}:FC:{tile}:{tower}:{place}:{number} {mate}:N:0:ACGT".encode("ascii")


def _qualities(lengths: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
    values = rng.choice(np.array(_BINS), int(lengths.sum()), p=_SHARES)
    less = np.where(rng.random(len(lengths)) < _POOR, rng.integers(5, 25, len(lengths)), 0)
    values = np.clip(values - np.repeat(less, lengths), _LEAST, _MOST)
    return (values + 33).astype(np.uint8)
