"""Table ``stability.csv``: what disturbed the rounds, and which of them count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from tiltyard.studies.throughput.statistics.launches import DISTURBED, ROUND

COLUMNS = [
    *("workload", "machine", "job", "trial", "counted", "launches", "steal_share"),
    *("foreign_share", "disturbed", "wall_dropped", "order", "words"),
]


def stability(launches: pd.DataFrame) -> pd.DataFrame:
    """A row for each round, of repeated ones both.

    Returns
    -------
    DataFrame
        ``disturbed``: others took over a tenth of the cores' time; ``counted``: whether its
        figures are in the tables; ``wall_dropped``: launches whose wall time does not count;
        ``order``: the strategies as they were launched; ``words``: warnings of the round and
        alarms of its launches.
    """
    groups = launches.groupby([*ROUND, "counted"], sort=True, dropna=False)
    rows = [_row(dict(zip([*ROUND, "counted"], key, strict=True)), own) for key, own in groups]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(key: dict[Any, Any], own: pd.DataFrame) -> dict[str, Any]:
    steal, foreign = own["steal_share"].max(), own["foreign_share"].max()
    ok = own[own["ok"]]
    return {
        **key,
        "launches": len(own),
        "steal_share": steal,
        "foreign_share": foreign,
        "disturbed": bool(own["disturbed"].any()),
        "wall_dropped": int((~ok["wall_counts"]).sum()),
        "order": " ".join(own.sort_values("position")["method"]),
        "words": "; ".join(_words(own, steal, foreign, bool(key["counted"]))),
    }


def _words(own: pd.DataFrame, steal: float, foreign: float, counted: bool) -> Iterator[str]:
    for share, by in ((steal, "the machine's host"), (foreign, "other programs")):
        if share > DISTURBED:
            yield f"{by} took {share:.0%} of the cores' time"
    if not counted:
        yield "does not count: it was repeated, and this is the more disturbed of the two"
    yield from _different(own["warnings"])
    for name, part in own[own["alarms"].ne("")].groupby("method"):
        yield from (f"{name}: {alarm}" for alarm in _different(part["alarms"]))


def _different(texts: pd.Series[str]) -> Sequence[str]:
    """The different parts of texts that are joined by semicolons, in their order."""
    return list(dict.fromkeys(part for text in texts for part in text.split("; ") if part))
