"""Tables as wide as a terminal: no name is cut, columns that do not fit are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Column, Table


def fit(table: Table, console: Console) -> list[str]:
    """Take columns off the end of `table` until no word of the others is cut.

    Columns of single words, such as names, keep their width; those of several words are folded.

    Returns
    -------
    list of str
        Headers of what was taken off.
    """
    needed = []
    for column in table.columns:
        longest, whole = _lengths(column, console)
        column.overflow = "fold"  # a word that is longer than the terminal
        column.no_wrap = longest == whole and longest < console.width - 4
        column.min_width = min(longest, console.width - 4)
        needed.append(longest)
    kept = len(needed)
    while kept > 1 and _width(needed[:kept]) > console.width:
        kept -= 1
    left_out = [str(column.header) for column in table.columns[kept:]]
    table.columns = table.columns[:kept]
    return left_out


def _lengths(column: Column, console: Console) -> tuple[int, int]:
    """Letters of the longest word of a column, and of its longest cell, headers apart."""
    from rich.measure import Measurement

    cells = [Measurement.get(console, console.options, cell) for cell in column.cells]
    header = Measurement.get(console, console.options, column.header)
    longest = max(header.minimum, *(cell.minimum for cell in cells), 1)
    return longest, max(longest, *(cell.maximum for cell in cells), 1)


def _width(columns: Sequence[int]) -> int:
    """Letters of a line with columns of these widths, blanks and borders."""
    return sum(columns) + 3 * len(columns) + 1
