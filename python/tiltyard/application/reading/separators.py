"""Text to rows of cells: what stands between cells, quotes and comments."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tiltyard.application.reading.shapes import is_empty, is_value
from tiltyard.application.series import UnusableData

#: What may stand between cells, with its name; the first of several that fit alike is taken.
SEPARATORS = {
    "\t": "tabs",
    ";": "semicolons",
    ",": "commas",
    "|": "vertical bars",
    "  ": "two blanks or more",
    " ": "blanks",
}
#: First signs of a line that is a comment.
COMMENTS = ("#", "%", "//", "!")
#: Lines that only draw a rule, as below the names of a table.
RULE = re.compile(r"[-=+:|\s_]{3,}")
#: So many lines decide on the separator.
ENOUGH = 400
#: What seldom stands within a cell is taken if it fits nearly as well as the best: columns of words
#: cost it a little.
SELDOM, NEARLY = "\t;|", 0.75
#: A quoted cell goes on over so many lines at most.
LONGEST = 50


@dataclass(frozen=True)
class Row:
    """Cells of one line.

    Attributes
    ----------
    line : int
        Where it begins, from 1.
    cells : list
        Without blanks around them; text, or of a workbook numbers and dates; None: nothing.
    """

    line: int
    cells: list[Any]

    @property
    def width(self) -> int:
        """Number of cells up to the last one that is not empty."""
        return next(
            (k for k in range(len(self.cells), 0, -1) if not is_empty(self.cells[k - 1])), 0
        )


@dataclass(frozen=True)
class Comment:
    """A line that is no row."""

    line: int
    text: str


def split_lines(text: str) -> list[str]:
    """The lines of a text, whichever system wrote it."""
    return re.split(r"\r\n|\r|\n", text)


def rows_of(text: str, wish: str = "") -> tuple[list[Row], list[Comment], str]:
    """The rows of a text that are not blank, its comments, and what stands between cells.

    Raises
    ------
    UnusableData
        If the wished separator is none of `SEPARATORS`.
    """
    lines = split_lines(text)
    numbered = list(enumerate(lines, 1))
    if hint := re.fullmatch(r"(?i)sep=(.)", lines[0].strip('" ')):
        wish, numbered = wish or hint[1], numbered[1:]
    kept = [(number, line) for number, line in numbered if line.strip() and not _is_rule(line)]
    comments = [
        Comment(number, line.strip()) for number, line in kept if line.lstrip().startswith(COMMENTS)
    ]
    apart = {comment.line for comment in comments}
    kept = [(number, line) for number, line in kept if number not in apart]
    if kept and all(re.fullmatch(r'\s*"[^"]*[,;\t][^"]*"\s*', line) for _, line in kept):
        kept = [(number, line.strip()[1:-1]) for number, line in kept]  # quoted line by line
    separator = _checked(wish) if wish else _separator([line for _, line in kept])
    return _split(kept, separator), comments, separator


def cells_of(line: str, separator: str) -> list[Any]:
    """The cells of a single line."""
    return _split([(1, line)], separator)[0].cells


def _checked(wish: str) -> str:
    named = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";"}
    separator = named.get(wish, wish)
    if separator not in SEPARATORS and (len(separator) != 1 or separator.isalnum()):
        raise UnusableData(f"--separator {wish!r}: give one sign, such as ',', or tab, or space")
    return separator


def _is_rule(line: str) -> bool:
    return bool(RULE.fullmatch(line)) and not line.isspace() and any(s in line for s in "-=_")


def _separator(lines: Sequence[str]) -> str:
    """The separator by which most rows have the same number of cells that are values."""
    first, middle = lines[: ENOUGH // 4], lines[len(lines) // 2 - len(lines) // 4 :]
    sample = list(enumerate([*first, *middle[:ENOUGH]] if len(lines) > ENOUGH else lines))
    scores = {one: _score(_split(sample, one)) for one in SEPARATORS}
    best = max(scores, key=scores.__getitem__)
    seldom = (one for one in SELDOM if scores[one] >= NEARLY * scores[best] > 0)
    return next(seldom, best)


def _score(rows: Sequence[Row]) -> float:
    """How far the rows look like rows of values; those of a single cell do not count."""
    # More than a value for each two cells, or a single one beside an empty or a word.
    filled = [(row, sum(map(is_value, row.cells))) for row in rows if len(row.cells) > 1]
    widths = Counter(row.width for row, values in filled if values)
    if not widths:
        return 0.0
    usual = max(widths, key=lambda width: (widths[width], width))
    return sum(
        values / max(sum(not is_empty(cell) for cell in row.cells), 1)
        for row, values in filled
        if row.width == usual > 1
    )


def _split(lines: Sequence[tuple[int, str]], separator: str) -> list[Row]:
    if separator == "  ":
        parts = [(number, re.split(r" {2,}|\s*\t\s*", line.strip())) for number, line in lines]
    elif separator == " ":
        parts = [(number, _between_blanks(line)) for number, line in lines]
    else:
        parts = _quoted(lines, separator)
    return [Row(number, [_bare(cell) for cell in cells]) for number, cells in parts]


def _between_blanks(line: str) -> list[str]:
    if '"' not in line:
        return line.split()
    reader = csv.reader([" ".join(line.split())], delimiter=" ", skipinitialspace=True)
    return next(reader)


def _quoted(lines: Sequence[tuple[int, str]], separator: str) -> list[tuple[int, list[str]]]:
    """Cells between separators; a quoted cell may hold separators and ends of lines."""
    if not any('"' in line for _, line in lines):
        return [(number, line.split(separator)) for number, line in lines]
    found, place = [], 0
    while place < len(lines):
        number, whole = lines[place]
        last = place
        while whole.count('"') % 2 and last + 1 < len(lines) and last - place < LONGEST:
            last += 1
            whole += "\n" + lines[last][1]
        if whole.count('"') % 2:  # inches, or a quote that nobody closed
            whole, last = lines[place][1], place
            found.append((number, whole.split(separator)))
        else:
            reader = csv.reader(
                whole.splitlines(True), delimiter=separator, skipinitialspace=separator != "\t"
            )
            found.append((number, next(reader)))
        place = last + 1
    return found


def _bare(cell: str) -> str:
    """The cell without blanks and single quotes around it."""
    bare = cell.strip()
    if len(bare) > 1 and bare[0] == bare[-1] == "'":
        return bare[1:-1].strip()
    return bare.removeprefix("'") if bare[:2] in ("'+", "'-", "'=") else bare
