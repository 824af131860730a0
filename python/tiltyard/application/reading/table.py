"""A table as it stands in a file: named columns of cells, and where each row stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.series import UnusableData

#: So many rows, columns or values are listed, then only counted.
LISTED = 6


#: Cells of a column: a list, or of a file that has types an array.
Cells = Any


@dataclass
class Said:
    """What there is to say of how a file was read, in plain words.

    Attributes
    ----------
    layout : list of str
        How the file is written.
    left_out : list of str
        What was not taken, how much of it and why.
    guessed : list of str
        What might be otherwise, and the option that says so.
    """

    layout: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a table.

    Attributes
    ----------
    name : str
    cells : sequence
        A cell a row: text, a number, a date, or None where there is nothing.
    unit : str
        As the file has it, apart from the name.
    """

    name: str
    cells: Cells
    unit: str = ""

    def taken(self, rows: NDArray[np.intp]) -> Column:
        """The column with these rows only."""
        return replace(self, cells=[self.cells[row] for row in rows])


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of the same length.

    Attributes
    ----------
    columns : list of Column
    lines : (rows,) array
        Line of the file in which each row begins, from 1.
    named : bool
        Whether the file has names for its columns.
    rows : (rows,) array
        Number of each row, from 1 for the first below the header.
    """

    columns: list[Column]
    lines: NDArray[np.intp]
    named: bool = True
    rows: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))

    def __post_init__(self) -> None:
        if not len(self.rows):
            object.__setattr__(self, "rows", np.arange(1, len(self.lines) + 1))

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises
        ------
        UnusableData
            If there is none, with the names that there are.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise UnusableData(f"it has no column {name!r}; it has {', '.join(self.names)}")

    def place(self, row: int | np.integer[Any]) -> str:
        """Where the row of this index stands, for messages."""
        number, line = self.rows[row], self.lines[row]
        return f"row {number}" if line in (0, number + 1) else f"row {number} (line {line})"

    def taken(self, rows: NDArray[np.intp]) -> Table:
        """The table with these rows only; rows keep their numbers."""
        if len(rows) == len(self):
            return self
        columns = [column.taken(rows) for column in self.columns]
        return Table(columns, self.lines[rows], self.named, self.rows[rows])


def listed(values: Iterable[object]) -> str:
    """The values, separated by commas, the first of them if they are many."""
    texts = [str(value) for value in values]
    more = f" and {len(texts) - LISTED} more" if len(texts) > LISTED else ""
    return ", ".join(texts[:LISTED]) + more


def plural(count: int, noun: str) -> str:
    """The count and the noun, as in ``1 row`` and ``2 rows``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
