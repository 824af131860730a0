"""Times as numbers, and the dates or durations that they were."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.studies.derivatives.contract import Array

if TYPE_CHECKING:
    from datetime import tzinfo

    import pandas as pd

#: Seconds in each unit in which the time between dates is counted; a year is a Julian one.
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
#: NumPy's units down to its finest, coarse to fine, with their seconds.
_CLOCK = {"s": 1e0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12, "fs": 1e-15, "as": 1e-18}
_FINE = ("ns", "ps", "fs", "as")
#: Microseconds that NumPy cannot count in nanoseconds.
_MOST_NANOSECONDS = np.iinfo(np.int64).max // 1_000
#: What a double's last digit is of the number.
_LAST_DIGIT = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Times:
    """The times of all rows as numbers.

    Attributes
    ----------
    values : (rows,) array
        Times [unit]; those of dates count from the earliest, those of clocks from midnight.
    name : str
        Of the column.
    unit : str
        Of the times, if it is known, else empty.
    stamps : (rows,) array of datetime64 or timedelta64, or None
        The dates or durations, if they were such; dates are in UTC if `utc`.
    utc : bool
        Whether the dates say how far they are from UTC.
    zone : tzinfo or str, optional
        Where clocks show the dates, if that is known and not UTC; only with `utc`.
    clock : bool
        Whether they were written as hours, minutes and seconds without a date.
    """

    values: Array
    name: str = "time"
    unit: str = ""
    stamps: NDArray[Any] | None = None
    utc: bool = False
    zone: tzinfo | str | None = None
    clock: bool = False

    @classmethod
    def counted(
        cls,
        stamps: NDArray[Any],
        name: str,
        unit: str = "",
        *,
        utc: bool = False,
        zone: tzinfo | str | None = None,
    ) -> Times:
        """Times of dates or durations, none of them missing, in `unit` from the earliest.

        Durations count from zero. Without a unit it is the longest up to a day that fits between
        neighbouring samples, seconds at least.
        """
        stamps = _on_the_clock(stamps)
        seconds = _seconds(stamps, _origin(stamps))
        unit = unit or natural_unit(seconds)
        return cls(seconds / UNITS[unit], name, unit, stamps, utc, zone)

    @property
    def dated(self) -> bool:
        """Whether the times were dates."""
        return self.stamps is not None and self.stamps.dtype.kind == "M"

    @property
    def label(self) -> str:
        """The column's name, and what its dates are in or its durations counted in."""
        if self.utc:
            return f"{self.name} (UTC)"
        unsaid = self.unit and not self.dated and not self.name.endswith(f"[{self.unit}]")
        return f"{self.name} [{self.unit}]" if unsaid else self.name

    def numbers(self, stamps: NDArray[Any]) -> Array:
        """Times [unit] of further dates or durations; only where there are stamps."""
        assert self.stamps is not None
        return _seconds(_on_the_clock(stamps), _origin(self.stamps)) / UNITS[self.unit]

    def dates(self, t: Array) -> NDArray[Any]:
        """The dates, or durations, of the times `t`; only where there are stamps.

        A time of a row gets that row's date, to the last digit; others are rounded to what a
        double tells apart over the record, nanoseconds or coarser unless the stamps are finer.
        """
        assert self.stamps is not None
        kind, (own, _) = self.stamps.dtype.kind, np.datetime_data(self.stamps.dtype)
        resolved = max(_LAST_DIGIT * float(np.ptp(self.values)) * UNITS[self.unit], _CLOCK[own])
        step = next(unit for unit in reversed(_CLOCK) if _CLOCK[unit] >= resolved)
        count = np.round(t * (UNITS[self.unit] / _CLOCK[step])).astype(f"timedelta64[{step}]")
        dates = (_origin(self.stamps) + count).astype(f"{kind}8[{own}]")
        values, rows = np.unique(self.values, return_index=True)
        place = np.minimum(np.searchsorted(values, t), len(values) - 1)
        known = values[place] == t
        dates[known] = self.stamps[rows[place[known]]]
        return dates

    def told(self, t: float) -> str:
        """A time as one says it: its date, its clock time, or its number."""
        if self.clock:
            return clock_text(t * UNITS[self.unit])
        if not self.dated:
            return f"{t:g}"
        (date,) = self.dates(np.array([t]))
        return f"{np.datetime_as_string(date, unit='auto')}{'Z' if self.utc else ''}"

    def ends(self) -> tuple[str, str]:
        """The first and the last time, for people."""
        low, high = np.argmin(self.values), np.argmax(self.values)
        if self.dated:
            assert self.stamps is not None
            zone = " UTC" if self.utc else ""
            first, last = (_short(str(self.stamps[k])) for k in (low, high))
            return f"{first}{zone}", f"{last}{zone}"
        if self.clock:
            seconds = self.values[[low, high]] * UNITS[self.unit]
            return clock_text(seconds[0]), clock_text(seconds[1])
        return f"{self.values[low]:.10g}", f"{self.values[high]:.10g}"

    def index(self, t: Array) -> Array | pd.Index:
        """The times `t` as they were given: dates with their zone, durations, or numbers."""
        if self.clock:
            return np.array([clock_text(time * UNITS[self.unit]) for time in t], dtype=object)
        if self.stamps is None:
            return t
        import pandas as pd

        stamps = self.dates(t)
        if np.datetime_data(stamps.dtype)[0] in _FINE:  # pandas knows none finer
            stamps = stamps.astype(f"{stamps.dtype.kind}8[ns]")
        if not self.dated:
            return pd.TimedeltaIndex(stamps)
        dates = pd.DatetimeIndex(stamps)
        if not self.utc:
            return dates
        aware = dates.tz_localize("UTC")
        return aware if self.zone is None else aware.tz_convert(self.zone)


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


def _on_the_clock(stamps: NDArray[Any]) -> NDArray[Any]:
    """Dates or durations in nanoseconds, or finer as they are, or in microseconds if too long.

    Nanoseconds reach from 1678 to 2261, microseconds as far as anything.
    """
    (unit, _), kind = np.datetime_data(stamps.dtype), stamps.dtype.kind
    if unit in _FINE:
        return stamps
    coarse = stamps.astype(f"{kind}8[us]")
    far = np.abs(coarse.astype(np.int64)).max() >= _MOST_NANOSECONDS
    return coarse if far else coarse.astype(f"{kind}8[ns]")


def _origin(stamps: NDArray[Any]) -> Any:
    """Where numbers count from: the earliest date, or no time at all."""
    return stamps.min() if stamps.dtype.kind == "M" else stamps[0] - stamps[0]


def _seconds(stamps: NDArray[Any], origin: Any) -> Array:
    return np.asarray((stamps - origin) / np.timedelta64(1, "s"), dtype=np.float64)


def natural_unit(seconds: Array) -> str:
    """The longest unit up to a day that fits between neighbouring samples, seconds at least."""
    steps = np.abs(np.diff(seconds))
    typical = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1.0
    fitting = [unit for unit in NATURAL if UNITS[unit] <= typical]
    return fitting[-1] if fitting else "s"


def evaluation_times(t: Array, all_times: Array, points: int = 0) -> Array:
    """Even times, or all rows' own within the record `t`, missing samples included."""
    if points:
        return np.linspace(t[0], t[-1], max(points, 2))
    unique = np.unique(all_times)
    return unique[(unique >= t[0]) & (unique <= t[-1])]
