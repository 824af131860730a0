"""Reads of files as batches, in an order that a seed decides, epoch after epoch."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

from tiltyard.pipelines.reads import implementations
from tiltyard.pipelines.reads.batch import Batch
from tiltyard.pipelines.reads.drawing import Draws
from tiltyard.pipelines.reads.encoding import Encoding, Numbered
from tiltyard.pipelines.reads.epoch import Epoch, Shard, batched, limited, marked
from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.files import File, Reader, files_of
from tiltyard.pipelines.reads.identity import digests, is_pipe
from tiltyard.pipelines.reads.parallel import Pool, ahead_of, mapped
from tiltyard.pipelines.reads.reading.chunks import CHUNK, SHARED
from tiltyard.pipelines.reads.report import Report
from tiltyard.pipelines.reads.rule.record import Reading
from tiltyard.pipelines.reads.settings import (
    Order,
    check_settings,
    plain_settings,
    refuse_ordered,
)
from tiltyard.pipelines.reads.steps.chain import Step, chain_of
from tiltyard.pipelines.reads.steps.checking import check_choice, check_whole
from tiltyard.pipelines.reads.steps.encoders import Encoder
from tiltyard.pipelines.reads.workers.lending import (
    KINDS,
    THREADS,
    Workers,
    check_kind,
)


class FastqStream:
    """Batches of the reads of FASTQ, FASTA and unaligned BAM files; iterate over it.

    What it gives, and in which order, is decided by the files, the settings, the seed and the
    epoch, and neither by `workers`, `worker_kind`, `prefetch`, `threads` nor, if batches are put
    together, by `batch_size`.

    Parameters
    ----------
    files : file or sequence of file
        Paths, "-" for standard input, or open binary files; compressed or not.
    chain : sequence of str, step or callable
        Filters and augmentations in their order, as ``["mean_error(20)", "mutate(0.1)"]``. A
        function of a `Batch` gives an array of bool, what is kept, or the batch changed.
    encode : str, Encoder or None
        As ``one_hot``; the arrays are then in `Batch.tensor` and `Batch.mask`.
    paired : sequence
        In place of `files`: the two files of pairs, or several of such pairs.
    interleaved : bool
        Whether mates follow each other in `files`.
    pair_rule : str
        Which pairs fall: ``any``, when either mate is refused; ``both``; ``1`` or ``2``.
    batch_size : int
        Reads, or pairs, of a batch.
    drop_last : bool
        Whether a last batch of fewer is left out.
    shuffle_buffer : int
        Reads among which the next one is drawn; 0 and 1 keep the order of the files.
    seed, epoch : int
        See `set_epoch`.
    rank, world, unit : int
        Of so many processes this one has every `world`-th group of `unit` reads.
    steps : int or None
        Exactly so many batches on each rank, going on in the next epoch.
    even : str or None
        So that all ranks have as many reads: ``drop`` what is too much, or ``repeat`` from a
        rank's own start. Reads are counted in a pass before.
    workers : int
        How many work on batches, while this process reads; 0 for none.
    worker_kind : str
        What they are. ``threads``: compiled code lets others run beside it. ``processes``: for
        functions in Python, and beside a consumer in Python; they are started as
        `multiprocessing` is set to, and batches are handed over in shared memory. ``pipes``: as
        those, but batches go through pipes, as many libraries do it; for comparison.
    prefetch : int
        Tasks of each worker that wait for who needs them: chunks of the text, and batches.
    persistent : bool
        Whether worker processes are kept for the next epoch, until `close`.
    threads : int
        Threads that inflate.
    quality_offset : int
        33 or 64.
    lenient_plus : bool
        Whether names behind ``+`` may be others.
    first_file : int
        Number of the first file.
    implementation : str
        ``kernels``, ``numpy-batch``, ``numpy-record`` or ``reference``: all give the same.
    chunk : int or None
        Bytes of text that are looked through at once; None chooses.

    Attributes
    ----------
    report : Report
        Of the epoch that is iterated over, or was last.

    Raises
    ------
    InputError
        If something cannot be done as asked.
    """

    def __init__(
        self,
        files: File | Sequence[File] | None = None,
        chain: Sequence[Step | str] = (),
        encode: Encoder | str | None = None,
        *,
        paired: Sequence[Any] | None = None,
        interleaved: bool = False,
        pair_rule: str = "any",
        batch_size: int = 4096,
        drop_last: bool = False,
        shuffle_buffer: int = 0,
        seed: int = 0,
        epoch: int = 0,
        rank: int = 0,
        world: int = 1,
        unit: int = 1,
        steps: int | None = None,
        even: str | None = None,
        workers: int = 0,
        worker_kind: str = THREADS,
        prefetch: int = 2,
        persistent: bool = False,
        threads: int = 1,
        quality_offset: int = 33,
        lenient_plus: bool = False,
        first_file: int = 0,
        implementation: str = "kernels",
        chunk: int | None = None,
    ) -> None:
        if chunk is None:
            chunk = SHARED if workers else CHUNK
        order = Order(
            batch_size=batch_size,
            drop_last=drop_last,
            shuffle_buffer=shuffle_buffer,
            seed=seed,
            rank=rank,
            world=world,
            unit=unit,
            steps=steps,
            even=even,
            pair_rule=pair_rule,
        )
        for what, value, least in (
            ("epoch", epoch, 0),
            ("workers", workers, 0),
            ("prefetch", prefetch, 1),
            ("threads", threads, 0),
            ("first_file", first_file, 0),
            ("chunk", chunk, 1),
        ):
            check_whole(what, value, least)
        check_choice("quality_offset", quality_offset, (33, 64))
        check_choice("worker_kind", worker_kind, KINDS)
        check_kind(workers, worker_kind, persistent)
        self._files = files_of(
            files,
            paired=paired,
            interleaved=interleaved,
            reading=Reading(quality_offset, lenient_plus),
            first=first_file,
        )
        self._chain = chain_of(chain, encode)
        self._shard = Shard(rank=rank, world=world, unit=unit)
        self._order = order
        if world > 1:
            refuse_ordered(self._chain, "world is more than 1")
        self._names = (self._files.names(), self._files.names(second_mate=True))
        self._epoch = epoch
        self._workers = Workers(workers, worker_kind, prefetch, persistent)
        weakref.finalize(self, self._workers.close)
        self._reader = Reader(
            way=implementations.implementation(implementation),
            threads=threads,
            chunk=chunk,
            warn=self._warn,
        )
        self._workers.check(self._encoding, *self._chain.steps)
        self._given = 0
        self._skipped = 0
        self._begun = False
        self.report = Report(pairs=self._files.paired)

    @property
    def epoch(self) -> int:
        """Number of the epoch that the next iteration begins with."""
        return self._epoch

    def set_epoch(self, epoch: int) -> None:
        """Begin with this epoch: it changes augmentations and the order, and what is read not.

        In the epoch of a state that was just loaded the place in it is kept.
        """
        check_whole("epoch", epoch, 0)
        if epoch != self._epoch or not self._skipped:
            self._epoch, self._skipped, self._given = epoch, 0, 0

    def skip(self, batches: int) -> None:
        """Begin behind so many batches of the epoch, which are read and not given."""
        check_whole("batches", batches, 0)
        self._skipped = self._given = batches

    def _warn(self, sentence: str) -> None:
        if sentence not in self.report.warnings:
            self.report.warnings.append(sentence)
            warnings.warn(sentence, stacklevel=2)

    def __iter__(self) -> Iterator[Batch]:
        if self._begun and any(is_pipe(file) for entry in self._files.entries for file in entry):
            raise InputError("a pipe can be read once; make a new stream, or read a file")
        self._begun = True
        skipped, self._skipped = self._skipped, 0
        self._given = skipped
        self.report = Report(pairs=self._files.paired)
        with ExitStack() as ended:
            pool = ended.enter_context(self._workers.lent())
            batches = self._batches(pool)
            for _ in range(skipped):
                if next(batches, None) is None:
                    if self._shard.workers > 1:  # others of this rank had more
                        return
                    raise InputError(f"the state is behind {skipped} batches, and there are fewer")
            encoded = self._encoded(batches, pool)
            if pool is not None:
                encoded = ahead_of(encoded, self._workers.ahead, getattr(pool, "interrupt", None))
            ended.enter_context(closing(encoded))
            for batch in encoded:
                self._given += 1
                for mate in (batch, batch.mate):
                    if mate is not None and mate.encoded is not None:
                        self.report.cut += mate.encoded.cut
                yield batch

    def close(self) -> None:
        """End worker processes that are kept; a further epoch starts new ones."""
        self._workers.close()

    def _batches(self, pool: Pool | None) -> Iterator[Numbered]:
        """Batches, not yet encoded, each with its epoch."""
        size, steps = self._order.batch_size, self._order.steps
        if steps is None:
            if self._shard.world > 1 and not self._order.even:
                self._warn(
                    "ranks may have different numbers of batches; give steps=, or even='drop' or "
                    "'repeat', if they wait for each other"
                )
            reads = self._evened(self._of(self._epoch, pool))
            for batch in batched(reads, size, self._order.drop_last):
                yield Numbered(batch, self._epoch)
            return
        epoch, left = self._epoch, steps
        while left:
            before = left
            reads = self._of(epoch, pool).reads(self.report)
            for batch in batched(reads, size, self._order.drop_last):
                yield Numbered(batch, epoch)
                left -= 1
                if not left:
                    return
            if left == before:
                raise InputError(f"epoch {epoch} has no batch for rank {self._shard.rank}")
            epoch += 1

    def _of(self, epoch: int, pool: Pool | None) -> Epoch:
        return Epoch(
            files=self._files,
            reader=self._reader,
            chain=self._chain,
            draws=Draws(self._order.seed, epoch),
            shard=self._shard,
            pair_rule=self._order.pair_rule,
            shuffle_buffer=self._order.shuffle_buffer,
            pool=pool,
            apart=self._workers.apart,
            ahead=self._workers.ahead,
        )

    def _evened(self, epoch: Epoch) -> Iterator[Batch]:
        """Reads in their final order, as many on all ranks if that is asked for."""
        even = self._order.even
        if even is None:
            yield from epoch.reads(self.report)
            return
        if any(is_pipe(file) for entry in self._files.entries for file in entry):
            raise InputError("even counts reads in a pass before, and a pipe can be read once")
        counts = epoch.counts(self._shard.world)
        if 0 in counts:
            raise InputError(f"rank {counts.index(0)} of {len(counts)} has no reads")
        own = counts[self._shard.rank]
        if even == "drop":
            yield from limited(epoch.reads(self.report), min(counts))
            return
        yield from marked(epoch.reads(self.report), False)
        left = max(counts) - own
        while left > 0:
            yield from marked(limited(epoch.reads(Report()), left), True)
            left -= own

    def _encoded(
        self, batches: Iterator[Numbered], pool: Pool | None
    ) -> Generator[Batch, None, None]:
        """The batches with their arrays."""
        encoding = self._encoding
        if self._workers.apart and pool is not None:
            from tiltyard.pipelines.reads.workers.tasks import encoded_in_groups

            yield from encoded_in_groups(batches, encoding, pool, self._workers.ahead)
        else:
            yield from mapped(encoding, batches, pool, self._workers.ahead)

    @property
    def _encoding(self) -> Encoding:
        return Encoding(self._chain.encoder, self._reader.way, self._order.seed, self._names)

    def state_dict(self) -> dict[str, Any]:
        """Where it is: plain values, for `load_state_dict` of one with the same settings.

        Raises
        ------
        InputError
            If it reads a pipe, which cannot be read again.
        """
        return {
            "version": 1,
            "epoch": self._epoch,
            "batches": self._given,
            "settings": plain_settings(self._order, self._chain, self._files),
            "files": digests(self._files),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on with the batch behind those that were given before `state_dict`.

        Raises
        ------
        InputError
            If a setting or a file is another one, which is named.
        """
        if state.get("version") != 1:
            raise InputError(f"the state has the version {state.get('version')!r}, and not 1")
        settings = plain_settings(self._order, self._chain, self._files)
        check_settings(settings, state["settings"])
        now = digests(self._files)
        if now != state["files"]:
            changed = [name for name in now if now[name] != state["files"].get(name)]
            named = ", ".join(changed or state["files"])
            raise InputError(f"files are not those of the state: {named}")
        self._epoch = int(state["epoch"])
        self._skipped = self._given = int(state["batches"])

    def torch(self) -> Any:
        """The same as an `IterableDataset` of torch, for its `DataLoader` with `batch_size=None`.

        Raises
        ------
        MissingPackage
            If torch is not installed.
        """
        from tiltyard.pipelines.reads.torch import dataset_of

        return dataset_of(self)

    def for_worker(self, worker: int, workers: int) -> FastqStream:
        """The stream of one of several readers of this rank, each of which reads everything.

        Raises
        ------
        InputError
            If its reads depend on those of the others.
        """
        if workers == 1:
            return self
        refuse_ordered(self._chain, f"there are {workers} readers")
        if self._order.even:
            raise InputError(
                f"even counts reads of ranks, not of {workers} readers of one; give steps="
            )
        found = object.__new__(FastqStream)
        vars(found).update(vars(self))
        found._shard = replace(self._shard, worker=worker, workers=workers)
        found._reader = replace(self._reader, warn=found._warn)
        steps = self._order.steps
        if steps is not None:
            own = steps // workers + (worker < steps % workers)
            found._order = replace(self._order, steps=own)
        return found
