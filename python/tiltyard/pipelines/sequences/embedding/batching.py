"""Which sequences a model is given at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.sequences.faults import InputError

Sort = Literal["none", "length"]
_WORDS = re.compile(r"count:([1-9]\d*)|budget:([1-9]\d*)(?::([1-9]\d*))?")


@dataclass(frozen=True)
class Batching:
    """How sequences are put together.

    Parameters
    ----------
    sort : {"none", "length"}
        In their order, or the longest first, those of equal length in their order.
    count : int or None
        Most sequences of a batch.
    budget : int or None
        Most tokens of a batch with its padding. A longer sequence is a batch alone.
    """

    sort: Sort = "length"
    count: int | None = None
    budget: int | None = None

    @property
    def words(self) -> str:
        """As it is written: ``length budget:1024``."""
        if self.budget is None:
            return f"{self.sort} count:{self.count}"
        return f"{self.sort} budget:{self.budget}" + (f":{self.count}" if self.count else "")


def batching_of(batch: str, sort: Sort) -> Batching:
    """Batches as they are asked for: ``count:32``, ``budget:1024`` or ``budget:1024:64``.

    Raises
    ------
    InputError
        If it is neither.
    """
    match = _WORDS.fullmatch(batch)
    if match is None:
        raise InputError(
            f"--batch {batch}: write count:N, or budget:TOKENS, or budget:TOKENS:N, as budget:1024"
        )
    count, budget, also = match.groups()
    if count:
        return Batching(sort, int(count))
    return Batching(sort, int(also) if also else None, int(budget))


def batches(lengths: Sequence[int] | NDArray[np.int64], batching: Batching) -> list[list[int]]:
    """Places of the sequences of each batch, taken greedily.

    Parameters
    ----------
    lengths : sequence of int
        Tokens of each sequence.
    """
    order: Sequence[int] = range(len(lengths))
    if batching.sort == "length":
        order = sorted(order, key=lambda place: -lengths[place])
    found: list[list[int]] = []
    own: list[int] = []
    longest = 0
    for place in order:
        grown = max(longest, int(lengths[place]))
        full = batching.count is not None and len(own) >= batching.count
        dear = batching.budget is not None and (len(own) + 1) * grown > batching.budget
        if own and (full or dear):
            found.append(own)
            own, grown = [], int(lengths[place])
        own.append(place)
        longest = grown
    return [*found, own] if own else found


def padded_tokens(lengths: Sequence[int], found: Sequence[Sequence[int]]) -> int:
    """Tokens that the model sees, with those that fill up."""
    return sum(len(own) * max(lengths[place] for place in own) for own in found)
