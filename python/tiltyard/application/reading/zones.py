"""Zones of clocks, and the days on which clocks are changed."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.reading.shapes import MINUSES
from tiltyard.application.reading.table import Said
from tiltyard.application.series import UnusableData

#: Hours that abbreviations are ahead of UTC: those of RFC 2822 and of Europe.
HOURS = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "UT": 0,
    "WET": 0,
    "WEST": 1,
    "CET": 1,
    "MEZ": 1,
    "CEST": 2,
    "MESZ": 2,
    "EET": 2,
    "EEST": 3,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
HOUR = np.timedelta64(3_600_000_000_000, "ns")
#: Zones whose clocks are changed, one for each rule that is in use, and the usual ones first.
CHANGING = (
    *("Europe/Berlin", "America/New_York", "Europe/London", "Australia/Sydney"),
    *("America/Chicago", "America/Denver", "America/Los_Angeles", "America/Halifax"),
    *("Europe/Athens", "Europe/Lisbon", "Pacific/Auckland", "America/Santiago"),
    *("America/Sao_Paulo", "Asia/Jerusalem", "Africa/Cairo", "Asia/Beirut", "America/Havana"),
)
#: Steps are even if so large a share is the usual one.
EVENLY = 0.9
#: Steps of a clock that is read and not set differ from each other by this share.
TOLERANCE = 0.02


def offset_seconds(zone: str, name: str) -> float:
    """Seconds that a zone is ahead of UTC, as in ``+02:00``, ``UTC+2`` and ``CEST``.

    Raises
    ------
    UnusableData
        If the abbreviation has several meanings, or is unknown.
    """
    text = zone.translate(MINUSES).strip().upper()
    found = re.fullmatch(r"(?:UTC|GMT)?\s?([+-])(\d{1,2}):?(\d{2})?", text)
    if found:
        seconds = 3600 * int(found[2]) + 60 * int(found[3] or 0)
        return -seconds if found[1] == "-" else seconds
    if text not in HOURS:
        raise UnusableData(
            f"column {name!r}: the zone {zone!r} is not known for sure; write the hours ahead of "
            "UTC, as in +02:00"
        )
    return 3600 * HOURS[text]


def in_zone(stamps: NDArray[np.datetime64], zone: str, name: str) -> NDArray[np.datetime64]:
    """Dates of a zone's clock, in UTC; an hour that comes twice is told by the rows' sequence.

    Raises
    ------
    UnusableData
        If there is no such zone, or the clock of that zone never showed such a time.
    """
    import pandas as pd

    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise UnusableData(f"--zone {zone!r}: no such zone; as in Europe/Berlin") from error
    index = pd.DatetimeIndex(stamps)
    try:
        local = index.tz_localize(zone, ambiguous="infer", nonexistent="raise")
    except ValueError as error:
        reason = " ".join(str(error).split()).partition(", try using")[0]
        raise UnusableData(
            f"column {name!r} is no clock of {zone}: {reason}; name another zone, or UTC if the "
            "clock is never changed"
        ) from error
    return local.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[ns]")


def running_on(stamps: NDArray[np.datetime64], name: str, said: Said) -> NDArray[np.datetime64]:
    """Dates of a local clock as if it had never been changed.

    In autumn a clock shows an hour twice, in spring it leaves one out. Both are found by the rows'
    sequence, at the hours at which clocks of some zone are changed (IANA's tz database).

    Parameters
    ----------
    stamps : (rows,) array of datetime64[ns]
        Without zone.
    name : str
        Of the column.
    said : Said
        Gets where the clock was changed.
    """
    steps = np.diff(stamps)
    forward = steps[steps > np.timedelta64(0, "ns")]
    if len(forward) < 3:
        return stamps
    usual = np.median(forward.astype(np.int64)).astype("timedelta64[ns]")
    slack = TOLERANCE * usual.astype(np.int64) + 1_500_000_000 * (usual > np.timedelta64(10, "s"))
    off = np.abs((steps - usual).astype(np.int64)) > slack
    even = np.mean(~off) >= EVENLY and usual <= 24 * HOUR
    shifted = stamps.copy()
    for k in np.flatnonzero(off | (steps < np.timedelta64(0, "ns"))):
        step = steps[k]
        back = _is_near(step + HOUR, usual, slack) if even else -HOUR <= step < 0 * HOUR
        ahead = even and _is_near(step - HOUR, usual, slack)
        if not back and not ahead:
            continue
        # The moment of the change lies between the two rows.
        if not _clocks_change(stamps[k], stamps[k + 1], back=bool(back)):
            continue
        shifted[k + 1 :] += HOUR if back else -HOUR
        what = "shows an hour twice" if back else "leaves out an hour"
        said.guessed.append(
            f"{name}: the local clock {what} after {_minute(stamps[k])}, where daylight saving "
            f"time {'ends' if back else 'begins'}; later times are an hour "
            f"{'later' if back else 'earlier'} than written (--zone UTC if not, or the right zone)"
        )
    return shifted


def _is_near(step: np.timedelta64, usual: np.timedelta64, slack: float) -> bool:
    return bool(abs((step - usual).astype(np.int64)) <= slack)


def _minute(stamp: np.datetime64) -> str:
    return str(stamp.astype("datetime64[m]")).replace("T", " ")


def _clocks_change(before: np.datetime64, after: np.datetime64, *, back: bool) -> bool:
    """Whether clocks of some zone are set back, or ahead, between two rows."""
    low, high = min(before, after), max(before, after)
    days = np.arange(low.astype("datetime64[D]"), high.astype("datetime64[D]") + 1)
    changes = (change for day in days[:3] for change in _changes(str(day)))
    for hour, amount in changes:
        # A clock that is set back shows the hour before the change again.
        first, last = (low, high) if not back else (low - HOUR, high + HOUR)
        if (amount < 0) == back and first < hour <= last:
            return True
    return False


@cache
def _changes(day: str) -> tuple[tuple[np.datetime64, int], ...]:
    """Changes of clocks on a day: the time that they show before, and by how many seconds."""
    start = datetime.datetime.fromisoformat(day)
    found = []
    for name in CHANGING:
        try:
            zone = zoneinfo.ZoneInfo(name)
        except zoneinfo.ZoneInfoNotFoundError:
            continue
        moment = start.replace(tzinfo=zone).astimezone(datetime.UTC)
        for half in range(48):
            here = moment + datetime.timedelta(minutes=30 * half)
            there = here + datetime.timedelta(minutes=30)
            change = _offset(there, zone) - _offset(here, zone)
            if change:
                local = (there + _offset(here, zone)).replace(tzinfo=None)
                found.append((np.datetime64(local, "ns"), int(change.total_seconds())))
                break
    return tuple(found)


def _offset(moment: datetime.datetime, zone: zoneinfo.ZoneInfo) -> datetime.timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
