"""The work of a command: reads of its files through its chain."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tiltyard.pipelines import stages
from tiltyard.pipelines.reads.command.progress import bar
from tiltyard.pipelines.reads.faults import InputError
from tiltyard.pipelines.reads.files import Files, Reader, files_of
from tiltyard.pipelines.reads.implementations import implementation
from tiltyard.pipelines.reads.reading.chunks import CHUNK, SHARED
from tiltyard.pipelines.reads.report import Report
from tiltyard.pipelines.reads.rule.record import Reading

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.batch import Batch
    from tiltyard.pipelines.reads.parallel import Pool
    from tiltyard.pipelines.reads.steps.chain import Chain
    from tiltyard.pipelines.reads.steps.encoders import Encoder
    from tiltyard.pipelines.reads.workers.lending import Workers

#: Batches of a worker that wait for who writes them.
_AHEAD = 2


@dataclass(frozen=True, kw_only=True)
class Job:
    """Files, and how the work on them is done.

    Parameters
    ----------
    files : Files
    threads : int
        Workers, the main thread with them, from 1 on.
    backend : str
        What works on batches beside it: ``threads`` or ``processes``.
    way : str
        Name of an implementation.
    quiet : bool
    """

    files: Files
    threads: int = 1
    backend: str = "threads"
    way: str = "kernels"
    quiet: bool = False

    @property
    def helpers(self) -> int:
        """Workers besides the main thread."""
        return self.threads - 1

    @property
    def chunk(self) -> int:
        """Bytes of text that are looked through at once."""
        return SHARED if self.helpers else CHUNK

    def workers(self, work: object = True) -> Workers:
        """Those besides the main thread; none if there is no `work` for them."""
        from tiltyard.pipelines.reads.workers.lending import Workers

        return Workers(self.helpers if work else 0, self.backend, _AHEAD)


@dataclass(frozen=True, kw_only=True)
class Request(Job):
    """What a command was asked to do with files.

    Parameters
    ----------
    chain : Chain
    pair_rule : str
    seed, epoch : int
    """

    chain: Chain
    pair_rule: str = "any"
    seed: int = 0
    epoch: int = 0


def inputs_of(
    inputs: list[str],
    *,
    paired: bool,
    interleaved: bool,
    quality_offset: str,
    lenient_plus: bool,
    first_file: int = 0,
) -> Files:
    """The files that a command was given.

    Raises
    ------
    InputError
        If they cannot be what is said of them.
    """
    if paired and interleaved:
        raise InputError("--paired and --interleaved contradict each other: leave out one")
    if paired and len(inputs) % 2:
        raise InputError(f"--paired: files of pairs are R1 R2, and {len(inputs)} are named")
    reading = Reading(int(quality_offset), lenient_plus)
    if not paired:
        return files_of(inputs, interleaved=interleaved, reading=reading, first=first_file)
    twos = list(zip(inputs[::2], inputs[1::2], strict=True))
    return files_of(paired=twos, reading=reading, first=first_file)


def threads_of(text: str, backend: str = "threads", quiet: bool = False) -> int:
    """Number of workers: as asked for, as tuned for this machine, or its cores.

    Raises
    ------
    InputError
        If `text` is neither a number from 1 on nor ``auto``, or leaves no worker for `backend`.
    """
    if text == "auto":
        from tiltyard.engine.machine.room import available_room
        from tiltyard.pipelines.tuned import recall

        tuned = recall("reads")
        if tuned is None:
            return available_room().cores
        if not quiet:
            print(f"--threads auto: {tuned.words}", file=sys.stderr)
        return tuned.workers
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise InputError(f"--threads {text}: write a number from 1, or auto")
    if backend != "threads" and int(text) == 1:
        raise InputError(
            f"--backend {backend}: with --threads {text} there is no worker beside the thread that "
            "reads and writes; say --threads 2 or more"
        )
    return int(text)


@contextmanager
def reads_of(
    request: Request, report: Report, pool: Pool | None = None, encoder: Encoder | None = None
) -> Iterator[Iterator[Batch]]:
    """The reads that the chain keeps, in their order, with the arrays of `encoder` if there is one.

    The report has all counts behind the last. `pool` is of the request's workers.
    """
    from tiltyard.pipelines.reads.drawing import Draws
    from tiltyard.pipelines.reads.epoch import Epoch, Shard

    stages.begin("open")
    names = [*request.files.names()[request.files.first :]]
    if any(len(entry) == 2 for entry in request.files.entries):
        names += request.files.names(second_mate=True)[request.files.first :]
    report.pairs = request.files.paired
    workers = request.workers()
    with bar(names, request.quiet) as progress:
        reader = Reader(
            way=implementation(request.way),
            threads=request.helpers,
            chunk=request.chunk,
            warn=warner(report),
            progress=progress,
        )
        epoch = Epoch(
            files=request.files,
            reader=reader,
            chain=request.chain,
            draws=Draws(request.seed, request.epoch),
            shard=Shard(),
            pair_rule=request.pair_rule,
            pool=pool,
            apart=workers.apart,
            ahead=workers.ahead,
        )
        stages.begin("compute")
        batches = epoch.reads(report)
        if encoder is not None:
            batches = _encoded(batches, encoder, request, report, pool)
        yield batches


def _encoded(
    batches: Iterator[Batch], encoder: Encoder, request: Request, report: Report, pool: Pool | None
) -> Iterator[Batch]:
    """The batches with their arrays; the report counts what was cut."""
    from tiltyard.pipelines.reads.encoding import Encoding, Numbered
    from tiltyard.pipelines.reads.parallel import mapped

    names = (request.files.names(), request.files.names(second_mate=True))
    encoding = Encoding(encoder, implementation(request.way), request.seed, names)
    numbered = (Numbered(batch, request.epoch) for batch in batches)
    workers = request.workers()
    if pool is not None and workers.apart:
        from tiltyard.pipelines.reads.workers.tasks import encoded_in_groups

        found = encoded_in_groups(numbered, encoding, pool, workers.ahead)
    else:
        found = mapped(encoding, numbered, pool, workers.ahead)
    for batch in found:
        for mate in (batch, batch.mate):
            report.cut += mate.encoded.cut if mate is not None and mate.encoded else 0
        yield batch


def warner(report: Report) -> Callable[[str], None]:
    """The function that says a warning, and notes it in the report."""

    def warn(sentence: str) -> None:
        report.warnings.append(sentence)
        print(f"warning: {sentence}", file=sys.stderr)

    return warn


def conclude(report: Report, request: Request, path: Path | None) -> None:
    """Say on standard error what was read, kept and dropped, and write it as JSON."""
    if not request.quiet:
        print(report.words(), file=sys.stderr)
    if path is not None:
        from tiltyard.engine.files.atomic import write_text
        from tiltyard.engine.files.json import json_text

        asked = {
            "files": [list(map(str, entry)) for entry in request.files.entries],
            "first_file": request.files.first,
            "steps": [repr(step) for step in request.chain.steps],
            "pair_rule": request.pair_rule,
            "seed": request.seed,
            "epoch": request.epoch,
        }
        write_text(path, json_text(report.plain() | asked) + "\n")
    stages.begin("close")
