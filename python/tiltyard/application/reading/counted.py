"""Dates that are written as numbers: since 1970, as spreadsheets count days, as 20240531."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.reading.table import Cells, Said
from tiltyard.application.series import UnusableData

#: Nanoseconds of one, and the day from which it counts, for each way of counting; MATLAB's from
#: 1970 after `MATLAB_1970` is taken off.
COUNTS: dict[str, tuple[int, str]] = {
    "unix": (1_000_000_000, "1970-01-01"),
    "unix-ms": (1_000_000, "1970-01-01"),
    "unix-us": (1_000, "1970-01-01"),
    "unix-ns": (1, "1970-01-01"),
    "excel": (86_400_000_000_000, "1899-12-30"),
    "matlab": (86_400_000_000_000, "1970-01-01"),
}
WORDS = {
    "unix": "seconds since 1970",
    "unix-ms": "milliseconds since 1970",
    "unix-us": "microseconds since 1970",
    "unix-ns": "nanoseconds since 1970",
    "excel": "days as spreadsheets count them",
    "matlab": "days as MATLAB counts them",
}
#: `--date-format number`: times are plain numbers.
NUMBER = "number"
#: Days between the day that MATLAB calls 0 and 1970.
MATLAB_1970 = 719_529
#: Dates that are guessed lie between these.
EARLIEST, LATEST = np.datetime64("1990-01-01", "ns"), np.datetime64("2100-01-01", "ns")
#: Seconds since 1970 are guessed from 2001 (a thousand million) to 2065.
SECONDS = (1.0e9, 3.0e9)
DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_DATED = re.compile(r"(?i)dat[eu]|datum|fecha|\bdato|stamp|stempel|serial|excel|datenum|when")

Stamps = NDArray[np.datetime64]


def read_counted(
    cells: Cells,
    values: NDArray[np.float64],
    name: str,
    wish: str,
    said: Said,
    unit: str = "",
) -> tuple[Stamps, bool] | None:
    """Dates of a column of numbers, and whether they are in UTC; None if its numbers are no dates.

    A date is NaT where there is none.

    Parameters
    ----------
    cells : sequence
        As they are in the file, so that whole numbers lose no digit.
    values : (rows,) array
        The numbers in them.
    name : str
        Of the column.
    wish : str
        A key of `COUNTS`, if the user names it.
    said : Said
        Gets what was guessed.
    unit : str
        Of the numbers, if the file has it: then they only are dates if they count since 1970.

    Raises
    ------
    UnusableData
        If the wish gives dates beyond the years 1678 to 2262.
    """
    if wish in COUNTS:
        return _counted(cells, values, wish, name), wish.startswith("unix")
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    if not unit and (form := _digits(finite)):
        stamps = _packed(cells, form)
        if stamps is not None:
            _say(said, name, f"{_example(cells)} is the date {_day(stamps)} ({form})")
            return stamps, False
    for count in ("unix", "unix-ms", "unix-us", "unix-ns"):
        low, high = (limit * 1e9 / COUNTS[count][0] for limit in SECONDS)
        if low <= finite.min() and finite.max() <= high:
            return _guessed(cells, values, count, name, said), True
    for count in () if unit else ("excel", "matlab"):
        low, high = (_as_count(limit, count) for limit in (EARLIEST, LATEST))
        inside = low <= finite.min() and finite.max() <= high
        if inside and (_DATED.search(name) or _whole_seconds(finite)):
            return _guessed(cells, values, count, name, said), False
    return None


def _guessed(
    cells: Cells, values: NDArray[np.float64], count: str, name: str, said: Said
) -> Stamps:
    stamps = _counted(cells, values, count, name)
    _say(said, name, f"{_example(cells)} counts {WORDS[count]}, {_day(stamps)}")
    return stamps


def _say(said: Said, name: str, what: str) -> None:
    said.guessed.append(f"{name}: {what} (--date-format {NUMBER} if it is a plain number)")


def _example(cells: Cells) -> str:
    return next(str(cell) for cell in cells if cell not in (None, ""))


def _day(stamps: Stamps) -> str:
    return str(stamps[~np.isnat(stamps)][0].astype("datetime64[s]")).replace("T", " ")


def _counted(cells: Cells, values: NDArray[np.float64], count: str, name: str) -> Stamps:
    nanoseconds, zero = COUNTS[count]
    offset = -MATLAB_1970 if count == "matlab" else 0
    start = np.datetime64(zero, "ns")
    stamps = np.full(len(values), np.datetime64("NaT", "ns"))
    good = np.isfinite(values)
    if (np.abs((values[good] + offset) * nanoseconds) > 9.2e18).any():
        raise UnusableData(
            f"column {name!r}: {_example(cells)} does not count {WORDS[count]}; say what it counts "
            f"with --date-format {NUMBER}, or {', '.join(COUNTS)}"
        )
    whole = [_whole(cells[k]) for k in np.flatnonzero(good)]
    if all(one is not None for one in whole):
        added = (np.array(whole, dtype=np.int64) + offset) * nanoseconds
    elif nanoseconds > 1_000_000_000:
        # A day with 11 digits is good to a microsecond; clocks of such days are read to one too.
        added = np.round((values[good] + offset) * (nanoseconds / 1e6)).astype(np.int64) * 1_000_000
        added = _to_seconds(added, [cells[k] for k in np.flatnonzero(good)])
    else:
        base = np.floor(values[good])
        rest = np.round((values[good] - base) * min(nanoseconds, 1e9) / 1e3) * 1e3
        added = base.astype(np.int64) * nanoseconds + rest.astype(np.int64)
    stamps[good] = start + added.astype("timedelta64[ns]")
    return stamps


def _to_seconds(nanoseconds: NDArray[np.int64], cells: Cells) -> NDArray[np.int64]:
    """Whole seconds, if all are as near to one as the digits of the days can say."""
    digits = [
        len(re.split("[.,]", str(cell))[-1]) for cell in cells if re.search("[.,]", str(cell))
    ]
    rounding = 0.51 * 86_400e9 * 10.0 ** -max(digits, default=0)
    whole = np.round(nanoseconds / 1e9).astype(np.int64) * 1_000_000_000
    near = np.abs(nanoseconds - whole) <= max(rounding, 1e6)
    return whole if rounding < 5e8 and near.all() else nanoseconds


def _whole(cell: Any) -> int | None:
    """The cell as a whole number, with all its digits."""
    if isinstance(cell, (int, np.integer)):
        return int(cell)
    return int(cell) if isinstance(cell, str) and re.fullmatch(r"[+-]?\d+", cell) else None


def _as_count(moment: np.datetime64, count: str) -> float:
    nanoseconds, zero = COUNTS[count]
    start = np.datetime64(zero, "ns")
    return float((moment - start).astype(np.int64)) / nanoseconds + (
        MATLAB_1970 if count == "matlab" else 0
    )


def _whole_seconds(days: NDArray[np.float64]) -> bool:
    """Whether the steps are whole seconds in days, and no round numbers of days themselves."""
    steps = np.abs(np.diff(days))
    steps = steps[steps > 0]
    if not len(steps):
        return False
    seconds = steps * 86_400.0
    rounding = 0.1  # days with six digits are good to it
    whole = np.abs(seconds - np.round(seconds)) < rounding
    round_days = np.abs(steps * 1_000 - np.round(steps * 1_000)) < 1e-6
    return bool(whole.mean() > 0.95 and round_days.mean() < 0.5)


def _digits(finite: NDArray[np.float64]) -> str:
    """The format of dates with 8, 12 or 14 digits, if all cells have that many."""
    if (finite != np.round(finite)).any():
        return ""
    lengths = {len(str(int(value))) for value in finite}
    return DIGITS.get(lengths.pop(), "") if len(lengths) == 1 and len(finite) > 1 else ""


def _packed(cells: Cells, form: str) -> Stamps | None:
    """Dates such as 20240531; None if one of them is no date of the years 1900 to 2099."""
    import pandas as pd

    texts = pd.Series(
        [None if cell in (None, "") else str(cell).removesuffix(".0") for cell in cells],
        dtype=object,
    )
    stamps = pd.to_datetime(texts, format=form, errors="coerce")
    years = stamps.dt.year
    if stamps.isna().sum() > texts.isna().sum() or not years.dropna().between(1900, 2099).all():
        return None
    return stamps.to_numpy(dtype="datetime64[ns]")
