"""Times of samples as numbers, and what makes dates or clock times of them again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.series import UnusableData

#: Seconds in each unit in which times are counted; a year is a Julian one.
UNITS: dict[str, float] = {
    "s": 1,
    "min": 60,
    "h": 3_600,
    "day": 86_400,
    "year": 31_557_600,
    "ms": 1e-3,
    "us": 1e-6,
    "ns": 1e-9,
}
#: Units that are chosen by the spacing of dates.
NATURAL = ("s", "min", "h", "day")
#: Other words for them, in the languages of instruments.
WORDS = {
    "s": "s sec secs second seconds sek sekunde sekunden seconde secondes segundo segundos",
    "min": "min mins minute minutes minuten minuto minutos minuti",
    "h": "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore",
    "day": "d day days tag tage jour jours día dia días dias giorno giorni dag",
    "year": "a yr yrs year years jahr jahre",
    "ms": "ms msec msecs millisecond milliseconds",
    "us": "us µs μs usec microsecond microseconds",
    "ns": "ns nsec nanosecond nanoseconds",
}
_UNIT_OF = {word: unit for unit, words in WORDS.items() for word in words.split()}
_IN_NAME = re.compile(r".*(?:[\[(]\s*(?:in )?|[/_,]\s?| in )([^\W\d_]+)\.?\s*[\])]?$", re.DOTALL)


@dataclass(frozen=True)
class Times:
    """The time column as numbers.

    Attributes
    ----------
    values : (rows,) array
        Times [unit]; those of dates count from the first row's, those of clocks from midnight.
    name : str
        Of the column.
    unit : str
        Of the times, if it is known, else empty.
    stamps : (rows,) array of datetime64 or None
        The dates, if they were dates; in UTC if `utc`.
    utc : bool
        Whether the file's dates say how far they are from UTC.
    clock : bool
        Whether they were written as hours, minutes and seconds without a date.
    """

    values: NDArray[np.float64]
    name: str
    unit: str = ""
    stamps: NDArray[np.datetime64] | None = None
    utc: bool = False
    clock: bool = False

    @property
    def label(self) -> str:
        """The column's name, and what its times are in."""
        if self.utc:
            return f"{self.name} (UTC)"
        return f"{self.name} [{self.unit}]" if self.clock else self.name

    def dates(self, t: NDArray[np.float64]) -> NDArray[np.datetime64]:
        """The dates of the times `t`; only where there are stamps.

        A time of the file gets that row's date, to the last digit; others are rounded to
        microseconds.
        """
        assert self.stamps is not None
        microseconds = np.round(t * (UNITS[self.unit] * 1e6)).astype("timedelta64[us]")
        dates = self.stamps[0] + microseconds.astype("timedelta64[ns]")
        values, rows = np.unique(self.values, return_index=True)
        place = np.minimum(np.searchsorted(values, t), len(values) - 1)
        known = values[place] == t
        dates[known] = self.stamps[rows[place[known]]]
        return dates

    def written(self, t: NDArray[np.float64]) -> Any:
        """The times `t` as they are written in a table: dates, clock times or numbers."""
        if self.stamps is not None:
            import pandas as pd

            dates = pd.DatetimeIndex(self.dates(t))
            return dates.tz_localize("UTC") if self.utc else dates
        return [clock_text(time * UNITS[self.unit]) for time in t] if self.clock else t

    def ends(self) -> tuple[str, str]:
        """The first and the last time, for people."""
        low, high = np.argmin(self.values), np.argmax(self.values)
        if self.stamps is not None:
            zone = " UTC" if self.utc else ""
            first, last = (_short(str(self.stamps[k])) for k in (low, high))
            return f"{first}{zone}", f"{last}{zone}"
        if self.clock:
            seconds = self.values[[low, high]] * UNITS[self.unit]
            return clock_text(seconds[0]), clock_text(seconds[1])
        return f"{self.values[low]:.10g}", f"{self.values[high]:.10g}"


def clock_text(seconds: float) -> str:
    """Hours, minutes and seconds, as in 26:05:00; fractions to the microsecond."""
    micro = round(abs(seconds) * 1e6)
    whole, fraction = divmod(micro, 1_000_000)
    text = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    sign = "-" if seconds < 0 and micro else ""
    return f"{sign}{text}" + (f".{fraction:06d}".rstrip("0") if fraction else "")


def _short(date: str) -> str:
    """A date without the zeros behind its seconds."""
    return re.sub(r"\.0*$|(\.\d*?)0+$", r"\1", date).replace("T", " ")


def checked_unit(unit: str) -> str:
    """The unit, if it is one of `UNITS`.

    Raises
    ------
    UnusableData
        If it is another.
    """
    if unit and unit not in UNITS:
        raise UnusableData(f"unit of time {unit!r} is unknown; use one of {', '.join(UNITS)}")
    return unit


def unit_in(text: str) -> str:
    """The unit of time that a text names, as in ``ms``, ``Zeit [s]`` and ``t/min``, else empty."""
    bare = text.strip().casefold()
    if bare in _UNIT_OF and (len(bare) > 3 or text == "ms"):
        return _UNIT_OF[bare]
    found = _IN_NAME.match(bare)
    return _UNIT_OF.get(found[1], "") if found else ""


def unit_named(text: str) -> str:
    """The unit of time that is a unit's own name, as in ``s`` and ``[min]``, else empty."""
    return _UNIT_OF.get(text.strip(" []()").casefold(), "")


def natural_unit(seconds: NDArray[np.float64]) -> str:
    """The longest unit up to a day that fits between neighbouring samples, seconds at least."""
    steps = np.abs(np.diff(seconds))
    typical = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1.0
    fitting = [unit for unit in NATURAL if UNITS[unit] <= typical]
    return fitting[-1] if fitting else "s"
