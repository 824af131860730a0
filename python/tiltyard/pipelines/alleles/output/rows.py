"""Rows of a table of counts: a sample and a variant each, and a group of reads where asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.counts import FIELDS, Counts, Site

#: Class of a variant that cannot be counted; its numbers are empty.
UNSUPPORTED = "unsupported"
#: Numbers of no read.
ZEROS = -1


@dataclass(frozen=True)
class Rows:
    """Rows of one file, in the order of the table.

    Parameters
    ----------
    variant : (n,)
        Each row's variant, by its place in the input.
    sample, group : list of str
        The sample's name, "" for reads without a read group; the tag's value, "" without one.
    kind : list of str
        Class of the variant, or `UNSUPPORTED`.
    values : (n, 9)
        Counts in the order of `FIELDS`; zeros where nothing was counted.
    """

    variant: NDArray[np.int64]
    sample: list[str]
    group: list[str]
    kind: list[str]
    values: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.kind)

    def number(self, field: str) -> NDArray[np.int64]:
        """Counts of one of `FIELDS`."""
        return self.values[:, FIELDS.index(field)]

    def of_sample(self, name: str) -> Rows:
        """The rows of one sample."""
        own = [row for row, sample in enumerate(self.sample) if sample == name]
        if len(own) == len(self):
            return self
        return Rows(
            self.variant[own],
            [name] * len(own),
            [self.group[row] for row in own],
            [self.kind[row] for row in own],
            self.values[own],
        )


def rows_of(
    counts: Counts,
    sites: Sequence[Site],
    places: NDArray[np.int64],
    *,
    sample: str,
    samples: Sequence[str] = (),
    grouped: bool = False,
) -> Rows:
    """Rows of one file.

    Parameters
    ----------
    counts : Counts
    sites : sequence of Site
        Those that were counted.
    places : (variants,)
        Each variant's index in `sites`, -1 for one that cannot be counted.
    sample : str
        Name of the file's sample.
    samples : sequence of str
        Samples of the file's read groups, with a row each for every variant, in place of `sample`;
        reads without a read group have rows where there are any.
    grouped : bool
        Whether there is a row for each value of a tag that was met at a variant. A variant without
        reads has one of zeros.
    """
    kinds = np.array([site.kind for site in sites] + [UNSUPPORTED], dtype=object)
    places = np.asarray(places, np.int64)
    if grouped:
        variant, row = _every_group(counts, places)
        names = [sample] * len(row)
        groups = [counts.groups[one] or "" for one in _own(counts.group, row).tolist()]
    else:
        parts = list(_every_sample(counts, places, samples or (None,)))
        variant = np.concatenate([own for _, own, _ in parts])
        row = np.concatenate([own for _, _, own in parts])
        names = [
            name or "" if samples else sample for name, own, _ in parts for _ in range(len(own))
        ]
        groups = [""] * len(row)
    values = np.concatenate([counts.values, np.zeros((1, len(FIELDS)), np.int64)])
    return Rows(variant, names, groups, kinds[places[variant]].tolist(), values[row])


def _own(groups: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Group of each of `rows`: that of reads without a value, the last, for rows of no read."""
    return np.append(groups, -1)[rows]


def _every_group(
    counts: Counts, places: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Variant and row of `counts` for each value of the tag, a variant after the other."""
    first = np.searchsorted(counts.site, places, "left")
    number = np.searchsorted(counts.site, places, "right") - first
    number[places < 0] = 0
    none = number == 0
    variant = np.repeat(np.arange(len(places)), np.maximum(number, 1))
    within = np.arange(len(variant)) - np.repeat(
        np.cumsum(np.maximum(number, 1)) - np.maximum(number, 1), np.maximum(number, 1)
    )
    return variant, np.where(none[variant], ZEROS, first[variant] + within)


def _every_sample(
    counts: Counts, places: NDArray[np.int64], samples: Sequence[str | None]
) -> Iterator[tuple[str | None, NDArray[np.int64], NDArray[np.int64]]]:
    """Sample, variants and rows of `counts`, a sample after the other."""
    names: list[str | None] = list(samples)
    if None in counts.groups and None not in names:
        names.append(None)
    for name in names:
        # A row for each site, and the last for variants that have none.
        row = np.full(max(int(places.max(initial=-1)), int(counts.site.max(initial=-1))) + 2, ZEROS)
        if name in counts.groups:
            own = np.flatnonzero(counts.group == counts.groups.index(name))
            row[counts.site[own]] = own
        found = row[places]
        if name is None and None not in samples:
            met = np.flatnonzero(found != ZEROS)
            yield name, met, found[met]
        else:
            yield name, np.arange(len(places)), found
