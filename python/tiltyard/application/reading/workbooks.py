"""Workbooks of spreadsheets, .xlsx, .xlsb, .xls and .ods: the rows of a sheet."""

from __future__ import annotations

import io
from typing import Any

from tiltyard.application.reading.separators import Row
from tiltyard.application.reading.shapes import is_value
from tiltyard.application.reading.table import Said, listed
from tiltyard.application.series import UnusableData
from tiltyard.engine.files.atomic import UnreadableFile


def workbook_rows(raw: bytes, name: str, sheet: str, said: Said) -> list[Row]:
    """Rows of the sheet that is not blank; the first one with rows of values if none is named.

    Raises
    ------
    UnreadableFile
        If it is no workbook.
    UnusableData
        If there is no such sheet, or no sheet has rows of values.
    """
    from python_calamine import CalamineError, CalamineWorkbook  # here: most files are no workbooks

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        names = book.sheet_names
        wanted = [title for title in names if sheet in ("", title)]
        sheets = {title: _rows(book.get_sheet_by_name(title)) for title in wanted}
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableFile(
            f"{name}: not readable as a workbook: {error}; save it without a password, as .xlsx "
            "or .csv"
        ) from error
    if sheet and sheet not in sheets:
        raise UnusableData(f"--sheet {sheet}: no such sheet; it has {', '.join(names)}")
    good = [title for title, rows in sheets.items() if _has_values(rows)]
    if not good:
        raise UnusableData(
            f"no rows of numbers are found in its sheets, {listed(names)}; if they are "
            "results of formulas, open the workbook in a spreadsheet and save it, so that it has "
            "their values"
        )
    if len(good) > 1:
        said.guessed.append(
            f"sheet {good[0]!r} is taken, the first of {listed(good)} (--sheet takes another)"
        )
    elif len(names) > 1:
        said.layout.append(f"sheet {good[0]!r}")
    return sheets[good[0]]


def _rows(sheet: Any) -> list[Row]:
    rows = []
    for line, values in enumerate(sheet.to_python(skip_empty_area=False), 1):
        cells = [value.strip() if isinstance(value, str) else value for value in values]
        if any(cell != "" for cell in cells):
            rows.append(Row(line, cells))
    return rows


def _has_values(rows: list[Row]) -> bool:
    return sum(sum(map(is_value, row.cells)) > 1 for row in rows[:200]) > 1
