"""Dates as they are written to dates: which number is the day, and which the month."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.reading.months import is_month, month_numbers
from tiltyard.application.reading.shapes import is_empty
from tiltyard.application.reading.table import Cells, Said
from tiltyard.application.reading.zones import offset_seconds
from tiltyard.application.series import UnusableData

_WEEKDAY = r"(?:[^\W\d_]{2,}\.?,?\s+)?"
_MONTH = r"(?P<month>[^\W\d_]{3,})\.?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_TIME = (
    r"(?P<H>\d{1,2})(?P<by>[:.h])(?P<M>\d{2})(?:[:.m](?P<S>\d{2})(?:[.,:](?P<f>\d{1,9}))?s?)?"
    r"(?:\s?(?P<half>[AaPp])\.?\s?[Mm]\.?)?"
)
_ZONE = (
    r"(?:\s?(?P<zone>Z|z|(?:UTC|GMT)?\s?[-+−]\d{1,2}(?::?\d{2})?|[A-Z]{3,5}))?(?:\s?\[[^\]]*\])?"
)
_TAIL = rf"(?:(?:[Tt]|,?\s+|_|\s?[-;,]\s?|\s+(?:at|um|à|a las)\s+|:){_TIME}{_ZONE})?"
_PACKED = (
    r"(?:[T_ -]?(?P<H>\d{2}):?(?P<M>\d{2})(?::?(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?" + _ZONE + ")?"
)
#: Forms of a date; a, b, c are numbers whose sequence is to be found out.
FORMS = {
    "year-month-day": rf"{_WEEKDAY}(?P<year>\d{{4}})(?P<sep>[-/._:])\s?(?P<m>\d{{1,2}})(?P=sep)\s?"
    rf"(?P<d>\d{{1,2}})\.?{_TAIL}",
    "numbers": rf"{_WEEKDAY}(?P<a>\d{{1,2}})(?P<sep>[-/._])\s?(?P<b>\d{{1,2}})(?P=sep)\s?"
    rf"(?P<c>\d{{4}}|\d{{2}})\.?{_TAIL}",
    "day month year": rf"{_WEEKDAY}(?P<d>\d{{1,2}})\.?[-/. ]{{0,2}}(?:de )?{_MONTH}[-/., ]{{0,2}}"
    rf"(?:de )?{_YEAR}{_TAIL}",
    "month day year": rf"{_WEEKDAY}{_MONTH}[-/. ]\s{{0,2}}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?"
    rf"[-/ ]\s?(?P<year>\d{{4}}){_TAIL}",
    "year month day": rf"(?P<year>\d{{4}})[-/. ]{{1,2}}{_MONTH}[-/. ]{{1,2}}(?P<d>\d{{1,2}})"
    rf"{_TAIL}",
    "month day time year": rf"{_WEEKDAY}{_MONTH}\s+(?P<d>\d{{1,2}})\s+{_TIME}{_ZONE}\s+"
    r"(?P<year>\d{4})",
    "packed": rf"(?P<year>(?:19|20)\d{{2}})(?P<m>[01]\d)(?P<d>[0-3]\d){_PACKED}",
    "day of the year": rf"(?P<year>\d{{4}})-(?P<yday>\d{{3}}){_TAIL}",
    "characters": rf"(?P<year>\d{{4}})年(?P<m>\d{{1,2}})月(?P<d>\d{{1,2}})日\s*(?:{_TIME})?",
    "year-month": r"(?P<year>\d{4})[-/](?P<m>\d{1,2})",
    "month year": rf"{_MONTH}[-/., ]{{1,2}}(?P<year>\d{{4}})",
}
_FORMS = {name: re.compile(form) for name, form in FORMS.items()}
#: Which of a, b, c is the day, the month and the year.
ORDERS = {"%d/%m/%Y": "abc", "%m/%d/%Y": "bac", "%Y/%m/%d": "cba"}
#: Words for them.
FIRST = {"%d/%m/%Y": "days first", "%m/%d/%Y": "months first", "%Y/%m/%d": "years first"}
#: Two-digit years below it are of this century, as the C library has it.
PIVOT = 69
#: Steps of a date's reading are uneven if the largest is so many times the usual one.
UNEVEN = 10.0
#: So many cells decide on the form.
ENOUGH = 200

Stamps = NDArray[np.datetime64]


@dataclass(frozen=True)
class Dates:
    """Dates of a column.

    Attributes
    ----------
    stamps : (rows,) array of datetime64[ns]
        NaT where a cell is no date; in UTC if `utc`.
    utc : bool
        Whether the cells say how far they are from UTC.
    daily : bool
        Whether no cell has a time of day.
    """

    stamps: Stamps
    utc: bool
    daily: bool


def read_dates(
    cells: Cells, name: str, date_format: str = "", said: Said | None = None
) -> Dates | None:
    """Dates of a column of text; None if it has none.

    Parameters
    ----------
    cells : sequence
        Text; what is none, or not written like most others, is no date.
    name : str
        Of the column, for messages.
    date_format : str
        How they are written, as in ``%d.%m.%Y``: exactly so, or in that sequence.
    said : Said, optional
        Gets which number is taken for the day.

    Raises
    ------
    UnusableData
        If days and months cannot be told apart, or the format fits no cell.
    """
    said = Said() if said is None else said
    texts = [cell.strip() if isinstance(cell, str) else "" for cell in cells]
    if date_format and (exact := _formatted(texts, date_format)) is not None:
        return exact
    some = [text for text in texts if text][:ENOUGH]
    counts = {form: sum(_has(rx, text) for text in some) for form, rx in _FORMS.items()}
    form = max(counts, key=counts.__getitem__)
    if not counts[form] or 2 * counts[form] < len(some):
        if date_format:
            example = next((text for text in texts if text), "")
            raise UnusableData(
                f"column {name!r}: {example!r} is not written like --date-format {date_format}"
            )
        return None
    matches = [_FORMS[form].fullmatch(text) for text in texts]
    stamps = np.full(len(texts), np.datetime64("NaT", "ns"))
    found = [match.groupdict() for match in matches if match]
    at = np.flatnonzero([match is not None for match in matches])
    clock, utc = _clock_times(found, name)
    if form == "numbers":
        example = texts[at[0]]
        days = _ordered(found, clock, name, example, date_format, said)
    else:
        days = _days(found)
    stamps[at] = days + clock
    return Dates(stamps, utc, all(one.get("H") is None for one in found))


def _formatted(texts: Sequence[str], date_format: str) -> Dates | None:
    """Dates in exactly this format; None if most cells have another."""
    import pandas as pd

    column = pd.Series(texts, dtype=object)
    filled = [text for text in texts if text]
    try:
        utc = pd.to_datetime(column[column != ""].iloc[:1], format=date_format).dt.tz is not None
    except (ValueError, TypeError, AttributeError):
        utc = False
    try:
        stamps = pd.to_datetime(column, format=date_format, errors="coerce", utc=True)
    except ValueError as error:
        raise UnusableData(f"--date-format {date_format}: {error}") from error
    if 2 * int(stamps.notna().sum()) < len(filled) or not filled:
        return None
    naive = stamps.dt.tz_localize(None).to_numpy(dtype="datetime64[ns]")
    return Dates(naive, utc, not re.search("%[HIMSfTRXc]", date_format))


def _clock_times(
    found: Sequence[dict[str, Any]], name: str
) -> tuple[NDArray[np.timedelta64], bool]:
    """Time since midnight in UTC or of the local clock, and which of the two."""
    nanoseconds = np.zeros(len(found), dtype=np.int64)
    zones = {one.get("zone") for one in found if one.get("H")}
    for k, one in enumerate(found):
        if one.get("H") is None:
            continue
        hour, minute, second = int(one["H"]), int(one["M"]), int(one.get("S") or 0)
        if half := one.get("half"):
            hour = hour % 12 + 12 * (half in "pP")
        fraction = int((one.get("f") or "0").ljust(9, "0"))
        if hour > 24 or minute > 59 or second > 60:
            raise UnusableData(
                f"column {name!r}: {hour:02d}:{minute:02d}:{second:02d} is no time of day"
            )
        nanoseconds[k] = (3600 * hour + 60 * minute + second) * 1_000_000_000 + fraction
    if zones - {None}:
        if None in zones:
            raise UnusableData(
                f"column {name!r}: some of its times have a zone, and some have none; write it "
                "with each"
            )
        offsets = {zone: round(offset_seconds(zone, name) * 1e9) for zone in zones if zone}
        # A date without time of day is midnight there, as the first zone has it.
        usual = offsets[next(one["zone"] for one in found if one.get("zone"))]
        nanoseconds -= np.array([offsets.get(one.get("zone"), usual) for one in found])
    return nanoseconds.astype("timedelta64[ns]"), bool(zones - {None})


def _days(found: Sequence[dict[str, Any]]) -> Stamps:
    """Days of dates whose parts are known; NaT where there is no such day."""
    words = {one["month"] for one in found if one.get("month")}
    months = month_numbers(words) if words else {}
    year = np.array([_year(one["year"]) for one in found])
    if found[0].get("yday"):
        day = np.array([int(one["yday"]) for one in found])
        first = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]")
        return (first + (day - 1)).astype("datetime64[ns]")
    month = np.array([months[one["month"]] if words else int(one["m"]) for one in found])
    day = np.array([int(one.get("d") or 1) for one in found])
    return _calendar(year, month, day)


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) > 2 else year + (2000 if year < PIVOT else 1900)


def _calendar(year: NDArray[np.int_], month: NDArray[np.int_], day: NDArray[np.int_]) -> Stamps:
    """Days of the calendar; NaT where there is no such day."""
    good = (month >= 1) & (month <= 12) & (day >= 1)
    first = ((year - 1970) * 12 + np.where(good, month, 1) - 1).astype("datetime64[M]")
    days = first.astype("datetime64[D]") + (day - 1)
    good &= days.astype("datetime64[M]") == first
    stamps = days.astype("datetime64[ns]")
    stamps[~good] = np.datetime64("NaT")
    return stamps


def _ordered(
    found: Sequence[dict[str, Any]],
    clock: NDArray[np.timedelta64],
    name: str,
    example: str,
    date_format: str,
    said: Said,
) -> Stamps:
    """Days of dates such as 01/02/2024: by the only reading in which they are good dates."""
    readings = dict(_readings(found, date_format))
    if date_format:
        (days,) = readings.values()
        return days
    points = found[0]["sep"] == "." and "%d/%m/%Y" in readings
    if points and len(readings) > 1:
        readings = {"%d/%m/%Y": readings["%d/%m/%Y"]}
    if not readings:
        raise UnusableData(
            f"column {name!r}: its dates, {example!r} and others, are no dates with days first, "
            "nor with months first; say how they are written with --date-format"
        )
    why = "as dates with points are written" if points else "no other reading gives dates"
    if len(readings) > 1:
        readings, why = _likelier(readings, clock), "their steps are even so"
    if len(readings) > 1:
        sep = found[0]["sep"]
        year = "%Y" if len(found[0]["c"]) == 4 else "%y"
        both = " or ".join(
            f"{FIRST[order]} (--date-format {order.replace('/', sep).replace('%Y', year)})"
            for order in readings
        )
        raise UnusableData(
            f"column {name!r}: {example!r} may have {both}, and no other row decides: say which"
        )
    ((order, days),) = readings.items()
    said.guessed.append(f"{name}: {FIRST[order]}, as in {example!r}: {why}")
    return days


def _readings(found: Sequence[dict[str, Any]], date_format: str) -> Iterator[tuple[str, Stamps]]:
    """Sequences of day, month and year in which all numbers are dates."""
    numbers = {key: np.array([int(one[key]) for one in found]) for key in "ab"}
    numbers["c"] = np.array([int(one["c"]) for one in found])
    forced = _forced(date_format)
    for order, parts in ORDERS.items():
        day, month, year = list(parts)
        short = any(len(one["c"]) == 2 for one in found)
        if (forced and order != forced) or (year == "a" and not short):
            continue
        years = numbers[year].copy()
        small = years < 100
        years[small] += np.where(years[small] < PIVOT, 2000, 1900)
        days = _calendar(years, numbers[month], numbers[day])
        if forced or not np.isnat(days).any():
            yield order, days


def _forced(date_format: str) -> str:
    """The sequence that a format states."""
    order = "".join(re.findall("%-?([dmyYbB])", date_format)).lower().replace("b", "m")
    known = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y/%m/%d"}
    if date_format and order not in known:
        raise UnusableData(
            f"--date-format {date_format} does not fit; write day, month and year as in %d.%m.%Y"
        )
    return known.get(order, "")


def _likelier(readings: dict[str, Stamps], clock: NDArray[np.timedelta64]) -> dict[str, Stamps]:
    """The readings in which times run on; of these the one with even steps, if others are not."""
    steps = {order: np.diff((days + clock).astype(np.int64)) for order, days in readings.items()}
    running = [o for o, step in steps.items() if (step >= 0).all() or (step <= 0).all()]
    kept = running or list(readings)
    leaps = {order: _leap(np.abs(steps[order])) for order in kept}
    least = min(leaps.values())
    kept = [order for order in kept if leaps[order] < UNEVEN * least]
    return {order: readings[order] for order in kept}


def _leap(steps: NDArray[np.int64]) -> float:
    """The largest step over the usual one, 1 at least."""
    steps = steps[steps > 0]
    return float(steps.max() / np.median(steps)) if len(steps) else 1.0


def is_date_column(cells: Cells) -> bool:
    """Whether most cells that are not empty are dates in one of `FORMS`."""
    some = [cell for cell in cells if not is_empty(cell)][:ENOUGH]
    if not some or not all(isinstance(cell, str) for cell in some):
        return False
    return any(2 * sum(_has(rx, text) for text in some) > len(some) for rx in _FORMS.values())


def _has(form: re.Pattern[str], text: str) -> bool:
    """Whether the text has this form, and its word, if there is one, is a month."""
    found = form.fullmatch(text)
    word = found.groupdict().get("month") if found else None
    return found is not None and (word is None or is_month(word, everywhere=True))
