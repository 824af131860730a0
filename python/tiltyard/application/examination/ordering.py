"""In which order times come, and what is right where they do not increase."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from tiltyard.application.examination.findings import counted
from tiltyard.studies.derivatives.contract import Array

#: A run that starts again goes back over at least this share of what went before.
RESTART = 0.5
#: Fewest samples of a run.
FEWEST = 3
#: A measured abscissa goes back by no more than this share of its range, and no more than so
#: many usual steps, though its trend is clear.
BACK, STEPS = 0.1, 30.0
#: Fewest times that go back or stand still: fewer are rows out of order.
OFTEN = 3
#: Quantile of the steps that is usual for that.
USUAL = 0.75
#: Scatter of the steps of sorted times, as a share of the usual one, below which they were
#: planned: then rows are out of order, and the abscissa is no measurement.
PLANNED = 0.01


class Sequence(StrEnum):
    """How the times of a record follow on each other."""

    INCREASING = "increasing"
    FALLING = "falling"
    REPEATED = "repeated"
    REPEATED_HOUR = "repeated hour"
    RESTARTED = "restarted"
    MEASURED = "measured"
    UNSORTED = "unsorted"


@dataclass(frozen=True)
class Ordering:
    """The order of times, where it breaks, and what helps.

    Attributes
    ----------
    sequence : Sequence
    rows : tuple of int
        Counted from 0: where each further run starts, or each time that is not after the one
        before. None where times increase, or fall.
    reason : str
        Plain words; empty where times increase.
    """

    sequence: Sequence
    rows: tuple[int, ...] = ()
    reason: str = ""


def ordering_of(t: Array, hour: float | None = None) -> Ordering:
    """How the times of a record follow on each other.

    Parameters
    ----------
    t : (n,) array
        Finite times as they come.
    hour : float, optional
        What an hour is in the unit of the times, if they are those of a clock that may be put back.

    Returns
    -------
    Ordering
        Of these, the first that holds: increasing; falling throughout, or with repeats; repeats
        alone; a clock put back by an hour; runs that start again; a measured abscissa, which
        goes back a little now and then; unsorted.
    """
    steps = np.diff(t)
    if np.all(steps > 0):
        return Ordering(Sequence.INCREASING)
    if np.all(steps < 0):
        return Ordering(Sequence.FALLING, (), "the times fall throughout: they are turned around")
    forward = t if t[-1] >= t[0] else -t
    steps = np.diff(forward)
    rows = tuple(int(row) + 1 for row in np.flatnonzero(steps <= 0))
    if np.all(steps >= 0):
        return Ordering(
            Sequence.REPEATED,
            rows,
            f"rows repeat a time: {len(rows)} of {len(t)} have that of the row before, the first "
            f"is row {rows[0] + 1}; average them, or keep one of each",
        )
    back = tuple(int(row) + 1 for row in np.flatnonzero(np.diff(t) < 0))
    if hour is not None and _is_hour(t, back, hour):
        return Ordering(
            Sequence.REPEATED_HOUR,
            back,
            f"before row {back[0] + 1} the clock is put back by an hour: the times after that are "
            "an hour too early; neither sorting nor averaging helps",
        )
    if starts := _restarts(t):
        listed = ", ".join(str(row + 1) for row in starts[:5])
        more = f" and {len(starts) - 5} more" if len(starts) > 5 else ""
        return Ordering(
            Sequence.RESTARTED,
            starts,
            f"the times start again in row{'s' * (len(starts) > 1)} {listed}{more}: these are "
            f"{len(starts) + 1} records, each to be taken by itself",
        )
    if _is_measured(forward):
        return Ordering(
            Sequence.MEASURED,
            rows,
            f"the times go back or stand still in {len(rows)} of {len(t)} rows, the first in row "
            f"{rows[0] + 1}, though their trend is clear: they look measured, with errors of their "
            "own, which a derivative by them does not allow for. Differentiate both columns by the "
            "row number or a clock and divide, or ask for sorting and averaging",
        )
    return Ordering(
        Sequence.UNSORTED,
        back,
        f"the rows are out of order: {counted(len(back), 'time')} before that of the row above, "
        f"the first in row {back[0] + 1}; ask for sorting",
    )


def _is_hour(t: Array, back: tuple[int, ...], hour: float) -> bool:
    """Whether each step back is an hour, but for a usual step."""
    steps = np.diff(t)
    rising = steps[steps > 0]
    if not rising.size or len(back) > 1 + (t.max() - t.min()) / (300 * 24 * hour):
        return False
    usual = float(np.quantile(rising, USUAL))
    onward = steps[np.array(back) - 1] + hour
    # Two rows that were swapped go back past one time, and repeat none.
    twice = all(np.count_nonzero(t[:row] > t[row]) > 1 or t[row] in t[:row] for row in back)
    return twice and usual < hour and bool(np.all((onward > 0) & (onward <= 2 * usual)))


def _restarts(t: Array) -> tuple[int, ...]:
    """Where runs in one direction start again, if all of the record is such runs.

    The direction is that of most steps.
    """
    rising = t if np.count_nonzero(np.diff(t) > 0) * 2 >= len(t) - 1 else -t
    starts = np.flatnonzero(np.diff(rising) < 0) + 1
    edges = np.r_[0, starts, len(t)]
    if np.diff(edges).min() < FEWEST:
        return ()
    spans = rising[edges[1:] - 1] - rising[edges[:-1]]
    backs = rising[starts - 1] - rising[starts]
    # Runs of which each lies before the last are rows out of order.
    overlap = rising[edges[2:] - 1] >= rising[edges[:-2]]
    # A time that is wrong goes back, too, but the next one is where it would be anyway.
    again = [np.count_nonzero(rising[a:b] <= rising[a - 1]) for a, b in pairwise(edges[1:])]
    overlap &= np.array(again) >= FEWEST
    return tuple(map(int, starts)) if np.all((backs >= RESTART * spans[:-1]) & overlap) else ()


def _is_measured(t: Array) -> bool:
    """Whether times rise with a clear trend, go back a little, and have no plan when sorted."""
    if np.count_nonzero(np.diff(t) <= 0) < OFTEN:
        return False
    fallen = float(np.max(np.maximum.accumulate(t) - t))
    usual = float(np.quantile(np.abs(np.diff(t)), USUAL))
    if fallen > BACK * float(t.max() - t.min()) or fallen > STEPS * usual:
        return False
    steps = np.diff(np.unique(t))
    return float(np.std(steps)) > PLANNED * float(np.mean(steps))
