"""The plain implementation: one site after another, one read after another, through htslib.

It decides what is right. It stays as simple as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import COUNTED, FIELDS, REASONS, Counts, Site
from tiltyard.pipelines.alleles.explaining import Counted, explain
from tiltyard.pipelines.alleles.faults import InputError
from tiltyard.pipelines.alleles.implementations.contract import Implementation
from tiltyard.pipelines.alleles.inputs.fasta import Fasta
from tiltyard.pipelines.alleles.inputs.reads import open_reads
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.rule import fragments
from tiltyard.pipelines.alleles.rule.fragments import Fragment
from tiltyard.pipelines.alleles.variants.normalising import INDELS

READ_GROUP = "RG"


class Row:
    """Counts of one site and group while its reads come in."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(FIELDS, 0)
        self.fragments: defaultdict[str, Fragment] = defaultdict(Fragment)

    def add(self, counted: Counted, fragment: str | None) -> None:
        """Take in a read with depth; `fragment` is None for one that belongs to none."""
        forward = not counted.read.is_reverse
        self.counts["depth"] += 1
        self.counts["depth_forward"] += forward
        group = self.fragments[fragment] if fragment is not None else Fragment()
        if counted.reason in ("ref", "alt"):
            self.counts[f"{counted.reason}_count"] += 1
            self.counts[f"{counted.reason}_forward"] += forward
            group.add(counted.reason, counted.quality or 0)

    def values(self, site: Site) -> list[int]:
        """Numbers in the order of `FIELDS`."""
        found = fragments.counts(self.fragments.values(), indel=site.kind in INDELS)
        names = ("fragment_depth", "fragment_ref", "fragment_alt")
        self.counts.update(zip(names, found, strict=True))
        return [self.counts[field] for field in FIELDS]


def count(alignment: Alignment, sites: Sequence[Site], options: Options) -> Counts:
    """Count the reads of a file at `sites`; see `contract.Count`.

    Raises
    ------
    InputError
        The file is damaged, its reads are not sorted, or, where there is a row for each sample,
        a read has a read group that the header lacks.
    """
    rows: dict[tuple[int, str | None], list[int]] = {}
    reasons: defaultdict[str | None, dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(REASONS, 0)
    )
    always = _groups_of_every_site(alignment, options)
    for group in always:
        reasons[group]
    without = 0
    with open_reads(alignment) as file, Fasta(alignment.fasta) as fasta:
        for number, site in enumerate(sites):
            here = {group: Row() for group in always}
            for counted in explain(file, fasta, alignment, site, options):
                group = group_of(counted.read, alignment, options)
                reasons[group][counted.reason] += 1
                if counted.reason in COUNTED:
                    fragment = fragment_of(counted.read, options)
                    without += fragment is None
                    here.setdefault(group, Row()).add(counted, fragment)
            rows.update({(number, group): row.values(site) for group, row in here.items()})
    return _counts(rows, reasons, without)


def _groups_of_every_site(alignment: Alignment, options: Options) -> list[str | None]:
    """Groups that have a row at every site, whether reads are there or not."""
    if options.by:
        return []
    return [*set(alignment.read_groups.values())] if options.by_read_group else [None]


def group_of(read: Any, alignment: Alignment, options: Options) -> str | None:
    """Value by which a read's row is told apart; None for a read without one.

    Raises
    ------
    InputError
        The read has a read group that the header lacks.
    """
    if options.by:
        return tag(read, options.by)
    if not options.by_read_group:
        return None
    group = tag(read, READ_GROUP)
    if group is None:
        return None
    if group not in alignment.read_groups:
        raise InputError(
            f"{alignment.path}: read {read.query_name} at "
            f"{read.reference_name}:{read.reference_start + 1} has the read group {group}, "
            "which the header lacks; add its @RG line (samtools reheader, samtools addreplacerg)"
        )
    return alignment.read_groups[group]


def fragment_of(read: Any, options: Options) -> str | None:
    """What reads of the same fragment have in common; None for a read that is in none."""
    return tag(read, options.fragment_tag) if options.fragment_tag else read.query_name


def tag(read: Any, name: str) -> str | None:
    """Value of a tag in words; None for a read that lacks it."""
    return str(read.get_tag(name)) if read.has_tag(name) else None


def _counts(
    rows: dict[tuple[int, str | None], list[int]],
    reasons: dict[str | None, dict[str, int]],
    without_fragment: int,
) -> Counts:
    groups = sorted(reasons, key=lambda group: (group is None, group))
    keys = sorted((number, groups.index(group)) for number, group in rows)
    values = [rows[number, groups[group]] for number, group in keys]
    return Counts(
        groups=tuple(groups),
        site=np.array([number for number, _ in keys], np.int64),
        group=np.array([group for _, group in keys], np.int64),
        values=np.array(values, np.int64).reshape(-1, len(FIELDS)),
        reasons=np.array(
            [[reasons[group][reason] for reason in REASONS] for group in groups], np.int64
        ).reshape(-1, len(REASONS)),
        without_fragment=without_fragment,
    )


IMPLEMENTATION = Implementation(name="reference", count=count)
