"""The sequence of rows: times that fall, are unsorted or repeated, and what may be behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.options import AVERAGE, SORT, ZONED
from tiltyard.application.times import UNITS, Times
from tiltyard.studies.derivatives.contract import Array

#: Where the times go back past so many samples, they start again; so do they where they go back
#: several times, each time past half as many. Shuffled rows go back past fewer.
RESTART = 8
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
    steps = np.diff(rows.t)
    back = np.flatnonzero(steps < 0)
    if not back.size:
        return np.arange(len(rows.t)), []
    if np.all(steps <= 0):
        note = "the times fall: the rows were taken from the last to the first"
        return np.arange(len(rows.t))[::-1], [note]
    passed = _passed(rows.t, back)
    _refuse_clock(rows, back, passed)
    starts = _starts(back, passed)
    first = int(starts[0] if starts.size else back[0])
    number, before = rows.numbers[first + 1], rows.numbers[first]
    if not sort and starts.size:
        raise UnusableData(
            f"{rows.name}: the times start again in row {number}, at {rows.told(first + 1)} after "
            f"{rows.told(first)}: {len(starts) + 1} records one below the other; give each by "
            "itself"
        )
    if not sort:
        raise UnusableData(
            f"{rows.name}: the time of row {number}, {rows.told(first + 1)}, is before that of row "
            f"{before}, {rows.told(first)}; sort the rows, or have them sorted ({SORT})"
        )
    notes = []
    if starts.size:
        notes.append(
            f"the times start again in row {number}: {len(starts) + 1} records were mixed by "
            "sorting, which is right only for repeats of one signal"
        )
    return np.argsort(rows.t, kind="stable"), notes


def _passed(t: Array, back: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many samples each step back goes past, of those since the step back before it."""
    begins = np.concatenate([[0], back[:-1] + 1])
    pairs = zip(begins, back, strict=True)
    return np.array([np.count_nonzero(t[begin : i + 1] > t[i + 1]) for begin, i in pairs])


def _starts(back: NDArray[np.int64], passed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Steps back behind which a further record starts."""
    if np.all(passed >= RESTART // 2):
        return back
    return back[passed >= RESTART]


def _refuse_clock(rows: Rows, back: NDArray[np.int64], passed: NDArray[np.int64]) -> None:
    """Refuse dates of a clock that was set back by an hour, and that have no zone."""
    if not rows.times.dated or rows.times.utc:
        return
    second = UNITS[rows.times.unit]
    steps = np.diff(rows.t)
    usual = float(np.median(steps[steps > 0])) * second
    for i, past in zip(back, passed, strict=True):
        fallen = -steps[i] * second + usual
        twice = past > 1 or rows.t[i + 1] in rows.t[: i + 1]
        if twice and usual < HOUR and abs(fallen - HOUR) <= usual / 2:
            raise UnusableData(
                f"{rows.name}: the times go back by an hour in row {rows.numbers[i + 1]}, from "
                f"{rows.told(i)} to {rows.told(i + 1)}, as a clock does that is set back in "
                f"autumn; give {ZONED}"
            )


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
