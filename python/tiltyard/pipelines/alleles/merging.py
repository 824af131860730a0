"""Counts of parts of a file's sites, put together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import FIELDS, REASONS, Counts
from tiltyard.pipelines.alleles.options import Options


def nothing(alignment: Alignment, options: Options) -> Counts:
    """Counts at no sites."""
    groups: tuple[str | None, ...] = (None,)
    if options.by:
        groups = ()
    elif options.by_read_group:
        groups = tuple(sorted(set(alignment.read_groups.values())))
    return Counts(
        groups=groups,
        site=np.zeros(0, np.int64),
        group=np.zeros(0, np.int64),
        values=np.zeros((0, len(FIELDS)), np.int64),
        reasons=np.zeros((len(groups), len(REASONS)), np.int64),
    )


def merged(parts: Sequence[tuple[int, Counts]]) -> Counts:
    """Counts of all `parts`, in any order, each with the number that its first site has in all.

    Sites of the parts are runs that do not overlap, so that rows are put together, not added up.
    """
    ordered = sorted(parts, key=_first_site)
    values = {group for _, counts in ordered for group in counts.groups}
    groups = sorted(values, key=lambda group: (group is None, group or ""))
    number = {group: place for place, group in enumerate(groups)}
    reasons = np.zeros((len(groups), len(REASONS)), np.int64)
    places = []
    for _, counts in ordered:
        place = np.array([number[group] for group in counts.groups], np.int64)
        reasons[place] += counts.reasons
        places.append(place[counts.group])
    return Counts(
        groups=tuple(groups),
        site=np.concatenate([first + counts.site for first, counts in ordered]),
        group=np.concatenate(places),
        values=np.concatenate([counts.values for _, counts in ordered]),
        reasons=reasons,
        without_fragment=sum(counts.without_fragment for _, counts in ordered),
    )


def _first_site(part: tuple[int, Counts]) -> int:
    """Number of the first site of a part that has a row; one without rows may come anywhere."""
    first, counts = part
    return first + int(counts.site[0]) if len(counts.site) else first
