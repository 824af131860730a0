"""What was counted in a set of files: a table for each sample, and the reasons of every read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.alignment import Alignment
from tiltyard.pipelines.alleles.counts import REASONS, Counts, Site
from tiltyard.pipelines.alleles.options import Options
from tiltyard.pipelines.alleles.output.columns import Column, columns_of
from tiltyard.pipelines.alleles.output.rows import Rows, rows_of
from tiltyard.pipelines.alleles.variants.variant import Variants

#: Name in messages of reads that belong to no sample.
NO_SAMPLE = "(no read group)"


@dataclass(frozen=True)
class Counted:
    """Counts of one file.

    Parameters
    ----------
    alignment : Alignment
    sites : sequence of Site
        Distinct variants of this file.
    places : (variants,)
        Each variant's index in `sites`, -1 for one that cannot be counted in this file.
    counts : Counts
        Of all of `sites`.
    """

    alignment: Alignment
    sites: Sequence[Site]
    places: NDArray[np.int64]
    counts: Counts

    def samples(self, options: Options) -> tuple[str, ...]:
        """Names of the samples that have rows for every variant."""
        if not options.by_read_group:
            return (self.alignment.sample,)
        return tuple(sorted(set(self.alignment.read_groups.values())))

    def rows(self, options: Options, part: slice = slice(None)) -> Rows:
        """Rows of the variants in `part`; `Rows.variant` counts from the part's first."""
        samples = self.samples(options) if options.by_read_group else ()
        return rows_of(
            self.counts,
            self.sites,
            self.places[part],
            sample=self.alignment.sample,
            samples=samples,
            grouped=bool(options.by),
        )

    def reasons(self, options: Options) -> dict[str, dict[str, int]]:
        """Sample -> reason -> pairs of read and distinct variant that were met for it."""
        found: dict[str, dict[str, int]] = {}
        for name, numbers in zip(self.counts.groups, self.counts.reasons.tolist(), strict=True):
            sample = (name or NO_SAMPLE) if options.by_read_group else self.alignment.sample
            own = found.setdefault(sample, dict.fromkeys(REASONS, 0))
            for reason, number in zip(REASONS, numbers, strict=True):
                own[reason] += number
        return found


@dataclass(frozen=True)
class AlleleCounts:
    """Counts of the variants of one file in the reads of several.

    Parameters
    ----------
    variants : Variants
    files : sequence of Counted
        In the order in which they were given.
    options : Options
    notes, warnings : sequence of str
        What was found out about the inputs, and what a person should look at.
    """

    variants: Variants
    files: Sequence[Counted]
    options: Options
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()

    @property
    def samples(self) -> tuple[str, ...]:
        """Samples of all files that have rows for every variant, in the table's order."""
        return tuple(name for file in self.files for name in file.samples(self.options))

    def columns(self) -> Iterator[tuple[Rows, dict[str, Column]]]:
        """Rows and columns of each file's part of the table, in its order."""
        for file in self.files:
            rows = file.rows(self.options)
            yield rows, columns_of(rows, self.variants.rows, grouped=bool(self.options.by))

    @cached_property
    def tables(self) -> Mapping[str, Mapping[str, list[Any]]]:
        """Sample -> column -> values, None where a value is undefined.

        The columns are those of the command's table; `pandas.DataFrame` takes each as it is. Reads
        without a read group have a table under the name "" where there are any.
        """
        found: dict[str, dict[str, list[Any]]] = {}
        for _, columns in self.columns():
            values = {name: column.objects() for name, column in columns.items()}
            for sample in dict.fromkeys(values["sample"]):
                own = [row for row, name in enumerate(values["sample"]) if name == sample]
                table = found.setdefault(sample, {name: [] for name in values})
                for name, column in values.items():
                    table[name] += [column[row] for row in own]
        return found

    @cached_property
    def reasons(self) -> Mapping[str, Mapping[str, int]]:
        """Sample -> reason -> pairs of read and distinct variant, over all of its variants.

        All of them add up to what was met, and those in `tiltyard.pipelines.alleles.counts.COUNTED`
        to the depth.
        """
        found: dict[str, dict[str, int]] = {}
        for file in self.files:
            for sample, reasons in file.reasons(self.options).items():
                own = found.setdefault(sample, dict.fromkeys(REASONS, 0))
                for reason, number in reasons.items():
                    own[reason] += number
        return found

    @property
    def predominant(self) -> dict[str, str]:
        """Sample -> the reason, other than REF and ALT, of half of the pairs that were met."""
        found = {}
        for sample, reasons in self.reasons.items():
            met = sum(reasons.values())
            for reason, number in reasons.items():
                if reason not in ("ref", "alt") and number and 2 * number >= met:
                    found.setdefault(sample, reason)
        return found

    @property
    def without_fragment(self) -> int:
        """Pairs of counted read and variant of which the read lacks `Options.fragment_tag`."""
        return sum(file.counts.without_fragment for file in self.files)

    def write(self, path: str | PathLike[str], form: str = "", prefix: str = "t_") -> None:
        """Write the table to `path`, the same bytes as the command does.

        Parameters
        ----------
        path : path
        form : str
            ``tsv``, ``parquet``, ``vcf`` or ``maf``; "" for what the ending of `path` says.
        prefix : str
            Before the names of our columns in a MAF.

        Raises
        ------
        InputError
            If the format cannot hold the table, or is not known.
        """
        from tiltyard.pipelines.alleles.output.writing import format_of, refuse_unfit, write

        path = Path(path)
        form = format_of(path, form)
        refuse_unfit(form, self.variants, self.options)
        write(self, path, form, prefix)
