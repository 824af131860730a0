"""Units of time by their names, in the languages of instruments."""

from __future__ import annotations

import re

from tiltyard.application.series import UnusableData
from tiltyard.application.times import UNITS

#: Words for units of time.
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
