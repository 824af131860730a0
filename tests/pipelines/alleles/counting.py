"""Counting through the doors that people use, and the counts in a form that tests compare."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from made_alignments import write_alignments, write_fasta, write_vcf

from tiltyard.pipelines.alleles.counts import FIELDS, REASONS
from tiltyard.pipelines.alleles.opening import open_alignments
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.sites import sites_of
from tiltyard.pipelines.alleles.variants import read_variants

NO_ALT = ("alt_count", "alt_forward", "fragment_alt")


@dataclass(frozen=True)
class Table:
    """Counts by row of the variants and group: `values` has None for a row that is not counted.

    `reasons` are by group.
    """

    values: dict[tuple[int, str | None], tuple[int, ...] | None]
    kinds: tuple[str, ...]
    reasons: dict[str | None, Counter]
    without_fragment: int

    def digits(self, row, group=None):
        """Counts of a row as `cases.txt` writes them."""
        values = self.values[row, group]
        hidden = NO_ALT if self.kinds[row] == "reference" else ()
        pairs = zip(FIELDS, values, strict=True)
        return "".join("-" if field in hidden else str(value) for field, value in pairs)

    def groups(self, row):
        return [group for number, group in self.values if number == row]

    @property
    def all_reasons(self):
        return sum(self.reasons.values(), Counter())

    def field(self, name):
        """One number of all rows, summed over groups."""
        total = Counter()
        for (row, _), values in self.values.items():
            total[row] += values[FIELDS.index(name)] if values else 0
        return [total[row] for row in range(len(self.kinds))]


def table(implementation, alignment, variants, options, sites=None):
    """Table of one checked file."""
    found, rows = sites_of(variants, alignment, options)
    counts = implementation.count(alignment, found, options)
    by_site = {}
    for site, group, values in zip(counts.site, counts.group, counts.values, strict=True):
        by_site.setdefault(int(site), []).append((counts.groups[group], tuple(map(int, values))))
    values = {}
    for row, site in enumerate(rows):
        if site < 0:
            values[row, None] = None
        for group, numbers in by_site.get(int(site), ()):
            values[row, group] = numbers
    return Table(
        values,
        tuple(found[site].kind if site >= 0 else "unsupported" for site in rows),
        {
            group: Counter({k: int(n) for k, n in zip(REASONS, numbers, strict=True) if n})
            for group, numbers in zip(counts.groups, counts.reasons, strict=True)
        },
        counts.without_fragment,
    )


@dataclass(frozen=True)
class Files:
    """Made files of one test."""

    alignments: Path
    fasta: Path
    variants: Path

    def opened(self, options=None, **choices):
        variants = read_variants(self.variants, self.fasta)
        return open_alignments(
            [str(self.alignments)], self.fasta, variants, options or Options(), **choices
        )

    def table(self, implementation, options=None, **choices):
        opened = self.opened(options, **choices)
        return table(implementation, opened.alignments[0], opened.variants, options or Options())


def make(folder, letters, reads, variants, read_groups=(), name="s.bam"):
    """Files of contig -> letters, reads and variants (contig, position, ref, alt)."""
    folder.mkdir(parents=True, exist_ok=True)
    fasta = write_fasta(folder / "r.fa", letters)
    lengths = {contig: len(text) for contig, text in letters.items()}
    path = write_alignments(folder / name, lengths, reads, read_groups, fasta)
    return Files(path, fasta, write_vcf(folder / "v.vcf", variants))


def assert_same(one, other):
    """Both tables are equal, and so are the reasons."""
    assert one.values == other.values
    assert one.kinds == other.kinds
    assert {k: v for k, v in one.reasons.items() if v} == {
        k: v for k, v in other.reasons.items() if v
    }
    assert one.without_fragment == other.without_fragment


def depths(table):
    return np.array(table.field("depth"))
