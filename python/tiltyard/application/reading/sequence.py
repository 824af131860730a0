"""The sequence of a record's times: what is refused, and which remedy is right for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.examination.ordering import Sequence, ordering_of
from tiltyard.application.reading.moments import Moments
from tiltyard.application.reading.records import telling_apart
from tiltyard.application.reading.table import Table
from tiltyard.application.reading.wishes import Wishes
from tiltyard.application.series import UnusableData
from tiltyard.application.times import clock_text

#: Share of steps back above which an abscissa is measured, whatever its trend is.
TO_AND_FRO = 0.1
HOUR = 3_600.0


def checked_sequence(table: Table, moments: Moments, wishes: Wishes) -> NDArray[np.intp]:
    """The rows of a record in the sequence of its times.

    Parameters
    ----------
    table : Table
        Its rows only.
    moments : Moments
        Their times.
    wishes : Wishes
        `sort` and `average` allow what is refused else.

    Raises
    ------
    UnusableData
        If times go back, or are repeated; the message names rows, and only a remedy that keeps
        numbers right.
    """
    values = moments.values
    rows = np.arange(len(values))
    steps = np.diff(values)
    if (steps < 0).any():
        if not wishes.sort:
            _refuse_back(table, moments, wishes)
        rows = np.argsort(values, kind="stable")
    repeated = np.flatnonzero(np.diff(values[rows]) == 0)
    if len(repeated) and not wishes.average:
        _refuse_repeated(table, moments, rows, repeated)
    return rows


def shown_time(moments: Moments, row: int) -> str:
    """A time as the file may have it."""
    if moments.stamps is not None:
        text = str(moments.stamps[row]).replace("T", " ")
        return text.partition(".")[0] if text.endswith("." + "0" * 9) else text.rstrip("0")
    value = float(moments.values[row])
    return clock_text(value) if moments.clock else f"{value:.10g}"


def _refuse_back(table: Table, moments: Moments, wishes: Wishes) -> None:
    values = moments.values
    back = np.flatnonzero(np.diff(values) < 0)
    first = int(back[0])
    what = (
        f"the time of {table.place(first + 1)}, {shown_time(moments, first + 1)}, is before that "
        f"of {table.place(first)}, {shown_time(moments, first)}"
    )
    if other := telling_apart(table, values, moments.columns):
        raise UnusableData(
            f"{what}: the rows are several records; --by {other} takes each by itself"
        )
    dated = moments.stamps is not None and not moments.utc and not wishes.zone
    if dated and values[first] - values[first + 1] <= HOUR:
        raise UnusableData(
            f"{what}: if a clock was set back there, as at the end of daylight saving time, name "
            "its zone, as in --zone Europe/Berlin; else mend the times"
        )
    ordering = ordering_of(values)
    if ordering.sequence is Sequence.MEASURED or len(back) > TO_AND_FRO * len(values):
        raise UnusableData(
            f"{what}, and so in {len(back)} rows: {moments.name} goes to and fro, so that it is "
            "measured and no time; name the column of the times with --time, and divide one "
            "derivative by the other"
        )
    unique = len(np.unique(values)) == len(values)
    remedy = (
        "; if rows are out of sequence, --sort puts them into it"
        if unique
        else ": the rows are out of sequence, and some times are repeated: mend them in the file"
    )
    raise UnusableData(what + remedy)


def _refuse_repeated(
    table: Table, moments: Moments, rows: NDArray[np.intp], repeated: NDArray[np.intp]
) -> None:
    one, two = int(rows[repeated[0]]), int(rows[repeated[0] + 1])
    what = (
        f"{table.place(one)} and {table.place(two)} have the same time {shown_time(moments, one)}"
    )
    if other := telling_apart(table, moments.values, moments.columns):
        raise UnusableData(
            f"{what}: the rows are several records; --by {other} takes each by itself"
        )
    raise UnusableData(
        f"{what}; keep one of them, or if they are repeated measurements at one time, ask for "
        "their average (--average)"
    )
