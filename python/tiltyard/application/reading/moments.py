"""The column of the times: which one it is, and what its cells say."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.reading.clocks import HOURS, MINUTES, read_clock
from tiltyard.application.reading.counted import COUNTS, NUMBER, read_counted
from tiltyard.application.reading.dates import is_date_column, read_dates
from tiltyard.application.reading.missing import is_numeric
from tiltyard.application.reading.numerals import Numerals
from tiltyard.application.reading.shapes import CLOCK, is_empty
from tiltyard.application.reading.table import Cells, Column, Said, Table
from tiltyard.application.reading.units import unit_in, unit_named
from tiltyard.application.reading.wishes import Wishes
from tiltyard.application.series import UnusableData
from tiltyard.application.times import UNITS

#: Names of columns of times, in the languages of instruments.
TIMES = re.compile(
    r"(?i)^[^\w]*(?:(?:elapsed|test|total|run|rel\w*|abs\w*|local|utc)[ _.]*)?"
    r"(?:t|time\w*|zeit\w*|uhrzeit|laufzeit|dat(?:e|um)\w*|timestamp|elapsed\w*|tiempo|tempo|fecha|"
    r"hora|heure|tijd|tid|czas|čas|aika|seconds?|minutes?|hours?|days?|secs?)(?:[^a-z].*)?$"
)
#: Parts of a date that may have a column each.
PARTS = ("year", "month", "day", "hour", "minute", "second")
#: Names of columns that count the rows.
COUNTERS = re.compile(
    r"(?i)(?:unnamed: ?\d+|index|idx|row|nr|no|num|number|#|n°|nº|lfd\.? ?nr|sample|sample ?(?:no|"
    r"number|#)|point|pt|scan|record|rec|frame#?|id|obs|messwert|zeile)\.?|"
)


@dataclass(frozen=True, eq=False)
class Moments:
    """What the cells of the time column say.

    Attributes
    ----------
    name : str
        Of the column, or of both.
    columns : tuple of str
    values : (rows,) array
        Times [unit]; of dates and clocks in seconds; NaN where there is none.
    unit : str
        Of plain numbers, if it is known.
    stamps : (rows,) array of datetime64[ns] or None
        The dates, if they are dates; in UTC if `utc`.
    utc : bool
        Whether they say how far they are from UTC.
    clock : bool
        Whether they are clock times without a date.
    """

    name: str
    columns: tuple[str, ...]
    values: NDArray[np.float64]
    unit: str = ""
    stamps: NDArray[np.datetime64] | None = None
    utc: bool = False
    clock: bool = False

    def taken(self, rows: NDArray[np.intp]) -> Moments:
        """Those of these rows."""
        stamps = None if self.stamps is None else self.stamps[rows]
        return replace(self, values=self.values[rows], stamps=stamps)


def read_moments(
    table: Table, numerals: Mapping[str, Numerals], wishes: Wishes, said: Said
) -> Moments:
    """The times of a table's rows.

    Raises
    ------
    UnusableData
        If there is no column of times, or its cells are neither numbers nor times; the message
        names a cell.
    """
    names = [table.column(name).name for name in wishes.time]
    if len(names) > 2:
        raise UnusableData("--time: give one column, or two, a date's and a time of day's")
    if not names:
        if (parted := _parted(table, numerals, said)) is not None:
            return parted
        names = [_chosen(table, numerals, said)]
    first = table.column(names[0])
    second = table.column(names[1]) if len(names) == 2 else _other_half(table, first)
    if second is not None:
        both = _joined(first, second, wishes, said)
        if both is not None:
            return both
        if len(names) == 2:
            raise UnusableData(f"columns {names[0]!r} and {names[1]!r} are no date and time of day")
    return _single(table, first, numerals[first.name], wishes, said)


def counts_rows(column: Column, numerals: Numerals) -> bool:
    """Whether the column has the name of one that counts rows, and counts them."""
    if not COUNTERS.fullmatch(column.name) or not is_numeric(column.cells, numerals):
        return False
    values = numerals.column(column.cells)
    steps = np.diff(values[np.isfinite(values)])
    counted = max(np.mean(steps == 1), np.mean(steps == -1)) if len(steps) else 0.0
    return bool(counted > 0.5 and np.all(steps == np.round(steps)))


def _chosen(table: Table, numerals: Mapping[str, Numerals], said: Said) -> str:
    """The name of the column of times: by its name, its dates, or its place."""
    columns = list(table.columns)
    while len(columns) > 2 and counts_rows(columns[0], numerals[columns[0].name]):
        columns.pop(0)
    numeric = [one for one in columns if is_numeric(one.cells, numerals[one.name])]
    dated = [one for one in columns if _is_dated(one)]
    named = [one for one in (*numeric, *dated) if TIMES.match(one.name)]
    first = columns[0]
    if first in dated or (first in numeric and TIMES.match(first.name)):
        return first.name
    likely = [*dated, *named, *numeric]
    if not likely:
        raise UnusableData(
            "it has no column of numbers or dates for the times; it has "
            f"{', '.join(map(repr, table.names))}: say with --time which it is, and how its dates "
            "are written with --date-format"
        )
    if likely[0] is not first:
        said.guessed.append(f"the times are in {likely[0].name!r} (--time takes another column)")
    return likely[0].name


def _is_dated(column: Column) -> bool:
    cells = column.cells
    if isinstance(cells, np.ndarray) and cells.dtype.kind in "mM":
        return True
    filled = [cell for cell in cells if not is_empty(cell)]
    typed = [isinstance(c, (datetime.date, datetime.time, datetime.timedelta)) for c in filled]
    return bool(filled) and (
        2 * sum(typed) > len(filled) or is_date_column(cells) or _is_clock(filled)
    )


def _is_clock(filled: Cells) -> bool:
    some = filled[:200]
    good = [
        isinstance(c, datetime.time) or (isinstance(c, str) and CLOCK.fullmatch(c)) for c in some
    ]
    return 2 * sum(map(bool, good)) > len(some)


def _parted(table: Table, numerals: Mapping[str, Numerals], said: Said) -> Moments | None:
    """Dates whose year, month, day and hour have a column each; None if there are none such."""
    columns = {
        part: column.name
        for column in table.columns
        for part in PARTS
        if column.name.strip(" :*#").casefold() in (part, f"{part}s", part[:2], part[0] * 2)
        and is_numeric(column.cells, numerals[column.name])
    }
    if not {"year", "month"} <= set(columns):
        return None
    import pandas as pd  # here: it takes half a second

    numbers = {part: numerals[one].column(table.column(one).cells) for part, one in columns.items()}
    dates = pd.to_datetime(pd.DataFrame({"day": 1.0} | numbers), errors="coerce")
    if 2 * int(dates.notna().sum()) < len(table):
        return None
    used = tuple(columns.values())
    said.guessed.append(f"the times are the dates of {', '.join(map(repr, used))}")
    return _dated(" ".join(used), used, dates.to_numpy(dtype="datetime64[ns]"), utc=False)


def _other_half(table: Table, first: Column) -> Column | None:
    """The time of day beside a column of days, or the days beside one of clock times."""
    cells = [cell for cell in first.cells if not is_empty(cell)]
    if isinstance(first.cells, np.ndarray) or not cells:
        return None
    for other in table.columns:
        filled = [cell for cell in other.cells if not is_empty(cell)]
        if other is first or not filled or isinstance(other.cells, np.ndarray):
            continue
        if _is_days(cells) and _is_clock(filled):
            return other
        if _is_clock(cells) and _is_days(filled):
            return other
    return None


def _filled(cells: Cells) -> list[Any]:
    return [cell for cell in cells if not is_empty(cell)]


def _is_days(filled: Cells) -> bool:
    """Whether the cells are dates without a time of day."""
    some = filled[:200]
    typed = [isinstance(c, datetime.date) and _at_midnight(c) for c in some]
    if all(typed):
        return True
    return is_date_column(some) and not any(isinstance(c, str) and ":" in c[4:] for c in some)


def _at_midnight(cell: datetime.date) -> bool:
    return not isinstance(cell, datetime.datetime) or cell.time() == datetime.time()


def _joined(first: Column, second: Column, wishes: Wishes, said: Said) -> Moments | None:
    """Dates of one column and times of day of the other, in either sequence."""
    days, clock = (second, first) if _is_clock([c for c in first.cells if c]) else (first, second)
    found = _typed_dates(days.cells)
    if found is None:
        dates = read_dates(days.cells, days.name, _date_part(wishes.date_format), said)
        found = None if dates is None else dates.stamps
    own = Said()  # a time of day beside its date does not run on after midnight
    seconds = read_clock(clock.cells, clock.name, f"{clock.unit} %H:%M", own)
    if found is None or seconds is None:
        return None
    seconds = np.where(seconds >= 86_400, seconds % 86_400, seconds)
    good = np.isfinite(seconds) & ~np.isnat(found)
    stamps = np.full(len(found), np.datetime64("NaT", "ns"))
    nanoseconds = np.round(seconds[good] * 1e9).astype(np.int64)
    stamps[good] = found[good] + nanoseconds.astype("timedelta64[ns]")
    said.guessed.append(
        f"the times are the days of {days.name!r} and the times of day of {clock.name!r}"
    )
    name = f"{days.name} {clock.name}"
    return _dated(name, (days.name, clock.name), stamps, utc=False)


def _date_part(date_format: str) -> str:
    """What of a format is before its hours."""
    return re.split(r"[T ,]*%[HI]", date_format)[0]


def _dated(
    name: str, columns: tuple[str, ...], stamps: NDArray[np.datetime64], *, utc: bool
) -> Moments:
    good = ~np.isnat(stamps)
    if not good.any():
        raise UnusableData(f"column {name!r} has no date")
    values = np.full(len(stamps), np.nan)
    values[good] = (stamps[good] - stamps[good][0]) / np.timedelta64(1, "s")
    return Moments(name, columns, values, stamps=stamps, utc=utc)


def _typed_dates(cells: Cells) -> NDArray[np.datetime64] | None:
    """Dates of cells that are dates already, to the millisecond; None if most are not."""
    dates = [cell if isinstance(cell, datetime.date) else None for cell in cells]
    if 2 * sum(one is not None for one in dates) <= sum(not is_empty(cell) for cell in cells):
        return None
    micro = np.array(
        [np.datetime64("NaT") if one is None else np.datetime64(one, "us") for one in dates],
        dtype="datetime64[us]",
    )
    # Spreadsheets count days, in which most times are rounded.
    near = (micro + np.timedelta64(500, "us")).astype("datetime64[ms]").astype("datetime64[us]")
    close = np.abs((near - micro).astype(np.int64)) <= 20
    return np.where(close, near, micro).astype("datetime64[ns]")


def _single(
    table: Table, column: Column, numerals: Numerals, wishes: Wishes, said: Said
) -> Moments:
    cells, name = column.cells, column.name
    wish = wishes.date_format
    if isinstance(cells, np.ndarray) and cells.dtype.kind == "M":
        return _dated(name, (name,), cells.astype("datetime64[ns]"), utc=column.unit == "UTC")
    if isinstance(cells, np.ndarray) and cells.dtype.kind == "m":
        return Moments(name, (name,), cells / np.timedelta64(1, "s"), clock=True)
    if (typed := _typed_dates(cells)) is not None:
        return _dated(name, (name,), typed, utc=False)
    number = wish in ("", NUMBER, *COUNTS)
    if number and is_numeric(cells, numerals):
        return _numbers(column, numerals, wish, said)
    clocked = bool(MINUTES.search(wish) or HOURS.search(wish)) and "%d" not in wish
    if (number or clocked) and (_is_clock(_filled(cells)) or not is_date_column(cells)):
        seconds = read_clock(cells, name, f"{column.unit} {wish}", said)
        if seconds is not None:
            return Moments(name, (name,), seconds, clock=True)
    texts = [None if is_empty(cell) else str(cell) for cell in cells]
    dates = read_dates(texts, name, "" if number else wish, said)
    if dates is not None:
        return _dated(name, (name,), dates.stamps, utc=dates.utc)
    row = next((k for k, cell in enumerate(cells) if not is_empty(cell)), 0)
    raise UnusableData(
        f"column {name!r}, {table.place(row)}: its times are neither numbers nor dates nor clock "
        f"times: {cells[row]!r}; name another column with --time, or say how its dates are written "
        "with --date-format, as in %d.%m.%Y"
    )


def _numbers(column: Column, numerals: Numerals, wish: str, said: Said) -> Moments:
    values = numerals.column(column.cells)
    name = column.name
    unit = unit_named(column.unit) or unit_in(name)
    if wish != NUMBER:
        counted = read_counted(column.cells, values, name, wish, said, unit)
        if counted is not None:
            return _dated(name, (name,), counted[0], utc=counted[1])
    assert unit in ("", *UNITS)
    return Moments(name, (name,), values, unit)
