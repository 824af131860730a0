"""Cells to numbers: which sign is the decimal one, and which group digits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiltyard.application.reading.shapes import (
    APOSTROPHES,
    BLANKS,
    EXPONENT,
    GROUPING,
    MINUSES,
    NUMBER,
    is_empty,
)
from tiltyard.application.reading.table import Cells, Column, Said, Table, listed
from tiltyard.application.series import UnusableData

OTHER = {".": ",", ",": "."}
NAMES = {".": "points", ",": "commas"}
#: One reading of numbers is the smoother one if its steps are so many times smaller.
SMOOTHER = 5.0
#: A cell with nothing but what numbers are written with.
_SIGNS = re.compile(rf"[-+\d.,eEdD{BLANKS}{APOSTROPHES} ]*\d[-+\d.,eEdD{BLANKS}{APOSTROPHES} ]*")
_DOTTED = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})\b")
_DROPPED = dict.fromkeys(map(ord, " " + BLANKS + APOSTROPHES))


@dataclass(frozen=True)
class Numerals:
    """How numbers are written: the decimal sign, and whether the other one groups digits."""

    decimal: str = "."

    def parse(self, cell: Any) -> float:
        """The number in the cell, NaN if it is none."""
        if not isinstance(cell, str):
            number = isinstance(cell, (int, float, np.number)) and not isinstance(cell, bool)
            return float(cell) if number else np.nan
        text = cell.translate(MINUSES)
        if not _pattern(self.decimal).fullmatch(text):
            return np.nan
        bare = text.translate(_DROPPED).replace(OTHER[self.decimal], "")
        return float(bare.replace(self.decimal, ".").replace("D", "e").replace("d", "e"))

    def column(self, cells: Cells) -> NDArray[np.float64]:
        """The numbers in the cells, NaN where there is none."""
        if isinstance(cells, np.ndarray) and cells.dtype.kind in "iuf":
            return cells.astype(np.float64)
        if self.decimal == ".":
            try:  # the quick way, which takes no word: float("nan") and float("1_0") are numbers
                if not any(isinstance(c, str) and ("_" in c or c[-1:].isalpha()) for c in cells):
                    return np.array([np.nan if is_empty(c) else float(c) for c in cells])
            except (ValueError, TypeError):
                pass
        return np.array([self.parse(cell) for cell in cells], dtype=np.float64)


_PATTERNS: dict[str, re.Pattern[str]] = {}


def _pattern(decimal: str) -> re.Pattern[str]:
    """A number with this decimal sign."""
    if decimal not in _PATTERNS:
        d, other = re.escape(decimal), re.escape(OTHER[decimal])
        whole = rf"(?:\d+|\d{{1,3}}(?:{other}\d{{3}})+|\d{{1,3}}(?:{GROUPING}\d{{3}})+)"
        _PATTERNS[decimal] = re.compile(rf"[+-]?(?:{whole}(?:{d}\d*)?|{d}\d+){EXPONENT}?")
    return _PATTERNS[decimal]


def _decides(decimal: str) -> re.Pattern[str]:
    """A number that can only be written with this decimal sign: 1,5 but not 1,500."""
    d, other = re.escape(decimal), re.escape(OTHER[decimal])
    groups = rf"\d{{1,3}}(?:(?:{other}|{GROUPING})\d{{3}})+"
    return re.compile(
        rf"[+-]?(?:0*{d}\d+|0\d*{d}\d+|\d{{4,}}{d}\d*|\d+{d}(?:\d{{0,2}}|\d{{4,}})|{groups}{d}\d*)"
        rf"{EXPONENT}?|[+-]?\d+{d}\d*{EXPONENT}|[+-]?\d{{1,3}}(?:{other}\d{{3}}){{2,}}"
    )


_DECIDING = {decimal: _decides(decimal) for decimal in OTHER}
_UNSURE = {one: re.compile(rf"[+-]?[1-9]\d{{0,2}}{re.escape(one)}\d{{3}}") for one in OTHER}


def without_units(table: Table, said: Said) -> Table:
    """The table with numbers alone where each number of a column has the same unit behind it."""
    columns = []
    for column in table.columns:
        unit = _shared_unit(column.cells)
        if not unit:
            columns.append(column)
            continue
        said.layout.append(f"each number of {column.name} has its unit behind it, {unit}")
        cells = [_bare(cell, unit) for cell in column.cells]
        columns.append(Column(column.name, cells, column.unit or unit))
    return Table(columns, table.lines, table.named, table.rows)


def _shared_unit(cells: Cells) -> str:
    texts = [cell.translate(MINUSES) for cell in cells if isinstance(cell, str) and cell]
    if not texts or not any(text[-1].isalpha() or text[-1] in "%‰°" for text in texts[:20]):
        return ""
    found = [match for match in map(NUMBER.fullmatch, texts) if match]
    units = {match[2] for match in found}
    unit = units.pop() if len(units) == 1 else ""
    return unit if unit and 2 * len(found) > len(texts) else ""


def _bare(cell: Any, unit: str) -> Any:
    if isinstance(cell, str) and (match := NUMBER.fullmatch(cell.translate(MINUSES))):
        return match[1] if match[2] == unit else cell
    return cell


def numerals_of(
    table: Table, dated: Sequence[str], wish: str, separator: str, said: Said
) -> Mapping[str, Numerals]:
    """How numbers are written, for each column.

    Numbers such as 1,234 may be read in two ways. The other numbers of the column decide, then
    those of the other columns, and then how smooth the column is in either way.

    Parameters
    ----------
    table : Table
    dated : sequence of str
        Columns of dates, which say nothing about numbers.
    wish : str
        The decimal sign, if the user names it.
    separator : str
        What stands between the cells of the file.
    said : Said
        Gets what was decided and guessed.

    Raises
    ------
    UnusableData
        If the numbers of a column contradict each other, or nothing decides.
    """
    if wish and wish not in OTHER:
        raise UnusableData(f"--decimal {wish!r}: give a point or a comma")
    if wish:
        return {name: Numerals(wish) for name in table.names}
    decided: dict[str, str] = {}
    unsure: dict[str, list[str]] = {}
    for column in table.columns:
        if column.name in dated or not any(isinstance(cell, str) for cell in column.cells):
            continue
        texts = [c.translate(MINUSES) for c in column.cells if isinstance(c, str)]
        texts = [text for text in texts if "," in text or "." in text]
        sure = {d: next(filter(_DECIDING[d].fullmatch, texts), "") for d in OTHER}
        if all(sure.values()):
            _refuse_both(table, column, sure)
        if any(sure.values()):
            sign = next(d for d in OTHER if sure[d])
            if strange := _out_of_range(column, texts, sign):
                _refuse_both(table, column, sure | {OTHER[sign]: strange})
            decided[column.name] = sign
        elif all(any(map(_UNSURE[d].fullmatch, texts)) for d in OTHER):
            _refuse_both(
                table, column, {d: next(filter(_UNSURE[d].fullmatch, texts)) for d in OTHER}
            )
        elif any(_UNSURE[d].fullmatch(text) for d in OTHER for text in texts):
            unsure[column.name] = texts
    common = Counter(decided.values()).most_common()
    usual = common[0][0] if common else ""
    dotted = any(map(_has_dotted_dates, table.columns))
    for name, texts in unsure.items():
        column = table.column(name)
        agreed = usual if len(common) == 1 else ""
        decided[name] = _resolved(column, texts, agreed, said, separator, dotted)
    _say(table, decided, said)
    fallback = usual or Counter(decided.values() or ["."]).most_common()[0][0]
    return {name: Numerals(decided.get(name, fallback)) for name in table.names}


def _refuse_both(table: Table, column: Column, sure: Mapping[str, str]) -> None:
    places = {d: table.place(_first(column, text)) for d, text in sure.items()}
    raise UnusableData(
        f"column {column.name!r} has numbers with decimal points, {sure['.']!r} in {places['.']}, "
        f"and with decimal commas, {sure[',']!r} in {places[',']}: leave out the wrong ones, as "
        f"with --decimal . --missing {sure[',']!r}"
    )


def _out_of_range(column: Column, texts: Sequence[str], sign: str) -> str:
    """A number that is among the others only if its sign, which is not theirs, is a decimal one."""
    other = OTHER[sign]
    unsure = [text for text in texts if _UNSURE[other].fullmatch(text)]
    if not unsure:
        return ""
    rest = Numerals(sign).column([cell for cell in column.cells if cell not in set(unsure)])
    rest = rest[np.isfinite(rest)]
    low, high = float(rest.min()), float(rest.max())
    around = max(high - low, abs(low), abs(high))
    for text in unsure:
        whole, broken = Numerals(sign).parse(text), Numerals(other).parse(text)
        outside = whole < low - around or whole > high + around
        if outside and low - around <= broken <= high + around:
            return text
    return ""


def _first(column: Column, text: str) -> int:
    return next(
        k for k, c in enumerate(column.cells) if isinstance(c, str) and c.translate(MINUSES) == text
    )


def _resolved(
    column: Column, texts: Sequence[str], usual: str, said: Said, separator: str, dotted: bool
) -> str:
    """The decimal sign of a column in which every number may be read in two ways."""
    sign = "," if any("," in text for text in texts) else "."
    example = next(text for text in texts if sign in text)
    if usual:
        if usual != sign:
            said.guessed.append(
                f"{column.name}: {NAMES[sign]} separate thousands, {example!r}, as "
                f"{NAMES[usual]} are the decimal signs of other numbers (--decimal {sign!r} if not)"
            )
        return usual
    steps = {d: _roughness(Numerals(d).column(column.cells)) for d in OTHER}
    other = OTHER[sign]
    if len(texts) < len(column.cells) and steps[sign] > SMOOTHER * steps[other]:
        said.guessed.append(
            f"{column.name}: {NAMES[sign]} separate thousands, {example!r}: the column jumps if "
            f"they are decimal signs (--decimal {sign!r})"
        )
        return other
    if sign == "," and dotted:
        said.guessed.append(
            f"{column.name}: the comma of {example} is a decimal one, as dates with points go with "
            f"decimal commas (--decimal . makes it {example.replace(',', '')})"
        )
        return sign
    if sign == "," or (dotted and separator != ","):
        raise UnusableData(
            f"column {column.name!r}: {example!r} may be {example.replace(',', '.')} or "
            f"{example.replace(sign, '')}, and no other number decides: say which with "
            "--decimal , or --decimal ."
        )
    if separator != ",":
        said.guessed.append(
            f"{column.name}: the point of {example} is a decimal one (--decimal , makes it "
            f"{example.replace('.', '')})"
        )
    return sign


def _has_dotted_dates(column: Column) -> bool:
    """Whether its first cells are dates such as 13.02.2025."""
    some = [cell for cell in column.cells[:20] if isinstance(cell, str) and cell]
    return bool(some) and all(map(_DOTTED.match, some))


def _roughness(values: NDArray[np.float64]) -> float:
    """Mean step as a share of the range."""
    values = values[np.isfinite(values)]
    width = float(np.ptp(values)) if len(values) else 0.0
    return float(np.mean(np.abs(np.diff(values)))) / width if width > 0 else 0.0


def _say(table: Table, decided: Mapping[str, str], said: Said) -> None:
    if "," in decided.values():
        names = [name for name, sign in decided.items() if sign == ","]
        among = "" if len(names) == len(decided) else f" in {listed(names)}"
        said.layout.append(f"decimal commas{among}")


def refuse_other_notation(
    table: Table, column: Column, numbers: NDArray[np.float64], decimal: str
) -> None:
    """Refuse cells that look like numbers and are none with this decimal sign.

    Raises
    ------
    UnusableData
        If there is one; the message names it.
    """
    for row in np.flatnonzero(np.isnan(numbers)):
        cell = column.cells[row]
        if isinstance(cell, str) and _SIGNS.fullmatch(cell.translate(MINUSES)):
            raise UnusableData(
                f"column {column.name!r}, {table.place(row)}: {cell!r} is no number with decimal "
                f"{NAMES[decimal]}, as the others have: mend it, or leave it out with "
                f"--missing {cell!r}"
            )
