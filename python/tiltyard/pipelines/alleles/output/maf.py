"""MAF of counts: the input's rows for each sample, with the counts in columns behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tiltyard.pipelines.alleles.output.columns import Column
from tiltyard.pipelines.alleles.variants.variant import Variants

#: Says how the fractions are meant: others divide by the depth.
NOTE = "# vaf = alt/(ref+alt)"
SAMPLE = "sample"


def names_of(names: Sequence[str], prefix: str) -> list[str]:
    """Names of our columns: those of the table, with the prefix before each but the sample's."""
    return [name if name == SAMPLE else f"{prefix}{name}" for name in names]


def replaced(variants: Variants, ours: Sequence[str]) -> list[str]:
    """Columns of the input that are left out, as `ours` have their names."""
    return [name for name in _names(variants) if name in ours]


def _names(variants: Variants) -> list[str]:
    return variants.header[-1].split("\t")


def header(variants: Variants, ours: Sequence[str]) -> str:
    """The input's comments, and the line of names: the input's, but for `replaced`, and ours."""
    kept = [name for name in _names(variants) if name not in ours]
    return "\n".join([*variants.header[:-1], NOTE, "\t".join([*kept, *ours])]) + "\n"


def lines(
    variants: Variants,
    places: Sequence[int],
    columns: Mapping[str, Column],
    ours: Sequence[str],
) -> str:
    """The rows, a line each.

    Parameters
    ----------
    variants : Variants
        Read from a MAF.
    places : sequence of int
        Each row's variant, by its place in `Variants.rows`.
    columns : mapping
        Columns of the rows, as of any table.
    ours : sequence of str
        Names of them in the file.
    """
    kept = [place for place, name in enumerate(_names(variants)) if name not in ours]
    texts = zip(*(column.texts() for column in columns.values()), strict=True)
    found = []
    for place, own in zip(places, texts, strict=True):
        fields = variants.records[variants.rows[place].record].split("\t")
        found.append("\t".join([*(fields[one] for one in kept), *own]))
    return "\n".join(found) + "\n" if found else ""
