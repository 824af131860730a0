"""Times written as hours, minutes and seconds, without a date: of the day, or since a start."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.reading.shapes import CLOCK
from tiltyard.application.reading.table import Cells, Said, plural
from tiltyard.application.series import UnusableData

#: What a header says of two numbers with a colon between them.
MINUTES = re.compile(r"(?i)\bm{1,2}\]?\s*:\s*s{1,2}|min\w*\s*:\s*s|%M:%S")
HOURS = re.compile(r"(?i)\bh{1,2}\]?\s*:\s*m|std\w*\s*:\s*min|%H:%M")
DAY = 86_400.0
#: The row after midnight comes at most so many usual steps after the row before it.
NEXT = 20.0
MOST_GAP = 3_600.0


def read_clock(cells: Cells, name: str, hint: str, said: Said) -> NDArray[np.float64] | None:
    """Seconds of a column of clock times, NaN where a cell is none; None if most are none.

    Parameters
    ----------
    cells : sequence
        Text, or times and timedeltas of a workbook.
    name : str
        Of the column, for messages.
    hint : str
        What may say whether 01:30 has hours or minutes: the column's unit, a format.
    said : Said
        Gets what was guessed.

    Raises
    ------
    UnusableData
        If nothing says whether 01:30 has hours or minutes first.
    """
    filled = [cell for cell in cells if cell not in (None, "")]
    matches = [CLOCK.fullmatch(cell) if isinstance(cell, str) else None for cell in cells]
    typed = [_typed(cell) for cell in cells]
    good = [
        bool(match) or seconds is not None for match, seconds in zip(matches, typed, strict=True)
    ]
    if not filled or 2 * sum(good) < len(filled):
        return None
    minutes = _minutes_first(matches, name, f"{name} {hint}", said)
    seconds = [
        given if given is not None else np.nan if match is None else _seconds(match, minutes)
        for match, given in zip(matches, typed, strict=True)
    ]
    values = np.array(seconds, dtype=np.float64)
    twelve = any(match and match["half"] for match in matches)
    return _past_midnight(values, name, said) if twelve or np.nanmax(values) <= DAY else values


def _typed(cell: Any) -> float | None:
    if isinstance(cell, datetime.timedelta):
        return cell.total_seconds()
    if isinstance(cell, datetime.time):
        return 3600.0 * cell.hour + 60 * cell.minute + cell.second + cell.microsecond / 1e6
    return None


def _seconds(match: re.Match[str], minutes: bool) -> float:
    first, second, third = int(match["a"]), int(match["b"]), match["c"]
    fraction = float(f"0.{match['f'] or 0}")
    if second > 59 or (third is not None and int(third) > 60):
        return np.nan
    if match["half"]:
        first = first % 12 + 12 * (match["half"] in "pP")
    if third is None and minutes:
        whole = 60 * first + second
    else:
        whole = 3600 * first + 60 * second + int(third or 0)
    total = DAY * int(match["days"] or 0) + whole + fraction
    return -total if match["sign"] == "-" else total


def _minutes_first(
    matches: Sequence[re.Match[str] | None], name: str, hint: str, said: Said
) -> bool:
    """Whether two numbers with a colon between them are minutes and seconds."""
    two = [match for match in matches if match and match["c"] is None]
    if not two or any(match["half"] or match["days"] for match in two):
        return False
    if MINUTES.search(hint) or HOURS.search(hint):
        return bool(MINUTES.search(hint))
    if any(match["f"] for match in two):
        return True
    first_three = next((k for k, m in enumerate(matches) if m and m["c"] is not None), None)
    if first_three is not None:  # 59:59, 1:00:00
        after = any(m and m["c"] is None for m in matches[first_three:])
        return not after
    firsts = [int(match["a"]) for match in two]
    begins_late = firsts[0] > 0
    if max(firsts) < 24 and (begins_late or _turns_over(firsts)):
        said.guessed.append(
            f"{name}: {two[0][0]!r} is an hour and a minute of the day (--date-format %M:%S if it "
            "has minutes and seconds)"
        )
        return False
    if max(firsts) > 59 and not begins_late:
        said.guessed.append(
            f"{name}: {two[-1][0]!r} has minutes and seconds (--date-format %H:%M if it has hours "
            "and minutes)"
        )
        return True
    raise UnusableData(
        f"column {name!r}: {two[-1][0]!r} may have hours and minutes (--date-format %H:%M) or "
        "minutes and seconds (--date-format %M:%S): say which"
    )


def _turns_over(hours: Sequence[int]) -> bool:
    """Whether 0 follows 23."""
    return any(a == 23 and b == 0 for a, b in itertools.pairwise(hours))


def _past_midnight(seconds: NDArray[np.float64], name: str, said: Said) -> NDArray[np.float64]:
    """Times of day that run on after midnight."""
    rows = np.flatnonzero(np.isfinite(seconds))
    steps = np.diff(seconds[rows])
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    over = (steps < 0) & (steps + DAY <= max(NEXT * usual, MOST_GAP))
    if not over.any():
        return seconds
    later = seconds.copy()
    later[rows[1:]] += DAY * np.cumsum(over)
    nights = int(over.sum())
    said.guessed.append(
        f"{name}: its times of day pass midnight {plural(nights, 'time')}, and run on into the "
        "next day as 24:00:00 and later"
    )
    return later
