"""The counts of verdicts as people read them: shares in percent, one count before and after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

#: Columns that are shares, and the one that is a time [s].
SHARES, SECONDS = ("said", "false", "cover"), "seconds"
#: Columns of the documentation's table: no times, which are a machine's.
COMPARED = (
    "trusted",
    "wrong, trusted",
    "wrong, rough",
    "wrong in part",
    "right, withheld",
    "known, withheld",
    "said",
    "false",
    "cover",
    "refused",
)


def shown(counts: pd.DataFrame) -> pd.DataFrame:
    """The counts as text.

    Parameters
    ----------
    counts : DataFrame
        As of `tiltyard.advice.verdict_counts.counted`.
    """
    table = counts.astype(object)
    for column in SHARES:
        table[column] = [_percent(share) for share in counts[column]]
    table[SECONDS] = [f"{seconds:.1f}" for seconds in counts[SECONDS]]
    return table.astype(str)


def before_and_after(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """One table of the counts of two versions, «before → after» where they differ.

    Raises
    ------
    ValueError
        If the kinds are not the same.
    """
    old, new = (shown(counts).set_index("kind") for counts in (before, after))
    if list(old.index) != list(new.index):
        odd = sorted(set(old.index) ^ set(new.index))
        raise ValueError(f"the kinds before and after differ: {', '.join(odd) or 'their sequence'}")
    cells = {
        column: [
            now if was == now else f"{was} → {now}"
            for was, now in zip(old[column], new[column], strict=True)
        ]
        for column in COMPARED
    }
    return pd.DataFrame({"kind": list(new.index), **cells})


def markdown_lines(table: pd.DataFrame) -> list[str]:
    """The lines of a table of text in Markdown."""
    head, rule = list(table.columns), ["---"] * len(table.columns)
    rows: Sequence[Sequence[str]] = [head, rule, *table.itertuples(index=False)]
    return [f"| {' | '.join(row)} |" for row in rows]


def _percent(share: float) -> str:
    return "-" if np.isnan(share) else f"{100 * share:.0f} %"
