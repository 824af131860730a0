"""One epoch: from files to batches, in the order that the seed decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from tiltyard.pipelines.reads.batch import Batch, joined_batches, linked_batches
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.files import Files, Reader
from tiltyard.pipelines.reads.parallel import Pool
from tiltyard.pipelines.reads.processing import KEPT, Kept, Steps, Worked
from tiltyard.pipelines.reads.report import Report
from tiltyard.pipelines.reads.shuffling import Shuffle
from tiltyard.pipelines.reads.steps.chain import Chain


@dataclass(frozen=True, kw_only=True)
class Shard:
    """Which reads are whose: by their number in the file, and the file's.

    Parameters
    ----------
    rank, world : int
        Of so many processes.
    worker, workers : int
        Of so many readers of one rank that read everything, as torch's do.
    unit : int
        Reads that stay together.
    """

    rank: int = 0
    world: int = 1
    worker: int = 0
    workers: int = 1
    unit: int = 1

    @property
    def whole(self) -> bool:
        """Whether all reads are of this one."""
        return self.world == 1 and self.workers == 1

    @property
    def number(self) -> int:
        """Number among all readers, on which the order of shuffling depends."""
        return self.rank * self.workers + self.worker

    def owns(self, batch: Batch) -> Kept:
        """Which reads are of this one."""
        number = batch.records // self.unit + batch.files
        owned: Kept = number % self.world == self.rank
        return owned & (number // self.world % self.workers == self.worker)

    def part(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The reads of this one."""
        for batch in batches:
            yield batch if self.whole else batch.take(self.owns(batch))


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What decides the reads of an epoch, and their order.

    Parameters
    ----------
    files : Files
    reader : Reader
    chain : Chain
    draws : Draws
        With the epoch's number.
    shard : Shard
    pair_rule : str
    shuffle_buffer : int
        Reads, or pairs, among which one is drawn; 0 and 1 keep the order.
    pool : Pool or None
        Where batches are worked on.
    apart : bool
        Whether the pool's workers are processes.
    ahead : int
        How many may wait there.
    """

    files: Files
    reader: Reader
    chain: Chain
    draws: Draws
    shard: Shard
    pair_rule: str = "any"
    shuffle_buffer: int = 0
    pool: Pool | None = None
    apart: bool = False
    ahead: int = 1

    def reads(self, report: Report) -> Iterator[Batch]:
        """All reads in their final order, in batches of any size."""
        batches = self._in_order(report)
        if self.shuffle_buffer <= 1:
            yield from batches
            return
        shuffle = Shuffle(self.shuffle_buffer, self.draws.seed, self.draws.epoch, self.shard.number)
        error: Exception | None = None
        try:
            for batch in batches:
                if (sent := shuffle.push(batch)) is not None:
                    yield sent
        except Exception as fault:  # it comes behind all that was whole before it
            error = fault
        if (rest := shuffle.finish()) is not None:
            yield rest
        if error is not None:
            raise error

    def _in_order(self, report: Report) -> Iterator[Batch]:
        """What the chain keeps, in the order of the files."""
        local, ordered = self.chain.local, self.chain.ordered
        names = [each.name for each in self.chain.labelled]
        work = Steps(local, self.reader.way, self.draws, self.pair_rule)
        finish = Steps(ordered, self.reader.way, self.draws, self.pair_rule, len(local))
        if finish.ended:
            return
        owned = self.shard.part(self.reader.batches(self.files, self.chain))
        has_quality: bool | None = None
        for worked in self._worked(work, owned):
            if ordered:
                worked = _composed(worked, finish(worked.batch))
            report.add(worked.reasons, names, worked.batch.bases)
            if len(worked.batch):
                has = worked.batch.qualities is not None
                if has_quality not in (None, has):
                    name = self.files.names()[int(worked.batch.files[0])]
                    raise InputError(
                        f"{name} has {'' if has else 'no '}qualities, unlike the files before "
                        "it; read FASTQ and FASTA apart"
                    )
                has_quality = has
                yield worked.batch
            if worked.ended:
                return

    def _worked(self, work: Steps, batches: Iterator[Batch]) -> Iterator[Worked]:
        from tiltyard.pipelines.reads.parallel import mapped

        if self.pool is None or not self.chain.local:
            return map(work, batches)
        if not self.apart:
            return mapped(work, batches, self.pool, self.ahead)
        from tiltyard.pipelines.reads.workers.tasks import Local, slim

        return mapped(Local(work), map(slim, batches), self.pool, self.ahead)

    def counts(self, world: int) -> list[int]:
        """How many reads each of `world` ranks keeps, counted in a pass over all files."""
        found = np.zeros(world, np.int64)
        work = Steps(self.chain.local, self.reader.way, self.draws, self.pair_rule)
        batches = self.reader.batches(self.files, self.chain)
        for worked in self._worked(work, batches):
            batch = worked.batch
            ranks = (batch.records // self.shard.unit + batch.files) % world
            found += np.bincount(ranks, minlength=world)
        return [int(count) for count in found]


def _composed(before: Worked, after: Worked) -> Worked:
    """Steps that followed others, as one."""
    reasons = before.reasons.copy()
    rows = np.flatnonzero(reasons == KEPT)
    reasons[rows[: len(after.reasons)]] = after.reasons
    if len(after.reasons) < len(rows):
        reasons = reasons[: rows[len(after.reasons) - 1] + 1 if len(after.reasons) else 0]
    return Worked(after.batch, reasons, after.ended)


def limited(batches: Iterable[Batch], most: int) -> Iterator[Batch]:
    """The first reads."""
    for batch in batches:
        if len(batch) >= most:
            yield batch.take(slice(0, most))
            return
        most -= len(batch)
        yield batch


def marked(batches: Iterable[Batch], repeated: bool) -> Iterator[Batch]:
    """The batches with whether their reads are repeated."""
    for batch in batches:
        yield replace(batch, repeated=np.full(len(batch), repeated))


def batched(batches: Iterable[Batch], size: int, drop_last: bool = False) -> Iterator[Batch]:
    """Batches of `size` reads or pairs; the last may have fewer, or is dropped.

    What is raised while reads come is raised behind the batch of those before it.
    """
    rest: list[Batch] = []
    held = 0
    error: Exception | None = None
    try:
        for batch in batches:
            place = 0
            while held + len(batch) - place >= size:
                rest.append(batch.take(slice(place, place + size - held)))
                yield linked_batches(rest)
                place += size - held
                rest, held = [], 0
            if place < len(batch):
                left = batch.take(slice(place, None))
                rest.append(left)
                held += len(left)
                if len(rest) % _PARTS == 0 and _keep_much_else(rest):
                    rest = [joined_batches(rest)]
    except Exception as fault:
        error = fault
    if rest and not drop_last:
        yield linked_batches(rest)
    if error is not None:
        raise error


#: Parts of a batch of which it is looked what they keep in memory; and how many times of their own
#: bytes that may be. Of a few reads of a chunk it is the whole chunk.
_PARTS, _MUCH = 16, 4


def _keep_much_else(parts: Iterable[Batch]) -> bool:
    """Whether buffers would be free for others if the reads were copied together."""
    own = held = 0
    for part in parts:
        for batch in (part, part.mate):
            if batch is not None:
                qualities = 0 if batch.qualities is None else batch.qualities.size
                own += batch.names.size + batch.sequences.size + qualities
                held += batch.names.held
    return held > _MUCH * own
