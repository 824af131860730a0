"""Table ``equality.csv``: whether the outputs are right, which comes before any time."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tiltyard.studies.throughput.statistics.costs import statuses_words
from tiltyard.studies.throughput.statistics.launches import facts_of, one_of, settings, strategies

#: Status of a launch whose output is not the reference's.
WRONG = "wrong_output"
COLUMNS = [
    *("workload", "machine", "strategy", "implementation", "backend", "block", "workers", "tags"),
    *("launches", "equal", "different", "verdict", "difference", "statuses", "output_digest"),
]


def equality(launches: pd.DataFrame) -> pd.DataFrame:
    """A row for each strategy of a setting.

    Returns
    -------
    DataFrame
        ``verdict``: ``equal``, ``different`` (in any launch: its times are shown nowhere),
        ``defines right`` of the reference, ``not compared`` of limits, which have no such output,
        or ``no output``; ``difference``, the first one in words.
    """
    rows = [
        _row(setting.key, setting.launches, name)
        for setting in settings(launches)
        for name in strategies(setting.launches)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(key: dict[str, str], launches: pd.DataFrame, name: str) -> dict[str, Any]:
    own = launches[launches["method"].eq(name)]
    wrong = own[own["status"].eq(WRONG)]
    right = own[own["status"].isin(["ok", "too_short"])]
    return {
        **key,
        **facts_of(launches, name),
        "launches": len(own),
        "equal": 0 if own["limit"].iloc[0] else len(right),
        "different": len(wrong),
        "verdict": _verdict(own, len(right), len(wrong)),
        "difference": wrong["message"].iloc[0] if len(wrong) else "",
        "statuses": statuses_words(own),
        "output_digest": one_of(right["output_digest"]),
    }


def _verdict(own: pd.DataFrame, right: int, wrong: int) -> str:
    if wrong:
        return "different"
    if not right:
        return "no output"
    if own["limit"].iloc[0]:
        return "not compared"
    return "defines right" if own["reference"].iloc[0] else "equal"
