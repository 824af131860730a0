"""FASTQ text looked through with numpy: all lines at once, or record by record."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tiltyard.pipelines.reads.compiled.states import FULL, MORE, ODD
from tiltyard.pipelines.reads.reading.scanning import (
    LENGTH,
    LINE,
    NAME,
    NAME_LENGTH,
    OFFSET,
    QUALITY,
    RECORD,
    SEQUENCE,
    Before,
    Scanned,
)
from tiltyard.pipelines.reads.rule.fastq import LINES
from tiltyard.pipelines.reads.rule.lines import LETTERS
from tiltyard.pipelines.reads.rule.record import Reading

_LF, _CR, _AT, _PLUS = b"\n\r@+"
#: Columns of a table that are places.
_PLACES = [NAME, SEQUENCE, QUALITY]
_LETTER = np.zeros(256, np.bool_)
_LETTER[list(LETTERS)] = True


def scan_fastq(
    view: NDArray[np.uint8],
    size: int,
    reading: Reading,
    table: NDArray[np.int64],
    before: Before,
) -> Scanned:
    """All records at once; see `reading.scanning.Scan`."""
    found = _scan(view, size, reading, table)
    _number(table[:, : found.records], before)
    return found


def _number(table: NDArray[np.int64], before: Before) -> None:
    """Enter the records' numbers, and where they begin in the file."""
    table[RECORD] = np.arange(before.records, before.records + table.shape[1])
    table[LINE] = LINES * table[RECORD] + 1
    table[OFFSET] = table[NAME] + (before.base - 1)


def _scan(
    view: NDArray[np.uint8], size: int, reading: Reading, table: NDArray[np.int64]
) -> Scanned:
    ends = np.flatnonzero(view[:size] == _LF)
    count = min(len(ends) // LINES, table.shape[1])
    if not count:
        return Scanned(0, 0, ODD if size and view[0] != _AT else MORE)
    after = ends[: LINES * count].reshape(count, LINES)
    starts = np.concatenate(([0], after.ravel()[:-1] + 1)).reshape(count, LINES)
    stops = after - ((after > starts) & (view[after - 1] == _CR))
    usual = _usual(view, starts, stops, after, reading)
    whole = count if usual.all() else int(usual.argmin())
    lengths = stops - starts
    table[NAME, :whole] = starts[:whole, 0] + 1
    table[NAME_LENGTH, :whole] = lengths[:whole, 0] - 1
    table[SEQUENCE, :whole] = starts[:whole, 1]
    table[LENGTH, :whole] = lengths[:whole, 1]
    table[QUALITY, :whole] = starts[:whole, 3]
    used = int(after[whole - 1, -1]) + 1 if whole else 0
    if whole < count:
        return Scanned(whole, used, ODD)
    return Scanned(whole, used, FULL if count < len(ends) // LINES else MORE)


def _usual(
    view: NDArray[np.uint8],
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    after: NDArray[np.int64],
    reading: Reading,
) -> NDArray[np.bool_]:
    """Which records are as they should be."""
    lengths = stops - starts
    usual = (view[starts[:, 0]] == _AT) & (lengths[:, 0] > 0)
    usual &= (view[starts[:, 2]] == _PLUS) & (lengths[:, 2] > 0)
    usual &= (lengths[:, 1] == lengths[:, 3]) & (after[:, 3] - starts[:, 0] < reading.largest)
    text = view[: int(after[-1, -1]) + 1]
    letters = np.concatenate(([0], np.cumsum(~_LETTER[text])))
    usual &= letters[stops[:, 1]] == letters[starts[:, 1]]
    qualities = np.concatenate(([0], np.cumsum((text < 33) | (text > 126))))
    usual &= qualities[stops[:, 3]] == qualities[starts[:, 3]]
    if not reading.lenient_plus:
        for row in np.flatnonzero(lengths[:, 2] > 1).tolist():
            name, again = (view[starts[row, line] + 1 : stops[row, line]] for line in (0, 2))
            usual[row] &= np.array_equal(name, again)
    return usual


def scan_by_record(
    view: NDArray[np.uint8],
    size: int,
    reading: Reading,
    table: NDArray[np.int64],
    before: Before,
) -> Scanned:
    """A record at a time; see `reading.scanning.Scan`."""
    found = _scan_each(view, size, reading, table)
    _number(table[:, : found.records], before)
    return found


def _scan_each(
    view: NDArray[np.uint8], size: int, reading: Reading, table: NDArray[np.int64]
) -> Scanned:
    place = 0
    for row in range(table.shape[1]):
        length = _record_size(view[place:], size - place)
        found = _scan(view[place:], length, reading, table[:, row : row + 1])
        if not found.records:
            return Scanned(row, place, found.state)
        table[_PLACES, row] += place
        place += length
    return Scanned(table.shape[1], place, FULL)


def _record_size(view: NDArray[np.uint8], size: int) -> int:
    """Bytes of the first four lines; all that there are if they are fewer."""
    window = 1 << 10
    while True:
        ends = np.flatnonzero(view[: min(window, size)] == _LF)
        if len(ends) >= LINES:
            return int(ends[LINES - 1]) + 1
        if window >= size:
            return size
        window *= 4
