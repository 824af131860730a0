"""Rows of cells to a table: names, units, where the rows of data begin and end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tiltyard.application.reading.separators import COMMENTS, Comment, Row, cells_of
from tiltyard.application.reading.shapes import is_empty, is_time, is_unit, is_value, is_word
from tiltyard.application.reading.table import Column, Said, Table, listed, plural
from tiltyard.application.series import UnusableData

#: A column is one of values where this share of its cells are.
MOSTLY = 0.8
#: So many rows, evenly chosen, decide how many cells a row has.
MANY = 5_000
#: So many rows decide which columns are.
ENOUGH = 500


@dataclass(frozen=True)
class _Body:
    """Where the rows of data are, and how many cells they have."""

    start: int
    stop: int
    width: int
    core: list[int]


def laid_out(
    rows: Sequence[Row],
    comments: Sequence[Comment] = (),
    separator: str = "",
    header: int | None = None,
    said: Said | None = None,
) -> Table:
    """The table that rows are, with its names and without the lines around it.

    Parameters
    ----------
    rows : sequence of Row
        Those that are not blank.
    comments : sequence of Comment
    separator : str
        What stands between cells, for names in a comment.
    header : int, optional
        Line of the names, 0: there is none; looked for if absent.
    said : Said, optional
        Gets what was left out and guessed.

    Raises
    ------
    UnusableData
        If no rows of values are found, or a row has more cells than there are names.
    """
    said = Said() if said is None else said
    if header:
        rows = [row for row in rows if row.line >= header]
    body = _body(rows[1:] if header else rows)
    above = [*rows[: body.start + bool(header)]]
    inside = (rows[1:] if header else rows)[body.start : body.stop]
    after = (rows[1:] if header else rows)[body.stop :]
    names, units, used = _names(above, body, header)
    if not names and header is None:
        names, used = _commented(comments, inside[0], separator, body.width)
    _say_above(above, used, said)
    data, strange = _data(inside, body, names)
    _say_inside(strange, after, said)
    if comments:
        said.left_out.append(
            plural(len(comments) - (used[:1] == ["comment"]), "line") + " of comments"
        )
    width = max(body.width, len(names))
    width = _checked_width(data, names, width, used, separator)
    names = _shifted(names, data, width)
    cells = [[row.cells[k] if k < len(row.cells) else None for row in data] for k in range(width)]
    columns = _columns(cells, names, units, said)
    return Table(columns, np.array([row.line for row in data]), bool(names))


def _body(rows: Sequence[Row]) -> _Body:
    tried = rows[:: max(len(rows) // MANY, 1)]
    valued = [row for row in tried if len(row.cells) > 1 and _share(row.cells) >= 0.5]
    if not valued:
        raise UnusableData(
            "no rows of numbers are found in it: a row for each time is needed, with the same "
            "sign between cells (--separator)"
        )
    widths = Counter(len(row.cells) for row in valued)
    width = max(widths, key=lambda one: (widths[one], one))
    alike = [row.cells for row in valued if len(row.cells) == width]
    step = max(len(alike) // ENOUGH, 1)
    some = alike[::step]
    core = [
        k
        for k in range(width)
        if sum(map(is_value, (cells[k] for cells in some)))
        >= MOSTLY * max(sum(not is_empty(cells[k]) for cells in some), 1)
        and any(not is_empty(cells[k]) for cells in some)
    ] or list(range(width))
    good = [_is_data(row, core) for row in rows]
    places = [k for k, one in enumerate(good) if one]
    if not places:
        places = [k for k, row in enumerate(rows) if len(row.cells) == width]
        return _Body(places[0], places[-1] + 1, width, core)
    # A line of numbers above the names is followed by other lines.
    start = next((k for k in places if sum(good[k : k + 4]) >= min(3, len(rows) - k)), places[0])
    return _Body(start, places[-1] + 1, width, core)


def _share(cells: Sequence[Any]) -> float:
    filled = [cell for cell in cells if not is_empty(cell)]
    return sum(map(is_value, filled)) / len(filled) if filled else 0.0


def _is_data(row: Row, core: Sequence[int]) -> bool:
    """Whether the first column of values has one, or is empty where another has one."""
    cells = [row.cells[k] if k < len(row.cells) else None for k in core]
    first = next((k for k, cell in enumerate(cells) if not is_empty(cell)), None)
    return first is not None and is_value(cells[first]) and (len(row.cells) > 1 or len(core) == 1)


def _names(
    above: Sequence[Row], body: _Body, header: int | None
) -> tuple[list[str], list[str], list[Any]]:
    """Names and units, and the rows that they are from."""
    if header == 0 or not above:
        return [], [], []
    if header:
        units = above[1] if len(above) == 2 and all(map(is_unit, above[1].cells)) else None
        return _texts(above[0]), [] if units is None else _texts(units), [above[0], units]
    if above[0].cells[0] == "TOA5" and len(above) > 2:  # Campbell Scientific's data loggers
        return _texts(above[1]), _texts(above[2]), [above[1], above[2]]
    last, before = above[-1], above[-2] if len(above) > 1 else None
    if (
        before is not None
        and before.width > 1
        and all(map(is_unit, last.cells))
        and before.width >= last.width
        and abs(before.width - body.width) <= 1
        and any(map(is_word, before.cells))
    ):
        return _texts(before), _texts(last), [before, last]
    enough = last.width > max(1, body.width // 3) or body.width == 1
    if not enough or not any(map(is_word, last.cells)):
        return [], [], []
    names = _texts(last)
    if before is not None and len(set(names)) < len(names) and before.width > 1:
        names = _below(_texts(before), names)  # groups of columns with the same names
    return names, [], [last]


def _texts(row: Row) -> list[str]:
    return [
        "" if is_empty(cell) else " ".join(str(cell).split()) for cell in row.cells[: row.width]
    ]


def _below(groups: Sequence[str], names: Sequence[str]) -> list[str]:
    """Names with the group above before them; a group holds until the next one."""
    found, group = [], ""
    for k, name in enumerate(names):
        group = groups[k] if k < len(groups) and groups[k] else group
        found.append(f"{group} {name}".strip() if names.count(name) > 1 else name)
    return found


def _commented(
    comments: Sequence[Comment], first: Row, separator: str, width: int
) -> tuple[list[str], list[Any]]:
    """Names in the last comment above the first row, if it has as many words as that has cells."""
    above = [comment for comment in comments if comment.line < first.line]
    if not above:
        return [], []
    text = above[-1].text
    bare = text.lstrip("".join(sign[0] for sign in COMMENTS))
    for split in dict.fromkeys((separator, "\t", "  ", " ", ",")):
        cells = cells_of(bare if split not in ("  ", " ") else bare.strip(), split)
        if len(cells) == width and not any(map(is_value, cells)) and all(cells[1:]):
            return list(cells), ["comment"]
    return [], []


def _say_above(above: Sequence[Row], used: Sequence[Any], said: Said) -> None:
    lines = [row for row in above if not any(row is one for one in used)]
    if lines:
        what = ", ".join(str(cell) for cell in lines[0].cells if not is_empty(cell))
        said.left_out.append(f"{plural(len(lines), 'line')} above the table, from {what!r} on")
    if used and isinstance(used[0], Row) and used[0].line != 1:
        said.layout.append(f"names in line {used[0].line}")


def _data(inside: Sequence[Row], body: _Body, names: Sequence[str]) -> tuple[list[Row], list[Row]]:
    """Rows of data, and lines of words among them; what follows a second header is no data."""
    data: list[Row] = []
    strange: list[Row] = []
    for place, row in enumerate(inside):
        if _is_data(row, body.core) or not any(map(is_word, row.cells)):
            data.append(row)
        elif _is_header(row, body) and _texts(row) != list(names):
            return data, [*strange, *inside[place:]]
        else:
            strange.append(row)
    return data, strange


def _is_header(row: Row, body: _Body) -> bool:
    return row.width > 1 and sum(map(is_word, row.cells)) == row.width and row.width >= body.width


def _say_inside(strange: Sequence[Row], after: Sequence[Row], said: Said) -> None:
    for lines, where in ((strange, "among or below the rows"), (after, "below the table")):
        if lines:
            texts = [
                ",".join("" if is_empty(cell) else str(cell) for cell in row.cells) for row in lines
            ]
            some = zip(lines[:3], texts[:3], strict=True)
            shown = "; ".join(f"line {row.line}, {text!r}" for row, text in some)
            more = " and others" if len(lines) > 3 else ""
            said.left_out.append(f"{plural(len(lines), 'line')} {where}: {shown}{more}")


def _checked_width(
    data: Sequence[Row], names: Sequence[str], width: int, used: Sequence[Any], separator: str
) -> int:
    """How many columns there are: no row may have more cells than names."""
    full = max(row.width for row in data)
    most = max(full, len(names))
    if not names or full <= len(names):
        return min(max(width, full), most) if not names else len(names)
    if full == len(names) + 1 and sum(row.width == full for row in data) >= MOSTLY * len(data):
        return full  # a first column without name, or a time of day beside a date
    row = next(row for row in data if row.width > len(names))
    commas = (
        "; are commas both between cells and in numbers? Then write semicolons between cells"
        if separator == ","
        else ""
    )
    line = f" (line {used[0].line})" if used and isinstance(used[0], Row) else ""
    raise UnusableData(
        f"line {row.line} has {row.width} cells, and there are {len(names)} names{line}: "
        f"{listed(names)}; mend the line, or say where the names are with --header{commas}"
    )


def _shifted(names: list[str], data: Sequence[Row], width: int) -> list[str]:
    """Names for one column more than there are names."""
    if not names or width != len(names) + 1:
        return names
    first = data[len(data) // 2].cells
    if is_time(first[0]) and is_time(first[1]):
        return [names[0], f"{names[0]} (2)", *names[1:]]
    return ["", *names]


def _columns(
    cells: Sequence[list[Any]], names: Sequence[str], units: Sequence[str], said: Said
) -> list[Column]:
    """Columns with names of their own; those without any cell or name are left out."""
    found: list[Column] = []
    if not names:
        said.guessed.append("it has no names for its columns: they are called by their places")
    for k, column in enumerate(cells):
        name = names[k] if k < len(names) else ("" if names else str(k + 1))
        if not name and all(map(is_empty, column)):
            continue
        taken = [one.name for one in found]
        if name in taken:
            name = next(f"{name} ({n})" for n in range(2, 9_999) if f"{name} ({n})" not in taken)
            said.guessed.append(f"two columns have one name: the second is called {name!r}")
        unit = units[k].strip("[]()") if k < len(units) else ""
        found.append(Column(name, column, "" if unit in ("-", "--") else unit))
    if any(column.unit for column in found):
        said.left_out.append(
            "a row of units: " + listed(f"{one.name} in {one.unit}" for one in found if one.unit)
        )
    return found
