"""Cells that stand for a missing sample: words, and numbers such as -9999."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.reading.numerals import Numerals, refuse_other_notation
from tiltyard.application.reading.shapes import is_empty
from tiltyard.application.reading.table import Cells, Column, Said, Table, listed, plural

#: Numbers that stand for no sample: nines alone, and what common formats and loggers write.
NINES = re.compile(r"-?9{2,}(?:\.9*0*)?|-?9\.9{1,3}")
USUAL = {
    *(-32768.0, 32767.0, 65535.0, -2147483648.0, 2147483647.0, 4294967295.0),
    *(6999.0, 7999.0, -6999.0, -7999.0, -8888.0, -7777.0, -6666.0),
    *(-99999.0, 1e20, -1e20, 1e30, -1e30, 1e31, 1e35, 9.96921e36, 9.9e37, -1e34),
}
#: So many cells, evenly chosen, decide whether a column has numbers.
MANY = 5_000
#: At most this share of a column's samples are of that kind.
MOST = 0.5
#: A sentinel that others do not reach lies so many of their largest steps from its neighbours.
APART = 4.0


def samples_of(
    table: Table, column: Column, numerals: Numerals, words: Sequence[str], said: Said
) -> NDArray[np.float64]:
    """The numbers of a column, NaN where a sample is missing.

    Parameters
    ----------
    table, column : Table, Column
    numerals : Numerals
        How its numbers are written.
    words : sequence of str
        What the user says stands for a missing sample; ``none``: no number does.
    said : Said
        Gets what was left out.

    Raises
    ------
    UnusableData
        If a cell is a number in another way of writing.
    """
    stated = {word.strip() for word in words}
    cells = column.cells
    if stated and not isinstance(cells, np.ndarray):
        cells = [None if str(cell).strip() in stated else cell for cell in cells]
        _say(table, column, np.array([c is None for c in cells]), said, "as you said")
    numbers = numerals.column(cells)
    refuse_other_notation(table, Column(column.name, cells), numbers, numerals.decimal)
    numbers[np.isinf(numbers)] = np.nan
    is_missing = np.isnan(numbers)
    _say(table, column, is_missing & ~np.array([c is None for c in cells], dtype=bool), said, "")
    for value in () if "none" in stated else _sentinels(numbers):
        _say(table, column, numbers == value, said, "far from all others; --missing none keeps it")
        numbers[numbers == value] = np.nan
    for word in stated:
        numbers[numbers == numerals.parse(word)] = np.nan
    return numbers


def _say(table: Table, column: Column, gone: NDArray[np.bool_], said: Said, why: str) -> None:
    """Count what was left out by its text; empty cells apart."""
    rows = np.flatnonzero(gone)
    counts = Counter("" if is_empty(column.cells[row]) else str(column.cells[row]) for row in rows)
    empty = counts.pop("", 0)
    if empty and not why:
        first = next(row for row in rows if is_empty(column.cells[row]))
        said.left_out.append(
            f"{column.name}: {empty} of {len(gone)} samples are missing, the first in "
            f"{table.place(first)}"
        )
    if counts:
        texts = [text if n == 1 else f"{text} ({n} times)" for text, n in counts.most_common()]
        named = [table.rows[row] for row in rows if not is_empty(column.cells[row])]
        said.left_out.append(
            f"{column.name}: {plural(sum(counts.values()), 'sample')} that "
            f"{'is' if sum(counts.values()) == 1 else 'are'} {listed(texts)}, in "
            f"row{'s' * (len(named) > 1)} {listed(named)}{f': {why}' * bool(why)}"
        )


def _sentinels(numbers: NDArray[np.float64]) -> list[float]:
    """Numbers of the column that stand for no sample."""
    finite = numbers[np.isfinite(numbers)]
    values, counts = np.unique(finite, return_counts=True)
    suspects = [
        float(value)
        for value, count in zip(values, counts, strict=True)
        if _suspect(value) and count <= MOST * len(finite)
    ]
    rest = finite[~np.isin(finite, suspects)]
    if not suspects or len(rest) < 2:
        return []
    low, high = float(rest.min()), float(rest.max())
    found = []
    for value in suspects:
        apart = max(low - value, value - high)
        alone = high > low or abs(value) > 998  # a step from 0 to 99 is one
        if (apart > high - low and alone) or (apart > 0 and _leaps(numbers, value, suspects)):
            found.append(value)
    return found


def _suspect(value: float) -> bool:
    return value in USUAL or bool(NINES.fullmatch(f"{value:.10g}"))


def _leaps(numbers: NDArray[np.float64], value: float, suspects: Sequence[float]) -> bool:
    """Whether the column leaps to the value and back, by more than it ever steps elsewhere."""
    here = np.flatnonzero(numbers == value)
    good = np.flatnonzero(np.isfinite(numbers) & ~np.isin(numbers, suspects))
    rest = numbers[good]
    largest = float(np.abs(np.diff(rest)).max())
    place = np.clip(np.searchsorted(good, here), 1, len(good) - 1)
    nearest = np.minimum(np.abs(rest[place] - value), np.abs(rest[place - 1] - value))
    return len(here) > 1 and bool((nearest > APART * largest).all())


def is_numeric(cells: Cells, numerals: Numerals) -> bool:
    """Whether at least half of the cells that are not empty are numbers."""
    if isinstance(cells, np.ndarray) and cells.dtype.kind in "iufbmM":
        return cells.dtype.kind in "iuf"
    filled = [cell for cell in cells if not is_empty(cell)]
    if not filled:
        return False
    some = filled[:: max(len(filled) // MANY, 1)]
    return 2 * int(np.isfinite(numerals.column(some)).sum()) >= len(some)
