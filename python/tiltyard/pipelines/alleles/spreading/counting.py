"""Counting of files, spread over workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from tiltyard.pipelines import stages
from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import Counts, Site
from tiltyard.pipelines.alleles.implementations import implementation
from tiltyard.pipelines.alleles.merging import merged, nothing
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.spreading.blocks import units
from tiltyard.pipelines.alleles.spreading.spread import BLOCK, FILE, SERIAL, Spread
from tiltyard.pipelines.alleles.spreading.workers import Given, Parts, Submit, workers

if TYPE_CHECKING:
    from concurrent.futures import Future

#: Implementation of CRAM files, where the chosen one cannot read them.
FOR_CRAM = "arrays"
#: Tasks that are handed out for each worker, so that none waits for the next one.
_AHEAD = 4

#: Function of the number of sites, over all files, that are counted, and of all of them.
Progress = Callable[[int, int], None]


class Task(NamedTuple):
    """What a worker takes: blocks of a file, each with the number of its first site."""

    file: int
    parts: Parts

    @property
    def sites(self) -> int:
        return sum(len(sites) for _, sites in self.parts)


def count_files(
    files: Sequence[tuple[Alignment, Sequence[Site]]],
    options: Options,
    spread: Spread,
    progress: Progress | None = None,
) -> Iterator[tuple[int, Counts]]:
    """Yield the number and the counts of each file, as soon as they are complete.

    Parameters
    ----------
    files : sequence
        Checked files, each with its distinct sites from `sites.sites_of`.
    options : Options
    spread : Spread
        Decides nothing but how long it takes, and the order of the files.
    progress : callable, optional
        `Progress`; called after each block, or each file where workers take whole files.

    Raises
    ------
    InputError
        A file is damaged, or its reads are not sorted.
    WorkerDied
        A worker process was killed.
    """
    alignments = [alignment for alignment, _ in files]
    names = [used(spread.implementation, alignment) for alignment in alignments]
    stages.begin("compile")
    for name in sorted(set(names)):
        prepare = implementation(name).prepare
        if prepare is not None:
            prepare()
    stages.begin("compute")
    given = Given(alignments, names, options)
    report = _Report(progress, sum(len(sites) for _, sites in files))
    plan = [
        (number, _parts(alignment, sites, names[number], spread))
        for number, (alignment, sites) in enumerate(files)
    ]
    if spread.backend == SERIAL:
        yield from _serial(plan, given, report)
        return
    with workers(spread, given) as submit:
        for wave in _waves(plan, spread.level):
            yield from _spread_out(wave, given, submit, report, _AHEAD * spread.workers)


def used(name: str, alignment: Alignment) -> str:
    """Name of the implementation that counts a file where `name` is chosen."""
    return FOR_CRAM if alignment.cram and not implementation(name).cram else name


class _Report:
    """Tells how far the work is."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress = progress
        self.total = total
        self.done = 0

    def add(self, sites: int) -> None:
        self.done += sites
        if self.progress is not None:
            self.progress(self.done, self.total)


def _parts(alignment: Alignment, sites: Sequence[Site], name: str, spread: Spread) -> Parts:
    cuts = units(alignment, sites, implementation(name), spread)
    return [(cut.first, sites[cut.first : cut.end]) for cut in cuts]


def _serial(
    plan: Sequence[tuple[int, Parts]], given: Given, report: _Report
) -> Iterator[tuple[int, Counts]]:
    for file, parts in plan:
        found = [(0, nothing(given.alignments[file], given.options))]
        for part in parts:
            found.append((0, given.count(file, [part])))
            report.add(len(part[1]))
        yield file, merged(found)


def _waves(plan: Sequence[tuple[int, Parts]], level: str) -> Iterator[list[tuple[int, list[Task]]]]:
    """Tasks by file; those of a wave are worked on at once, one wave after another."""
    tasks = [
        (file, [Task(file, parts)] if level == FILE else [Task(file, [part]) for part in parts])
        for file, parts in plan
    ]
    if level == BLOCK:
        for each in tasks:
            yield [each]
    else:
        yield tasks


def _spread_out(
    wave: Sequence[tuple[int, list[Task]]],
    given: Given,
    submit: Submit,
    report: _Report,
    most: int,
) -> Iterator[tuple[int, Counts]]:
    """Yield each file's counts when all its tasks are done, with `most` tasks handed out."""
    from concurrent.futures import FIRST_COMPLETED, wait

    found = {file: [(0, nothing(given.alignments[file], given.options))] for file, _ in wave}
    left = {file: len(tasks) for file, tasks in wave}
    for file in [file for file, tasks in wave if not tasks]:
        yield file, merged(found.pop(file))
    ahead = (task for _, tasks in wave for task in tasks)

    def begin(number: int) -> dict[Future[Counts], Task]:
        return {submit(task.file, task.parts): task for task in islice(ahead, number)}

    pending = begin(most)
    while pending:
        done, _ = wait(pending, return_when=FIRST_COMPLETED)
        pending |= begin(len(done))
        for future in done:
            task = pending.pop(future)
            found[task.file].append((0, future.result()))
            report.add(task.sites)
            left[task.file] -= 1
            if not left[task.file]:
                yield task.file, merged(found.pop(task.file))
