"""Columns of a table of counts, each with the rows in which it is empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.alleles.output.fisher import odds_ratio, two_sided
from tiltyard.pipelines.alleles.output.rows import UNSUPPORTED, Rows
from tiltyard.pipelines.alleles.variants.variant import Variant

#: What a variant is called; position is 1-based, and it, `ref` and `alt` are as given.
VARIANT = ("contig", "position", "ref", "alt")
#: Whole numbers.
COUNTS = (
    *("depth", "depth_forward", "depth_reverse", "ref_count", "ref_forward", "ref_reverse"),
    *("alt_count", "alt_forward", "alt_reverse", "fragment_depth", "fragment_ref", "fragment_alt"),
)
#: All columns of whole numbers.
WHOLE = frozenset({"position", *COUNTS})
#: What follows from the counts.
RATIOS = ("vaf", "fragment_vaf", "strand_bias_p", "strand_bias_odds")
COLUMNS = ("sample", *VARIANT, "class", *COUNTS, *RATIOS)
#: Column after `sample` with the values of the tag of ``--by``.
GROUP = "group"
#: Counts that say nothing where there is no alternative allele, and the ratios with them.
OF_ALT = ("alt_count", "alt_forward", "alt_reverse", "fragment_alt", *RATIOS)


@dataclass(frozen=True)
class Column:
    """Values of one column.

    Parameters
    ----------
    values : list or (n,)
        Texts, whole numbers, or floating-point numbers.
    empty : (n,) or None
        Rows without a value; None if all have one.
    text : callable or None
        A value that is not empty as text; None for texts.
    """

    values: list[Any]
    empty: NDArray[np.bool_] | None = None
    text: Callable[[Any], str] | None = None

    def texts(self) -> list[str]:
        """The values as text, "" where there is none."""
        texts = self.values
        if self.text is str:
            texts = _whole(self.values)
        elif self.text is not None:
            texts = list(map(self.text, self.values))
        if self.empty is not None and self.empty.any():
            texts = list(texts)
            for row in np.flatnonzero(self.empty).tolist():
                texts[row] = ""
        return texts

    def objects(self) -> list[Any]:
        """The values, None where there is none."""
        if self.empty is None or not self.empty.any():
            return list(self.values)
        empty = self.empty.tolist()
        return [None if gone else value for value, gone in zip(self.values, empty, strict=True)]


def columns_of(
    rows: Rows, variants: Sequence[Variant], *, grouped: bool = False
) -> dict[str, Column]:
    """The columns of a table, in its order.

    Parameters
    ----------
    rows : Rows
    variants : sequence of Variant
        All of the input, in which `Rows.variant` counts.
    grouped : bool
        Whether there is a column `GROUP`.
    """
    found = {"sample": Column(rows.sample)}
    if grouped:
        found[GROUP] = Column(rows.group)
    own = [variants[place] for place in rows.variant.tolist()]
    for name in VARIANT:
        values = [getattr(variant, name) for variant in own]
        found[name] = Column(values, text=str if name == "position" else None)
    found["class"] = Column(rows.kind)
    return {**found, **number_columns(rows)}


def number_columns(rows: Rows) -> dict[str, Column]:
    """The columns `COUNTS` and `RATIOS`."""
    number = {name: rows.number(name) for name in COUNTS if not name.endswith("_reverse")}
    for name, whole in (("depth", "depth"), ("ref", "ref_count"), ("alt", "alt_count")):
        number[f"{name}_reverse"] = number[whole] - number[f"{name}_forward"]
    missing = np.array([kind == UNSUPPORTED for kind in rows.kind], bool)
    no_alt = missing | np.array([kind == "reference" for kind in rows.kind], bool)
    found = {
        name: Column(number[name].tolist(), no_alt if name in OF_ALT else missing, str)
        for name in COUNTS
    }
    tables = np.stack(
        [number[name] for name in ("ref_forward", "ref_reverse", "alt_forward", "alt_reverse")], 1
    )
    ratios = {
        "vaf": _share(number["alt_count"], number["ref_count"]),
        "fragment_vaf": _share(number["fragment_alt"], number["fragment_ref"]),
        "strand_bias_p": two_sided(tables),
        "strand_bias_odds": odds_ratio(tables),
    }
    for name, values in ratios.items():
        found[name] = Column(values.tolist(), no_alt | np.isnan(values), text_of(name))
    return found


def _whole(values: list[int]) -> list[str]:
    """Whole numbers, not negative, as text: most are small and occur again and again."""
    most = max(values, default=0)
    if most > len(values):
        return list(map(str, values))
    known = list(map(str, range(most + 1)))
    return list(map(known.__getitem__, values))


def _share(part: NDArray[np.int64], rest: NDArray[np.int64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        return part / (part + rest)


def text_of(name: str) -> Callable[[float], str]:
    """How a number of the column `name`, one of `RATIOS`, is written.

    Fractions have six digits behind the point; what may be tiny or huge has six that count.
    """
    return ("{:.6f}" if name.endswith("vaf") else "{:.6g}").format
