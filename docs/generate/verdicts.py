"""Write the table of verdicts by kind into docs/verdicts.md.

    tiltyard verdicts --seeds 50 --jobs 2 --output after.csv
    python docs/generate/verdicts.py [--print] after.csv [before.csv]

Both files are tables of single verdicts. With the second, cells say what was before and after.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
from marked import write_lines

from tiltyard.advice.kinds import find_kinds
from tiltyard.advice.verdict_counts import counted
from tiltyard.advice.verdict_table import COMPARED, before_and_after, markdown_lines, shown

PAGE = Path(__file__).resolve().parents[1] / "verdicts.md"
#: Lines of the page between which the table stands.
BEGIN = "<!-- Table of `tiltyard verdicts`: docs/generate/verdicts.py writes it anew. -->"
END = "<!-- End of the table of `tiltyard verdicts`. -->"


#: Columns of text, which are empty in most rows.
TEXTS = ("refused", "lacking", "falsely_said")


def counts_of(file: Path) -> pd.DataFrame:
    """The counts of a table of single verdicts."""
    table = pd.read_csv(file, dtype=dict.fromkeys(TEXTS, str))
    return counted(table.fillna(dict.fromkeys(TEXTS, "")))


def lines_of(after: pd.DataFrame, before: pd.DataFrame | None = None) -> list[str]:
    """The table of the page in Markdown, and what each kind is."""
    table = shown(after)[["kind", *COMPARED]] if before is None else before_and_after(before, after)
    return [*markdown_lines(table), "", *kind_lines(table["kind"])]


def kind_lines(names: Iterable[str]) -> list[str]:
    """What each kind of record is."""
    own = [name for name in names if name != "all"]
    rows = [(kind.name, kind.what) for kind in find_kinds(own)]
    return markdown_lines(pd.DataFrame(rows, columns=["kind", "what it is"]))


def main(arguments: Sequence[str]) -> None:
    """Print the table, and replace that of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("after", type=Path)
    parser.add_argument("before", type=Path, nargs="?")
    parser.add_argument("--print", action="store_true", help="leave the page as it is")
    asked = parser.parse_args(arguments)
    before = None if asked.before is None else counts_of(asked.before)
    lines = lines_of(counts_of(asked.after), before)
    print("\n".join(lines))
    if not asked.print:
        write_lines(PAGE, BEGIN, END, "\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1:])
