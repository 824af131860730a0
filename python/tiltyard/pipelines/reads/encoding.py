"""The arrays of a stream's batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.encoded import Encoded
from tiltyard.pipelines.reads.implementations.contract import Implementation
from tiltyard.pipelines.reads.steps.encoders import Encoder

#: Arrays of a batch, and those of its mates.
Arrays = tuple[Encoded, Encoded | None]


class Numbered(NamedTuple):
    """A batch, and the epoch that its draws depend on."""

    batch: Batch
    epoch: int


@dataclass(frozen=True)
class Encoding:
    """Gives batches their arrays.

    Parameters
    ----------
    encoder : Encoder or None
    way : Implementation
    seed : int
    names : tuple of list of str
        Names of files for messages, and of those of second mates.
    """

    encoder: Encoder | None
    way: Implementation
    seed: int
    names: tuple[list[str], list[str]]

    def __call__(self, given: Numbered) -> Batch:
        """The batch with its arrays, if an encoder makes any."""
        if self.encoder is None:
            return given.batch
        return with_arrays(given.batch, self.arrays(given.batch, given.epoch))

    def arrays(self, batch: Batch, epoch: int) -> Arrays:
        """What the encoder makes of a batch.

        Raises
        ------
        LetterError
            At the first ambiguous letter, if the encoder takes none.
        """
        assert self.encoder is not None
        draws = Draws(self.seed, epoch)
        found = [
            self.way.encoded(self.encoder, each, draws, self.names[each.second_mate])
            for each in (batch, batch.mate)
            if each is not None
        ]
        if batch.repeated is not None:
            for each in found:
                each.mask[batch.repeated] = False
        return found[0], found[1] if len(found) == 2 else None


def with_arrays(batch: Batch, arrays: Arrays) -> Batch:
    """The batch with its arrays, and its mates with theirs."""
    encoded, of_mate = arrays
    mate = batch.mate
    if mate is not None and of_mate is not None:
        mate = mate.with_encoded(of_mate, None)
    return batch.with_encoded(encoded, mate)


def groups_of(batches: Iterable[Numbered], reads: int) -> Iterator[list[Numbered]]:
    """Batches of an epoch that follow each other, of about so many reads together.

    What is raised while batches come is raised behind those before it.
    """
    group: list[Numbered] = []
    held = 0
    error: Exception | None = None
    try:
        for each in batches:
            if group and (held + len(each.batch) > reads or each.epoch != group[0].epoch):
                yield group
                group, held = [], 0
            group.append(each)
            held += len(each.batch)
    except Exception as fault:
        error = fault
    if group:
        yield group
    if error is not None:
        raise error


def part_of(encoded: Encoded, rows: slice) -> Encoded:
    """Rows of arrays in which no read was cut."""
    return encoded.part(rows)


def sizes_of(group: Sequence[Numbered]) -> tuple[int, ...]:
    """Reads of each batch."""
    return tuple(len(each.batch) for each in group)
