"""Lines of a page that stand between two marks, which scripts write anew."""

from __future__ import annotations

from pathlib import Path

from tiltyard.engine.files.atomic import write_text


def with_lines(text: str, begin: str, end: str, lines: str) -> str:
    """The text of a page with `lines` between its marks, with an empty line on both sides.

    Raises
    ------
    ValueError
        If the text does not have each of the marks once, or in another order.
    """
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(
            f"the page needs the lines {begin!r} and {end!r}, each once, in this order"
        )
    before, rest = text.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n\n{lines.strip()}\n\n{end}{after}"


def write_lines(page: Path, begin: str, end: str, lines: str) -> None:
    """Replace what stands between the marks of a page.

    Raises
    ------
    ValueError
        As `with_lines`.
    """
    write_text(page, with_lines(page.read_text(encoding="utf-8"), begin, end, lines))
