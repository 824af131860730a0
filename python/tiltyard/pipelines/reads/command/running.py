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
from tiltyard.pipelines.reads.report import Report
from tiltyard.pipelines.reads.rule.record import Reading

if TYPE_CHECKING:
    from tiltyard.pipelines.reads.batch import Batch
    from tiltyard.pipelines.reads.steps.chain import Chain

#: Batches of a thread that wait for who writes them.
_AHEAD = 2


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a command was asked for.

    Parameters
    ----------
    files : Files
    chain : Chain
    pair_rule : str
    seed, epoch : int
    threads : int
        Of all kinds, from 1 on.
    way : str
        Name of an implementation.
    quiet : bool
    """

    files: Files
    chain: Chain
    pair_rule: str = "any"
    seed: int = 0
    epoch: int = 0
    threads: int = 1
    way: str = "kernels"
    quiet: bool = False

    @property
    def helpers(self) -> int:
        """Threads besides the main one."""
        return self.threads - 1


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


def threads_of(text: str) -> int:
    """Number of threads.

    Raises
    ------
    InputError
        If `text` is neither a number from 1 on nor ``auto``.
    """
    if text == "auto":
        from tiltyard.engine.machine.room import available_room

        return available_room().cores
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise InputError(f"--threads {text}: write a number from 1, or auto")
    return int(text)


@contextmanager
def reads_of(request: Request, report: Report) -> Iterator[Iterator[Batch]]:
    """The reads that the chain keeps, in their order; the report has all counts behind the last."""
    from concurrent.futures import ThreadPoolExecutor

    from tiltyard.pipelines.reads.drawing import Draws
    from tiltyard.pipelines.reads.epoch import Epoch, Shard

    stages.begin("open")
    names = [*request.files.names()[request.files.first :]]
    if any(len(entry) == 2 for entry in request.files.entries):
        names += request.files.names(second_mate=True)[request.files.first :]
    report.pairs = request.files.paired
    pool = ThreadPoolExecutor(request.helpers) if request.helpers and request.chain.local else None
    try:
        with bar(names, request.quiet) as progress:
            reader = Reader(
                way=implementation(request.way),
                threads=request.helpers,
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
                ahead=_AHEAD * request.threads,
            )
            stages.begin("compute")
            yield epoch.reads(report)
    finally:
        if pool is not None:
            pool.shutdown()


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
