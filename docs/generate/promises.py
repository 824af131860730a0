"""Write the tables of docs/promises.md from finished studies of throughput, and README's summary.

    python docs/generate/promises.py [--print] [STUDY ...]

A study's table has a row for each claim and workload that it is about, and what was measured. The
summary counts the promises of each guide on that page, so that it cannot say anything else.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from marked import write_lines

from tiltyard.studies.throughput.statistics.verdicts import CONTRADICTED, FAILS, HOLDS, NOT_TESTABLE

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "promises.md"
README = ROOT / "README.md"
#: Lines of README between which the summary stands.
BEGIN = "<!-- Promises counted: `python docs/generate/promises.py` writes them anew. -->"
END = "<!-- End of the promises counted. -->"


class Guide(NamedTuple):
    """A guide whose promises the page holds against measurements.

    Attributes
    ----------
    words : str
        What it promises something of.
    anchor : str
        Heading of the page.
    studies : tuple of str
        Studies whose tables the page has of it, in their order.
    example : str
        Number of a promise that README shows, with what was measured on the first workload.
    beside : tuple of Path and str, or None
        A page with a table of the same guide that no study made, and the line before it. Of a
        promise that has a row in both, that one counts.
    """

    words: str
    anchor: str
    studies: tuple[str, ...]
    example: str
    beside: tuple[Path, str] | None = None


GUIDES = (
    Guide("counting alleles", "counting-alleles", ("alleles",), "7"),
    Guide(
        "streaming reads",
        "streaming-reads",
        ("reads",),
        "9a",
        (ROOT / "docs" / "reads.md", "<!-- The figures: `make bench-reads` writes them anew. -->"),
    ),
    Guide(
        "scoring spots of a tissue",
        "scoring-spots-of-a-tissue",
        ("spatial",),
        "S6",
        (
            ROOT / "docs" / "spatial.md",
            "<!-- The guide's claims: `make bench-spatial-peers` writes them anew. -->",
        ),
    ),
    Guide("embedding sequences", "embedding-sequences", ("sequences",), "1"),
    Guide("the study of derivatives", "the-study-of-derivatives-itself", ("levels",), "4"),
)
STUDIES = tuple(study for guide in GUIDES for study in guide.studies)
#: Number of a promise; those that belong together have letters.
NUMBER = re.compile(r"\w?\d+[a-z]*")
#: Columns that every table has at least, and which one has the figure in a table of no study.
_LEAST, _BESIDE = 5, 2
HEADS = ("", "promise", "workload", "promised", "measured", "verdict", "why, and what follows")

#: Of README's table: an example, and how many promises of each verdict there are.
SUMMARY_HEADS = (
    *("guide to", "for example", "measured", "promises"),
    *("hold", "do not hold", "contradicted", "not testable here"),
)


def begin(study: str) -> str:
    """The line of the page before the tables of `study`."""
    return f"<!-- Claims of {study}: `python docs/generate/promises.py` writes them anew. -->"


def end(study: str) -> str:
    """The line of the page after the tables of `study`."""
    return f"<!-- End of the claims of {study}. -->"


def claim_lines(folder: Path) -> Iterator[str]:
    """Lines of the table of claims of the study in `folder`."""
    table = pd.read_csv(folder / "claims.csv", keep_default_na=False)
    yield f"| {' | '.join(HEADS)} |"
    yield f"| {' | '.join(['---'] * len(HEADS))} |"
    for row in table.to_dict("records"):
        yield f"| {' | '.join(_cells(row))} |"


def _cells(row: dict[str, str]) -> list[str]:
    reasons = [row["reason"]]
    if row["outlook"]:
        fraction = f"serial fraction {_digits(row['serial_fraction'])}"
        span = f"{_digits(row['serial_fraction_low'])} to {_digits(row['serial_fraction_high'])}"
        allowed = row["allows"].replace(" / ", " or ")
        reasons.append(f"{fraction} ({span}), and it allows {allowed}: {row['outlook']}")
    return [
        str(row["number"]),
        row["sentence"],
        row["workload"],
        row["promised"],
        _measured(row),
        row["verdict"],
        "; ".join(filter(None, reasons)),
    ]


def _measured(row: dict[str, str]) -> str:
    if row["measured"] == "":
        return ""
    span = f" ({_digits(row['measured_low'])} to {_digits(row['measured_high'])})"
    by = f", `{row['strategy']}`" if row["strategy"] else ""
    return (
        f"{_digits(row['measured'])}{span if row['measured_low'] != '' else ''} {row['unit']}{by}"
    )


def _digits(value: str | float) -> str:
    """Three significant digits; nothing for what is not known."""
    if value == "":
        return ""
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def machine_line(folder: Path) -> str:
    """On which machine the study was measured, and in how many rounds."""
    rows = pd.read_parquet(folder / "results.parquet", columns=["machine", "cores", "trial"])
    machines = ", ".join(sorted({*rows["machine"].dropna()} - {""}))
    cores = ", ".join(f"{one:g}" for one in sorted(set(rows["cores"].dropna())))
    return f"Machine {machines}; cores of a job: {cores}; rounds: {rows['trial'].nunique()}."


class Held(NamedTuple):
    """A promise held against one workload.

    Attributes
    ----------
    sentence, measured, verdict, reason : str
    """

    sentence: str
    measured: str
    verdict: str
    reason: str


def promises_of(page: str, guide: Guide) -> dict[tuple[str, str], list[Held]]:
    """Each promise of a guide, by study and number, on each workload."""
    found: dict[tuple[str, str], list[Held]] = {}
    for study in guide.studies:
        found |= _rows(page, begin(study), study, HEADS.index("measured"))
    if guide.beside is not None:
        path, mark = guide.beside
        found |= _rows(path.read_text(encoding="utf-8"), mark, guide.studies[0], _BESIDE)
    return found


def _rows(page: str, mark: str, study: str, measured: int) -> dict[tuple[str, str], list[Held]]:
    """The promises of a table behind a line of a page; `measured` is a column's number."""
    found: dict[tuple[str, str], list[Held]] = {}
    _, rest = page.split(mark)
    for line in rest.split("<!-- ")[0].splitlines():
        cells = line.removeprefix("| ").removesuffix(" |").split(" | ")
        if len(cells) >= _LEAST and NUMBER.fullmatch(cells[0]):
            held = Held(cells[1], cells[measured], cells[-2], cells[-1])
            found.setdefault((study, cells[0]), []).append(held)
    return found


def verdict_of(rows: list[Held]) -> str:
    """What is said of a promise by its verdicts on workloads: it fails where one of them does.

    Where none is testable here, it is contradicted if what a workload allows contradicts it.
    """
    verdicts = {row.verdict for row in rows}
    if FAILS in verdicts:
        return FAILS
    if HOLDS in verdicts:
        return HOLDS
    outlooks = {row.reason.rpartition(": ")[2] for row in rows}
    return CONTRADICTED if CONTRADICTED in outlooks else NOT_TESTABLE


def summary_lines(page: str) -> Iterator[str]:
    """Lines of the summary: how many promises of each guide hold, by its tables on the page."""
    yield f"| {' | '.join(SUMMARY_HEADS)} |"
    yield f"|{' --- |' * len(SUMMARY_HEADS)}"
    total: Counter[str] = Counter()
    for guide in GUIDES:
        promises = promises_of(page, guide)
        verdicts = Counter(map(verdict_of, promises.values()))
        total += verdicts
        example = promises[guide.studies[0], guide.example][0]
        link = f"[{guide.words}](docs/promises.md#{guide.anchor})"
        yield _summary_line((link, example.sentence, example.measured), verdicts)
    yield _summary_line(("all of them", "", ""), total)


def _summary_line(words: tuple[str, str, str], verdicts: Counter[str]) -> str:
    counts = (verdicts[name] for name in (HOLDS, FAILS, CONTRADICTED, NOT_TESTABLE))
    cells = (*words, *map(str, (verdicts.total(), *counts)))
    return f"| {' | '.join(cells)} |"


def main(arguments: list[str]) -> None:
    """Print the tables, and replace those of the page and of README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="*", help="by default those with results")
    parser.add_argument("--print", action="store_true", help="leave the page as it is")
    asked = parser.parse_args(arguments)
    there = [study for study in STUDIES if (ROOT / "results" / study / "claims.csv").exists()]
    for study in asked.studies or there:
        folder = ROOT / "results" / study
        if not (folder / "claims.csv").exists():
            raise SystemExit(f"{folder}: no results; make study CONFIG=config/{study}.yaml")
        lines = "\n".join([machine_line(folder), "", *claim_lines(folder)])
        print(lines)
        if not asked.print:
            write_lines(PAGE, begin(study), end(study), lines)
    summary = "\n".join(summary_lines(PAGE.read_text(encoding="utf-8")))
    print(summary)
    if not asked.print:
        write_lines(README, BEGIN, END, summary)


if __name__ == "__main__":
    main(sys.argv[1:])
