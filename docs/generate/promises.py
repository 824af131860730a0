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
    """

    words: str
    anchor: str
    studies: tuple[str, ...]


GUIDES = (
    Guide("counting alleles", "counting-alleles", ("alleles",)),
    Guide("the study of derivatives", "the-study-of-derivatives-itself", ("levels",)),
)
STUDIES = tuple(study for guide in GUIDES for study in guide.studies)
#: Number of a promise; those that belong together have letters.
NUMBER = re.compile(r"\w?\d+[a-z]*")
HEADS = ("", "promise", "workload", "promised", "measured", "verdict", "why, and what follows")


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
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"


def machine_line(folder: Path) -> str:
    """On which machine the study was measured, and in how many rounds."""
    rows = pd.read_parquet(folder / "results.parquet", columns=["machine", "cores", "trial"])
    machines = ", ".join(sorted({*rows["machine"].dropna()} - {""}))
    cores = ", ".join(f"{one:g}" for one in sorted(set(rows["cores"].dropna())))
    return f"Machine {machines}; cores of a job: {cores}; rounds: {rows['trial'].nunique()}."


def promises_of(page: str, guide: Guide) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Each promise of a guide, by study and number -> (verdict, reasons) on each workload."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for study in guide.studies:
        _, rest = page.split(begin(study))
        for line in rest.split(end(study))[0].splitlines():
            cells = line.strip("| ").split(" | ")
            if len(cells) >= len(HEADS) and NUMBER.fullmatch(cells[0]):
                found.setdefault((study, cells[0]), []).append((cells[-2], cells[-1]))
    return found


def verdict_of(rows: list[tuple[str, str]]) -> str:
    """What is said of a promise by its verdicts on workloads: it fails where one of them does.

    Where none is testable here, it is contradicted if what a workload allows contradicts it.
    """
    verdicts = {verdict for verdict, _ in rows}
    if FAILS in verdicts:
        return FAILS
    if HOLDS in verdicts:
        return HOLDS
    outlooks = {reason.rpartition(": ")[2] for _, reason in rows}
    return CONTRADICTED if CONTRADICTED in outlooks else NOT_TESTABLE


def summary_lines(page: str) -> Iterator[str]:
    """Lines of the summary: how many promises of each guide hold, by its tables on the page."""
    yield "| guide to | promises | hold | do not hold | contradicted | not testable here |"
    yield "| --- | --- | --- | --- | --- | --- |"
    total: Counter[str] = Counter()
    for guide in GUIDES:
        verdicts = Counter(map(verdict_of, promises_of(page, guide).values()))
        total += verdicts
        yield _summary_line(f"[{guide.words}](docs/promises.md#{guide.anchor})", verdicts)
    yield _summary_line("all of them", total)


def _summary_line(words: str, verdicts: Counter[str]) -> str:
    counts = (verdicts[name] for name in (HOLDS, FAILS, CONTRADICTED, NOT_TESTABLE))
    return f"| {words} | {verdicts.total()} | {' | '.join(map(str, counts))} |"


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
