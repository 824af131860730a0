"""Write the tables of docs/promises.md from finished studies of throughput.

    python docs/generate/promises.py [--print] [STUDY ...]

A study's table has a row for each claim and workload that it is about, and what was measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from marked import write_lines

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "promises.md"
#: Studies whose tables the page has, in their order.
STUDIES = ("alleles", "levels")
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


def main(arguments: list[str]) -> None:
    """Print the tables, and replace those of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="*", default=list(STUDIES))
    parser.add_argument("--print", action="store_true", help="leave the page as it is")
    asked = parser.parse_args(arguments)
    for study in asked.studies:
        folder = ROOT / "results" / study
        if not (folder / "claims.csv").exists():
            raise SystemExit(f"{folder}: no results; make study CONFIG=config/{study}.yaml")
        lines = "\n".join([machine_line(folder), "", *claim_lines(folder)])
        print(lines)
        if not asked.print:
            write_lines(PAGE, begin(study), end(study), lines)


if __name__ == "__main__":
    main(sys.argv[1:])
