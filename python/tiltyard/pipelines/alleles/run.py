"""From files to counts: every check first, then file after file, taking up what is finished."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.asked import Asked
from tiltyard.pipelines.alleles.counted import AlleleCounts, Counted
from tiltyard.pipelines.alleles.counts import Counts, Site
from tiltyard.pipelines.alleles.opening import Opened, open_alignments
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.parts.origin import origin_of, seal_of
from tiltyard.pipelines.alleles.parts.part import ENDING, Part, read_part, write_part
from tiltyard.pipelines.alleles.sites import sites_of
from tiltyard.pipelines.alleles.spreading.counting import count_files
from tiltyard.pipelines.alleles.variants import Variants, read_variants

#: Told how much of the work is done, and how much there is.
Progress = Callable[[int, int], None]
#: Implementation -> its compiled function.
COMPILED = {"mapped": "walk", "arrays": "feed"}
#: Told a sentence for the log.
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What is counted, and what is done about inputs that do not fit each other.

    Parameters
    ----------
    variants, fasta : path
    alignments : sequence of str
        ``FILE`` or ``NAME:FILE`` each.
    options : Options
    ref_mismatch, missing_contig : str
        ``error`` or ``skip``.
    length_mismatch : str
        ``error`` or ``warn``.
    """

    variants: Path
    fasta: Path
    alignments: Sequence[str]
    options: Options = field(default_factory=Options)
    ref_mismatch: Literal["error", "skip"] = "error"
    missing_contig: Literal["error", "skip"] = "error"
    length_mismatch: Literal["error", "warn"] = "error"

    def read(self) -> Variants:
        """The variants."""
        return read_variants(self.variants, self.fasta)

    def open(self, variants: Variants) -> Opened:
        """Check all files against each other."""
        return open_alignments(
            self.alignments,
            self.fasta,
            variants,
            self.options,
            ref_mismatch=self.ref_mismatch,
            missing_contig=self.missing_contig,
            length_mismatch=self.length_mismatch,
        )


@dataclass(frozen=True)
class Task:
    """A file and its distinct variants."""

    alignment: Alignment
    sites: list[Site]
    places: NDArray[np.int64]


@dataclass(frozen=True)
class Checked:
    """Inputs that fit each other, and the work that they are."""

    opened: Opened
    options: Options
    tasks: list[Task]

    def counted(self, counts: Sequence[Counts]) -> AlleleCounts:
        """The result, of the counts of each task."""
        files = [
            Counted(task.alignment, task.sites, task.places, own)
            for task, own in zip(self.tasks, counts, strict=True)
        ]
        return AlleleCounts(
            self.opened.variants, files, self.options, self.opened.notes, self.opened.warnings
        )


def check(inputs: Inputs, variants: Variants | None = None) -> Checked:
    """Check all inputs before any read is counted.

    Parameters
    ----------
    inputs : Inputs
    variants : Variants or None
        Those of `inputs`, if they have been read already.

    Raises
    ------
    InputError
        If something cannot be used; the message names all that is wrong of one kind.
    """
    opened = inputs.open(variants or inputs.read())
    tasks = []
    for alignment in opened.alignments:
        sites, places = sites_of(opened.variants, alignment, inputs.options)
        tasks.append(Task(alignment, sites, places))
    return Checked(opened, inputs.options, tasks)


def count_all(
    checked: Checked,
    asked: Asked,
    *,
    parts: Path | None = None,
    progress: Progress | None = None,
    say: Say = lambda sentence: None,
) -> AlleleCounts:
    """Count all files.

    Parameters
    ----------
    checked : Checked
    asked : Asked
        How the work is to be done.
    parts : path or None
        Folder in which each finished file is kept, so that another run of the same work takes it
        from there; None for a run that keeps nothing.
    progress : callable or None
        Told the work that is done and the whole of it, after each piece.
    say : callable
        Told what is taken from `parts`, and how the rest is counted.
    """
    found: dict[int, Counts] = {}
    origins = {}
    if parts is not None:
        for number, task in enumerate(checked.tasks):
            origins[number] = origin_of(task.alignment, task.sites, checked.options)
        found = dict(_finished(parts, origins, say))
    if found:
        say(f"{len(found)} of {len(checked.tasks)} files were finished before: taken from {parts}")
    left = [number for number in range(len(checked.tasks)) if number not in found]
    work = [(checked.tasks[number].alignment, checked.tasks[number].sites) for number in left]
    for place, counts in _counted(work, checked.options, asked, progress, say):
        number = left[place]
        found[number] = counts
        if parts is not None:
            contigs = tuple(dict.fromkeys(site.contig for site in checked.tasks[number].sites))
            write_part(Part(origins[number], contigs, counts), _place(parts, origins[number]))
    return checked.counted([found[number] for number in range(len(checked.tasks))])


def count_sites(
    alignment: Alignment,
    sites: Sequence[Site],
    options: Options,
    asked: Asked,
    *,
    progress: Progress | None = None,
    say: Say = lambda sentence: None,
) -> Counts:
    """Counts of one file at some of its sites."""
    ((_, counts),) = _counted([(alignment, sites)], options, asked, progress, say)
    return counts


def _counted(
    work: Sequence[tuple[Alignment, Sequence[Site]]],
    options: Options,
    asked: Asked,
    progress: Progress | None,
    say: Say,
) -> Iterator[tuple[int, Counts]]:
    """Number and counts of each file, as it is finished."""
    if not work:
        return
    spread, why = asked.settle(work)
    say(f"counting with {why}")
    if (entry := COMPILED.get(spread.implementation)) and not _is_kept(entry):
        say("compiling for this processor: some seconds, once")
    yield from count_files(work, options, spread, progress)


def _is_kept(entry: str) -> bool:
    from tiltyard.pipelines.alleles.native.loading import is_kept

    return is_kept(entry)


def _place(folder: Path, origin: Mapping[str, Any]) -> Path:
    return folder / f"{seal_of(origin)[:24]}{ENDING}"


def _finished(
    folder: Path, origins: Mapping[int, Mapping[str, Any]], say: Say
) -> Iterator[tuple[int, Counts]]:
    """Parts of the same origin in `folder`; one that is damaged is named, and counted again."""
    for number, origin in origins.items():
        path = _place(folder, origin)
        if not path.exists():
            continue
        try:
            part = read_part(path)
        except UnreadableFile as error:
            say(f"{error}; counted again")
            continue
        if dict(part.origin) == dict(origin):
            yield number, part.counts
