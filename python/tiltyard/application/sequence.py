"""The sequence of rows: times that fall, are unsorted or repeated, and what may be behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.examination.ordering import Ordering, Sequence, ordering_of
from tiltyard.application.options import AVERAGE, SORT, ZONED
from tiltyard.application.times import UNITS, Times
from tiltyard.studies.derivatives.contract import Array

#: Seconds by which clocks are set back in autumn.
HOUR = 3_600.0


class UnusableData(ValueError):
    """The data cannot be differentiated as they are; the message says where and what to do."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that have a sample, as they were given.

    Attributes
    ----------
    times : Times
        Of all rows: what the times were.
    t : (n,) array
        Times of these rows, finite [time].
    numbers : (n,) array of int
        Of the rows, from 1.
    name : str
        Of the signal.
    """

    times: Times
    t: Array
    numbers: NDArray[np.int64]
    name: str

    @property
    def hour(self) -> float | None:
        """What an hour is in the unit of the times, if their clock may be set back by one."""
        if not self.times.dated or self.times.utc:
            return None
        return HOUR / UNITS[self.times.unit]

    def told(self, place: int) -> str:
        """The time at this place, as one says it."""
        return self.times.told(self.t[place])


def in_sequence(rows: Rows, *, sort: bool) -> tuple[NDArray[np.int64], list[str]]:
    """Places of the rows by increasing time, and notes on what was done.

    Raises
    ------
    UnusableData
        If times go back and the rows are not to be sorted; if a clock without a zone was set back,
        they are not sorted in any case: that would mix two hours.
    """
    steps, places = np.diff(rows.t), np.arange(len(rows.t))
    if np.all(steps >= 0):
        return places, []
    if np.all(steps <= 0):
        return places[::-1], ["the times fall: the rows were taken from the last to the first"]
    ordering = ordering_of(rows.t, rows.hour)
    if ordering.sequence is Sequence.REPEATED_HOUR:
        raise _set_back(rows, ordering.rows[0])
    if not sort:
        raise _not_sorted(rows, ordering)
    notes = []
    if ordering.sequence is Sequence.RESTARTED:
        notes.append(
            f"the times start again in row {rows.numbers[ordering.rows[0]]}: "
            f"{len(ordering.rows) + 1} records were mixed by sorting, which is right only for "
            "repeats of one signal"
        )
    if ordering.sequence is Sequence.MEASURED:
        notes.append(
            "the times look measured, with errors of their own, of which the estimate knows "
            "nothing; the rows were sorted by them"
        )
    return np.argsort(rows.t, kind="stable"), notes


def _set_back(rows: Rows, place: int) -> UnusableData:
    """The refusal of dates of a clock that was set back by an hour, and that have no zone."""
    return UnusableData(
        f"{rows.name}: the times go back by an hour in row {rows.numbers[place]}, from "
        f"{rows.told(place - 1)} to {rows.told(place)}, as a clock does that is set back in "
        f"autumn; give {ZONED}"
    )


def _not_sorted(rows: Rows, ordering: Ordering) -> UnusableData:
    """The refusal of times that go back, with the remedy that keeps numbers right."""
    place = next(row for row in ordering.rows if rows.t[row] < rows.t[row - 1])
    number, before = rows.numbers[place], rows.numbers[place - 1]
    if ordering.sequence is Sequence.RESTARTED:
        return UnusableData(
            f"{rows.name}: the times start again in row {number}, at {rows.told(place)} after "
            f"{rows.told(place - 1)}: {len(ordering.rows) + 1} records one below the other; give "
            "each by itself"
        )
    what = (
        f"{rows.name}: the time of row {number}, {rows.told(place)}, is before that of row "
        f"{before}, {rows.told(place - 1)}"
    )
    if ordering.sequence is Sequence.MEASURED:
        return UnusableData(
            f"{what}, and so on: the times look measured, with errors of their own, for which a "
            "derivative by them does not allow; differentiate both by a clock or the row's number, "
            "and divide one derivative by the other"
        )
    return UnusableData(f"{what}; sort the rows, or have them sorted ({SORT})")


def repeated_times(rows: Rows, sequence: NDArray[np.int64]) -> UnusableData:
    """The refusal of rows of the same time, by the first of them in this sequence."""
    t = rows.t[sequence]
    place = int(np.flatnonzero(np.diff(t) == 0)[0])
    one, other = sorted(rows.numbers[sequence[place : place + 2]].tolist())
    message = (
        f"{rows.name}: rows {one} and {other} have the same time {rows.times.told(t[place])}; keep "
        f"one of them, or, if they repeat one measurement, ask for their average ({AVERAGE})"
    )
    if rows.times.dated and not rows.times.utc:
        message += f"; if a clock was set back there, give {ZONED}"
    return UnusableData(message)
