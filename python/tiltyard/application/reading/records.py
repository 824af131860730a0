"""Rows to records: groups of a long table, runs whose times start again, sweeps up and down."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.reading.shapes import is_empty
from tiltyard.application.reading.table import Table

Rows = NDArray[np.intp]
#: Length at least of a run that another one follows; shorter ones are rows out of sequence.
SHORTEST = 5
#: A run starts again within this share of the one before it.
BACK = 0.5
#: Usual length of a sweep at least: a measured abscissa that goes to and fro is none.
SWEEP = 8


@dataclass(frozen=True)
class Part:
    """Rows that are one record.

    Attributes
    ----------
    rows : array of indices
        In the sequence of increasing times where these only fall.
    label : str
        What tells it from other records of the file; empty if there is one.
    falling : bool
        Whether the file has its times from the last to the first.
    """

    rows: Rows
    label: str = ""
    falling: bool = False


def groups(table: Table, names: Sequence[str]) -> list[tuple[str, Rows]]:
    """Rows with the same values in these columns, in the sequence in which these come first."""
    columns = [table.column(name).cells for name in names]
    places: dict[tuple[str, ...], list[int]] = {}
    for row, key in enumerate(zip(*columns, strict=True)):
        if not all(map(is_empty, key)):
            places.setdefault(tuple("" if is_empty(one) else str(one) for one in key), []).append(
                row
            )
    return [(", ".join(key), np.array(rows)) for key, rows in places.items()]


def runs(values: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Where runs begin and end: times that start again, or turn; all rows if they do neither."""
    whole = [(0, len(values))]
    steps = np.diff(values)
    moving = steps[steps != 0]
    if not len(moving) or (moving > 0).all() or (moving < 0).all():
        return whole
    sign = 1.0 if np.mean(moving > 0) >= 0.5 else -1.0
    restarts = _between(np.flatnonzero(sign * steps < 0) + 1, len(values))
    if _start_again(sign * values, restarts):
        return restarts
    turns = _turns(values)
    return turns if _are_sweeps(values, turns) else whole


def _are_sweeps(values: NDArray[np.float64], parts: Sequence[tuple[int, int]]) -> bool:
    """Whether the parts rise and fall by turns, and most are long."""
    lengths = [stop - start for start, stop in parts]
    if np.median(lengths) < SWEEP or min(lengths[:-1]) < SHORTEST:
        return False
    # A part begins where the one before it ends.
    ends = [values[0], *(values[stop - 1] for _, stop in parts)]
    inner = [values[min(start + 1, stop - 1)] - values[start] for start, stop in parts]
    signs = np.sign(np.diff(ends))
    alike = all(one in (0.0, sign) for one, sign in zip(np.sign(inner), signs, strict=True))
    return alike and bool((signs[1:] == -signs[:-1]).all())


def _between(breaks: NDArray[np.intp], count: int) -> list[tuple[int, int]]:
    ends = [0, *breaks.tolist(), count]
    return list(itertools.pairwise(ends))


def _start_again(values: NDArray[np.float64], parts: Sequence[tuple[int, int]]) -> bool:
    """Whether each part begins near the beginning of the one before it."""
    if min(stop - start for start, stop in parts[:-1]) < SHORTEST:
        return False
    for (start, stop), (following, _) in itertools.pairwise(parts):
        first, last = values[start], values[stop - 1]
        if values[following] > first + BACK * (last - first):
            return False
    return True


def _turns(values: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Parts that only rise or only fall; the row at which they turn belongs to the first."""
    signs = np.sign(np.diff(values))
    breaks, current = [], 0.0
    for place, sign in enumerate(signs):
        if current and sign and sign != current:
            breaks.append(place + 1)
            current = 0.0
        elif sign:
            current = sign
    return _between(np.array(breaks, dtype=np.intp), len(values))


def rising(rows: Rows, values: NDArray[np.float64]) -> tuple[Rows, bool]:
    """The rows with times that rise where they only fall, and whether they were turned round."""
    steps = np.diff(values[rows])
    if len(steps) and (steps <= 0).all() and (steps < 0).any():
        return rows[::-1], True
    return rows, False


def telling_columns(table: Table, parts: Sequence[Rows], used: Sequence[str]) -> list[str]:
    """Columns with one value in each part, and not the same in all: labels, no signals."""
    found = []
    for column in table.columns:
        if column.name in used or isinstance(column.cells, np.ndarray):
            continue
        values = [{str(column.cells[row]) for row in rows} for rows in parts]
        if all(len(one) == 1 for one in values) and len({min(one) for one in values}) == len(parts):
            found.append(column.name)
    return found


def telling_apart(table: Table, values: NDArray[np.float64], used: Sequence[str]) -> str:
    """A column within whose groups times only rise, where over the whole table they do not."""
    for column in table.columns:
        if column.name in used:
            continue
        parts = groups(table, [column.name])
        if not 1 < len(parts) <= len(table) // SHORTEST:
            continue
        if all((np.diff(values[rows]) > 0).all() for _, rows in parts):
            return column.name
    return ""
