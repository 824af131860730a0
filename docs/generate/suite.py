"""Write the tables of docs/suite.md from the results of the suite and of its part at 101 samples.

    python docs/generate/suite.py [--print] [results/suite [results/suite_101]]

Each study that has results fills the part of the page between its two lines. All numbers are those
of `tiltyard compare --method gaussian_process_warped` with --by, --bands and --worst.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from marked import with_lines

from tiltyard.application.estimation import WINNER
from tiltyard.engine.files.atomic import write_text
from tiltyard.engine.statistics import calibration, contest, rivals
from tiltyard.engine.study import Study
from tiltyard.studies.derivatives.suite import DIVISIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "suite.md"
STUDIES = ("suite", "suite_101")
#: Lines of the page between which the tables of a study stand.
BEGIN = "<!-- Tables of config/{}.yaml: `make suite` writes them anew. -->"
END = "<!-- End of the tables of config/{}.yaml. -->"
METHOD = (WINNER, "python")
#: Divisions as the page calls them.
LABELS = {
    "system": "systems",
    "development": "development signals",
    "proof": "proof signals",
    "non-smooth": "non-smooth signals",
}
BREAKS = "non-smooth"
SMOOTH = tuple(name for name in DIVISIONS if name != BREAKS)
#: Cells in a list of the worst.
WORST = 10


def lines_of(study: Study) -> list[str]:
    """The tables of a study in Markdown, with what stands between them."""
    reference = contest.reference_of(study, "")
    cells, others = rivals.cells_of(study, METHOD, reference)
    smooth = cells["division"].ne(BREAKS)
    parts = [
        list(standing_lines(cells, others)),
        list(level_lines(cells)),
        ["**Bands**, and CRPS over that of the reference, by order of the derivative:"],
        list(band_lines(study, reference)),
    ]
    for words, rows in (("smooth", cells[smooth]), ("non-smooth", cells[~smooth])):
        if len(rows):
            title = f"**Where it loses**: the {WORST} worst cells of the {words} signals."
            parts += [[title], list(worst_lines(rows, study.cell, reference[0]))]
    return [line for part in parts for line in (*part, "")]


def standing_lines(cells: pd.DataFrame, others: int) -> Iterator[str]:
    """One row a division: ratios to the reference, and how it stands against all others."""
    sizes = sorted(cells["samples"].unique())
    by_size = rivals.standing(cells, ["division", "samples"]).set_index(["division", "samples"])
    yield from head(
        "division",
        "cells",
        f"ratio at {', '.join(map(str, sizes))} samples",
        f"above {rivals.TOO_FAR:g}",
        "largest",
        f"within {rivals.NEAR:g} × of the best of {others} others",
        "best of all",
        "regret",
    )
    found = rivals.standing(cells, ["division"]).set_index("division")
    for division in present(cells, DIVISIONS):
        row = found.loc[division]
        ratios = [by_size["ratio"].get((division, size), np.nan) for size in sizes]
        yield line(
            LABELS[division],
            f"{row['cells']:,}",
            ", ".join(map(number, ratios)),
            str(row["too_far"]),
            number(row["worst"]),
            percent(row["near"]),
            percent(row["won"]),
            number(row["regret"]),
        )


def level_lines(cells: pd.DataFrame) -> Iterator[str]:
    """Ratios by noise level, one row a division of smooth signals."""
    levels = sorted(cells["noise_level"].unique())
    found = rivals.standing(cells, ["division", "noise_level"])
    found = found.set_index(["division", "noise_level"])
    yield from head("noise level", *map(short, levels))
    for division in present(cells):
        for name, column, write in (("ratio", "ratio", number), ("near the best", "near", percent)):
            values = [found[column].get((division, level), np.nan) for level in levels]
            yield line(f"{name}, {LABELS[division]}", *map(write, values))


def band_lines(study: Study, reference: tuple[str, str]) -> Iterator[str]:
    """Shares of the truth inside the bands and CRPS ratios, by division and order."""
    by = calibration.of_study(study, METHOD, reference, ["division", "order"])
    whole = calibration.of_study(study, METHOD, reference, ["division"]).set_index("division")
    orders = sorted(order for order in by["order"].unique() if order != "all")
    found = by.set_index(["division", "order"])
    bands = study.kind.measures.bands
    columns = [(name, f"in the {percent(share)} band", percent) for name, share in bands.items()]
    columns.append((f"{study.kind.measures.band_score}_ratio", "CRPS ratio", number))
    yield from head("order", *map(str, orders), "all")
    for division in present(whole.reset_index()):
        for name, words, write in columns:
            values = [found[name].get((division, order), np.nan) for order in orders]
            values.append(whole[name][division])
            yield line(f"{words}, {LABELS[division]}", *map(write, values))


def worst_lines(cells: pd.DataFrame, cell: Sequence[str], reference: str) -> Iterator[str]:
    """The worst cells, with the best other estimator of each."""
    shown = [name for name in cell if cells[name].nunique() > 1 or name == "signal"]
    yield from head(
        *(name.replace("_", " ") for name in shown),
        "nRMSE",
        f"over that of `{reference}`",
        "best other",
        "its nRMSE",
        "times its error",
    )
    for row in rivals.worst_first(cells, cell).head(WORST).to_dict("records"):
        place = [f"`{row[name]}`" if name == "signal" else short(row[name]) for name in shown]
        rival = f"`{row['rival']}`" if row["rival"] else "nobody solved it"
        if row["rival"] and row["rival_language"] != METHOD[1]:
            rival += f" ({row['rival_language'].title()})"
        yield line(
            *place,
            number(row["error"]) if np.isfinite(row["error"]) else "not solved",
            number(row["ratio"]),
            rival,
            number(row["rival_error"]) if row["rival"] else "",
            number(row["behind"]),
        )


def present(rows: pd.DataFrame, divisions: Sequence[str] = SMOOTH) -> list[str]:
    """Those of the `divisions` that `rows` have."""
    return [name for name in divisions if rows["division"].eq(name).any()]


def head(*names: str) -> Iterator[str]:
    """The first two lines of a table."""
    yield line(*names)
    yield line(*["---"] * len(names))


def line(*texts: str) -> str:
    """A line of a table."""
    return f"| {' | '.join(texts)} |"


def number(value: float) -> str:
    """Two significant digits; nothing for what is not known."""
    if np.isnan(value):
        return ""
    if np.isinf(value):
        return "∞"
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10.0 else short(rounded)


def percent(value: float) -> str:
    """A share; nothing for what is not known."""
    return "" if np.isnan(value) else f"{100.0 * value:.0f} %"


def short(value: float | str) -> str:
    """``1e-4``, but ``0.001``; texts as they are."""
    if isinstance(value, str):
        return value
    if value == 0.0 or value >= 1e-3:
        return f"{value:g}"
    return np.format_float_scientific(value, trim="-", exp_digits=1)


def with_tables(page: str, name: str, lines: Sequence[str]) -> str:
    """The text of `page` with `lines` as the tables of the study `name`."""
    text = "\n".join(lines).replace("\n\n\n", "\n\n")
    return with_lines(page, BEGIN.format(name), END.format(name), text)


def main(arguments: Sequence[str]) -> None:
    """Print the tables, and replace those of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--print", action="store_true", help="leave the page as it is")
    asked = parser.parse_args(arguments)
    folders = asked.folders or [ROOT / "results" / name for name in STUDIES]
    there = [folder for folder in folders if (folder / "summary.csv").exists()]
    if not there:
        raise SystemExit(f"{folders[0]}: it has no results; run `make suite`")
    page = PAGE.read_text(encoding="utf-8")
    for folder in there:
        study = Study.read(folder / "study.json", folder)
        lines = lines_of(study)
        print(f"{folder}:\n", *lines, sep="\n")
        page = with_tables(page, study.name, lines)
    if not asked.print:
        write_text(PAGE, page)


if __name__ == "__main__":
    main(sys.argv[1:])
