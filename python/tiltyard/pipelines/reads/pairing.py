"""Batches of pairs, of two files or of one in which mates follow each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.batch import Batch, joined_batches
from tiltyard.pipelines.reads.faults import ReadError
from tiltyard.pipelines.reads.native.columns import Column
from tiltyard.pipelines.reads.native.loading import load
from tiltyard.pipelines.reads.rule.pairing import check_names, without_mate


class _Mates:
    """Records of one file that have not been paired yet."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self._batches = iter(batches)
        self.rest: Batch | None = None
        self.error: ReadError | None = None

    def fill(self) -> int:
        """Read on if there is nothing at hand; returns how many records there are."""
        while self.rest is None or not len(self.rest):
            try:
                self.rest = next(self._batches)
            except StopIteration:
                return 0
            except ReadError as error:
                self.error = error
                self._batches = iter(())
                return 0
        return len(self.rest)

    def take(self, count: int) -> Batch:
        """The next records."""
        assert self.rest is not None  # `fill` said that there are so many
        found, self.rest = self.rest.take(slice(0, count)), self.rest.take(slice(count, None))
        return found


def pair_batches(
    first: Iterable[Batch], second: Iterable[Batch], files: tuple[str, str]
) -> Iterator[Batch]:
    """Batches of first mates, with the second ones, of two files.

    Raises
    ------
    ReadError
        As `rule.pairing.pairs_of` does, after all whole pairs.
    """
    one, two = _Mates(first), _Mates(second)
    while True:
        has_one, has_two = one.fill(), two.fill()
        if has_one and has_two:
            count = min(has_one, has_two)
            mates = (one.take(count), two.take(count))
            yield from _checked(*mates, files[1], mates[1].records + 1)
            continue
        for mates_of, has in ((one, has_one), (two, has_two)):
            if not has and mates_of.error:
                raise mates_of.error
        if has_one or has_two:
            left, file = (one, files[0]) if has_one else (two, files[1])
            alone = left.take(1)
            raise without_mate(file, int(alone.records[0]) + 1, alone.record(0))
        return


def interleaved_batches(batches: Iterable[Batch], file: str) -> Iterator[Batch]:
    """The same of one file in which mates follow each other.

    Raises
    ------
    ReadError
        As `rule.pairing.interleaved` does, after all whole pairs.
    """
    rest: Batch | None = None
    error: ReadError | None = None
    left = iter(batches)
    while error is None:
        try:
            batch = next(left)
        except StopIteration:
            break
        except ReadError as fault:
            error = fault
            break
        if rest is not None and len(rest):
            places = [(each.lines, each.offsets) for each in (rest, batch)]
            batch = _with_places(joined_batches([rest, batch]), places)
        even = len(batch) - len(batch) % 2
        rest = batch.take(slice(even, None))
        pairs = batch.take(slice(0, even))
        mates = (pairs.take(slice(0, None, 2)), pairs.take(slice(1, None, 2)))
        own = mates[1].records + 1
        number = mates[0].records // 2
        mates = (replace(mates[0], records=number), replace(mates[1], records=number))
        if even:
            yield from _checked(*mates, file, own)
    if error is not None:
        raise error
    if rest is not None and len(rest):
        raise without_mate(file, int(rest.records[0]) + 1, rest.record(0))


def _with_places(
    batch: Batch,
    places: list[tuple[NDArray[np.int64] | None, NDArray[np.int64] | None]],
) -> Batch:
    """A joined batch with the places in the file that its parts had."""
    lines = np.concatenate([line for line, _ in places if line is not None])
    offsets = np.concatenate([offset for _, offset in places if offset is not None])
    return replace(batch, lines=lines, offsets=offsets)


def _checked(first: Batch, second: Batch, file: str, numbers: NDArray[np.int64]) -> Iterator[Batch]:
    """The pairs before the first whose names are not those of mates, then the error about it."""
    one, two = Column(first.names), Column(second.names)
    whole = load("first_unpaired")(*one.given, *two.given[:3])
    second = replace(second, second_mate=True, records=first.records)
    pairs = replace(first, mate=second)
    if whole == len(pairs):
        yield pairs
        return
    if whole:
        yield pairs.take(slice(0, whole))
    check_names(file, int(numbers[whole]), first.record(whole), second.record(whole))
