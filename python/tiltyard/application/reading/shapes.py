"""What cells look like: numbers in any way of writing, times, units, words."""

from __future__ import annotations

import datetime
import math
import numbers
import re
from typing import Any

from tiltyard.application.reading.months import is_month

#: Signs that are written for a minus: the true one, dashes, a small and a wide one.
MINUSES = dict.fromkeys(map(ord, "−–‒‐‑﹣－"), "-")
#: Blanks that group digits beside the common one: no-break, figure, thin, narrow no-break.
BLANKS = "\u00a0\u2007\u2009\u202f"
APOSTROPHES = "'’ʼ"
GROUPING = rf"[ {BLANKS}{APOSTROPHES}]"
EXPONENT = r"(?:[eEdD][+-]?\d{1,3})"
#: A number with points, commas or grouped digits, whichever they are.
NUMBER = re.compile(
    rf"([+-]?(?:\d+(?:[.,]\d+)*\.?|\d{{1,3}}(?:{GROUPING}\d{{3}})+(?:[.,]\d*)?|[.,]\d+)"
    rf"{EXPONENT}?)"
    # What may follow a number in its cell, as in "5.2 mV" and "3 %".
    r"(?:[ \u00a0\u202f]?([%‰°µμΩa-zA-Z][%‰°µμΩa-zA-Z0-9/·*^²³⁻¹-]{0,7}))?"
)
CLOCK = re.compile(
    r"(?P<sign>[+-])?(?:(?P<days>\d{1,4}) ?(?:d|days?)?[,. T]\s*)?"
    r"(?P<a>\d{1,5})[:h](?P<b>\d{1,2})(?:[:m](?P<c>\d{1,2}))?(?:[.,:](?P<f>\d{1,9}))?s?"
    r"(?:\s?(?P<half>[AaPp])\.?\s?[Mm]\.?)?"
)
#: What dates look like; what one is exactly, `dates.FORMS` say.
DATE = re.compile(
    r"(?:[^\W\d_]{2,}\.?,?\s+)?(?:"
    r"\d{1,4}(?P<sep>[-/._])\s?\d{1,2}(?P=sep)\s?\d{1,4}\.?"  # 2025-02-13, 13/02/25
    r"|\d{4}:\d{2}:\d{2}(?= )"  # 2025:02:13 22:00, as cameras write it
    r"|(?:19|20)\d{2}[-/]\d{1,2}|\d{4}-\d{3}|(?:19|20)\d{6}(?=[T _-])"  # 2025-02, 20250213T22
    r"|\d{4}年\d{1,2}月\d{1,2}日"
    r"|\d{1,4}\.?[-/. ]{0,2}(?:de )?(?P<inner>[^\W\d_]{3,})\.?[-/., ]{0,2}(?:de )?\d{1,4}"
    r"|(?P<first>[^\W\d_]{3,})\.?[-/. ]\s{0,2}\d{1,4}(?:st|nd|rd|th)?"  # Feb 13, 2025; Feb 2025
    r")(?:[T\s,_;-]+.*)?"
)
_BASES = (
    "s|sec|secs|seconds?|ms|msec|µs|us|ns|min|mins|minutes?|h|hr|hrs|hours?|d|days?|m|mm|cm|km|µm|um|"
    "nm|in|ft|g|mg|µg|ug|kg|t|N|mN|kN|MN|Nm|V|mV|µV|uV|kV|A|mA|µA|uA|nA|W|mW|kW|Pa|hPa|kPa|MPa|GPa|"
    "bar|mbar|psi|K|C|F|°C|°F|ºC|degC|degF|deg|°|rad|Hz|kHz|MHz|J|kJ|mJ|mol|mmol|µmol|l|L|ml|mL|µl|"
    "µL|ppm|ppb|%|‰|a\\.u\\.|au|counts?|cts|cps|rpm|lx|dB|Ohm|ohm|Ω|kΩ|S|mS|µS|F|T|mT|Nm|pH|"
    "Volts?|Amps?|dimensionless|-|--|1|none|unitless|OD|RFU|AU|g0"
)
_BASE = rf"(?:(?:{_BASES})(?:\^?-?\d|[²³]|⁻[¹²³])?)"
UNIT = re.compile(
    rf"[\[(]?{_BASE}(?:\s?[/·*. ]\s?{_BASE})*[\])]?|\[[^\[\]]{{1,20}}\]|\([^()]{{1,20}}\)"
)


def is_empty(cell: Any) -> bool:
    """Whether there is nothing in the cell."""
    if cell is None or cell == "":
        return True
    return isinstance(cell, float) and math.isnan(cell)


def is_number(cell: Any) -> bool:
    """Whether the cell is a number, in any way of writing, with or without a unit."""
    if isinstance(cell, str):
        return bool(NUMBER.fullmatch(cell.translate(MINUSES)))
    return isinstance(cell, numbers.Real) and not isinstance(cell, bool)


def is_time(cell: Any) -> bool:
    """Whether the cell is a date, a time of day or a time that has passed."""
    if isinstance(cell, str):
        if CLOCK.fullmatch(cell):
            return True
        found = DATE.fullmatch(cell)
        if found is None:
            return False
        inner, first = found["inner"], found["first"]
        return is_month(inner or first, everywhere=bool(inner)) if inner or first else True
    return isinstance(cell, (datetime.date, datetime.time, datetime.timedelta))


def is_value(cell: Any) -> bool:
    """Whether the cell is a number or a time."""
    return is_number(cell) or is_time(cell)


def is_word(cell: Any) -> bool:
    """Whether the cell is text that is neither a number nor a time."""
    return isinstance(cell, str) and cell != "" and not is_value(cell)


def is_unit(cell: Any) -> bool:
    """Whether the cell may be a unit, or is empty."""
    return is_empty(cell) or (isinstance(cell, str) and bool(UNIT.fullmatch(cell)))
