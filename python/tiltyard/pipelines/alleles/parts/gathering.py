"""One table of parts that several jobs counted: every variant of every sample once, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tiltyard.engine.files.atomic import UnreadableFile
from tiltyard.pipelines.alleles.asked import Asked
from tiltyard.pipelines.alleles.counted import AlleleCounts
from tiltyard.pipelines.alleles.counts import Counts
from tiltyard.pipelines.alleles.faults import Faults, InputError, refuse
from tiltyard.pipelines.alleles.parts.origin import (
    contig_group,
    differing,
    origin_of,
    seal_of,
    sites_on,
)
from tiltyard.pipelines.alleles.parts.part import ENDING, Part, joined, read_part, write_part
from tiltyard.pipelines.alleles.run import Checked, Progress, Say, count_sites


def count_group(
    checked: Checked,
    asked: Asked,
    path: Path,
    *,
    group: int,
    groups: int,
    progress: Progress | None = None,
    say: Say = lambda sentence: None,
) -> None:
    """Count one group of contigs of one file, and write it as a part.

    Parameters
    ----------
    checked : Checked
        Of one file.
    asked : Asked
    path : path
        The part.
    group, groups : int
        Which of how many groups of contigs, from 1; a group may be empty.
    progress : callable or None
    say : callable

    Raises
    ------
    InputError
        If there are several files.
    """
    if len(checked.tasks) != 1:
        raise InputError(f"a part is of one file, and {len(checked.tasks)} are given")
    (task,) = checked.tasks
    contigs = contig_group(task.sites, task.alignment.contigs, group, groups)
    own = sites_on(task.sites, contigs)
    counts = count_sites(
        task.alignment,
        [task.sites[one] for one in own.tolist()],
        checked.options,
        asked,
        progress=progress,
        say=say,
    )
    whole = Counts(
        counts.groups,
        own[counts.site] if len(own) else counts.site,
        counts.group,
        counts.values,
        counts.reasons,
        counts.without_fragment,
    )
    write_part(Part(origin_of(task.alignment, task.sites, checked.options), contigs, whole), path)


def gather(checked: Checked, folder: Path) -> AlleleCounts:
    """Counts of all files, from parts.

    Parameters
    ----------
    checked : Checked
        The inputs and options of all jobs.
    folder : path
        Its files that end in ``.part`` are the parts, and no others may be among them.

    Raises
    ------
    InputError
        If a part is damaged, of other inputs or options, of a sample that is not asked for, or
        twice there; or if variants of a sample are in no part.
    """
    origins = [origin_of(task.alignment, task.sites, checked.options) for task in checked.tasks]
    parts = _of_tasks(folder, origins)
    gaps = Faults("Contig that no part has", "run the job of that part again")
    twice = Faults("Contig that two parts have", "remove the part that does not belong there")
    for task, own in zip(checked.tasks, parts, strict=True):
        seen: dict[str, Path] = {}
        for path, part in own:
            for contig in part.contigs:
                if contig in seen:
                    twice.add(f"{path}: {contig} of {task.alignment.path} is in {seen[contig]}")
                seen.setdefault(contig, path)
        for contig in dict.fromkeys(site.contig for site in task.sites):
            if contig not in seen:
                number = sum(site.contig == contig for site in task.sites)
                gaps.add(f"{contig} of {task.alignment.path}, with {number:,} variants")
        if not own and not task.sites:
            gaps.add(f"{task.alignment.path}, without a variant that can be counted")
    refuse(gaps, twice)
    return checked.counted([joined([part.counts for _, part in own]) for own in parts])


def _of_tasks(folder: Path, origins: Sequence[Mapping[str, Any]]) -> list[list[tuple[Path, Part]]]:
    """The parts of each task."""
    damaged = Faults("Part that cannot be read", "remove it, and run its job again")
    foreign = Faults(
        "Part that is not of this table", "remove it; if it should be, run its job again"
    )
    places = {seal_of(origin): number for number, origin in enumerate(origins)}
    found: list[list[tuple[Path, Part]]] = [[] for _ in origins]
    for path in sorted(folder.glob(f"*{ENDING}")):
        try:
            part = read_part(path)
        except UnreadableFile as error:
            damaged.add(str(error))
            continue
        place = places.get(seal_of(part.origin))
        if place is None:
            foreign.add(f"{path}: {_why(part.origin, origins)}")
        else:
            found[place].append((path, part))
    refuse(damaged, foreign)
    return found


def _why(own: Mapping[str, Any], origins: Sequence[Mapping[str, Any]]) -> str:
    """Why a part of the origin `own` is of no task."""
    alike = [origin for origin in origins if origin["sample"] == own.get("sample")]
    alike = [one for one in alike if one["alignment"] == own.get("alignment")] or alike
    if not alike:
        return f"no file has the sample {own.get('sample')!r}"
    return "; ".join(differing(alike[0], own))
