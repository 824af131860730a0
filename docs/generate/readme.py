"""Write what README.md states of the default study from its results.

    python docs/generate/readme.py [results/default]

The figures also go to readme.json beside this file: tests compare README with that file, and that
file with the results where there are any.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from marked import with_lines

from tiltyard.engine.files.atomic import write_text

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "README.md"
RECORD = Path(__file__).with_suffix(".json")
#: Lines of the page between which the text stands.
BEGIN = "<!-- These figures: `make pictures` writes them anew. -->"
END = "<!-- End of the figures. -->"
#: A mean rank has so many digits after the point: `ranks.csv` of two machines agree in them.
DIGITS = 2


def figures_of(folder: Path) -> dict[str, Any]:
    """The figures that README states, from the tables of the default study in `folder`."""
    ranks = pd.read_csv(folder / "ranks.csv")
    first, second = ranks.iloc[0], ranks.iloc[1]
    summary = pd.read_csv(folder / "summary.csv", keep_default_na=False, na_values=[""])
    best = summary[summary["ranked"] & (summary["place"] == 1)]
    names = best["method"].value_counts()
    reach = pd.read_csv(folder / "reach.csv").sort_values("noise_level")
    return {
        "ranked": len(ranks),
        "best": [_place(first, names), _place(second, names)],
        "cells": int(first["cells"]),
        "threshold": float(reach["threshold"].iloc[0]),
        "reach": [
            {
                "noise_level": float(row.noise_level),
                "reach": int(row.reach),
                "model_reach": int(row.model_reach),
            }
            for row in reach.itertuples(index=False)
        ],
    }


def _place(row: pd.Series[Any], names: pd.Series[int]) -> dict[str, Any]:
    """A method of the leaderboard, and in how many cells it is the best."""
    return {
        "method": row["method"],
        "mean_rank": round(float(row["mean_rank"]), DIGITS),
        "first_in": int(names.get(row["method"], 0)),
    }


def text(found: dict[str, Any]) -> str:
    """The figures in words."""
    first, second = found["best"]
    levels = found["reach"]
    lines = [
        f"`{first['method']}` has the best mean rank, {first['mean_rank']:.{DIGITS}f} among"
        f" {found['ranked']} ranked estimators.",
        f"`{second['method']}` follows with {second['mean_rank']:.{DIGITS}f}.",
        f"Of the {found['cells']} cells the first has the smallest median error in"
        f" {first['first_in']}, the second in {second['first_in']}.",
        "",
        "| noise, as a share of the signal's standard deviation | "
        + " | ".join(_short(level["noise_level"]) for level in levels)
        + " |",
        "| --- |" + " --- |" * len(levels),
        f"| highest order recovered by any estimator (nRMSE below {found['threshold']:g}) | "
        + " | ".join(str(level["reach"]) for level in levels)
        + " |",
        "| and by a fit of the signal's own equation | "
        + " | ".join(str(level["model_reach"]) for level in levels)
        + " |",
    ]
    return "\n".join(lines)


def _short(value: float) -> str:
    """``1e-4``, but ``0.001``."""
    plain = np.format_float_scientific(value, trim="-", exp_digits=1)
    return plain if value < 1e-3 else f"{value:g}"


def with_figures(page: str, found: dict[str, Any]) -> str:
    """The text of `page` with `found` between the two lines."""
    return with_lines(page, BEGIN, END, text(found))


def main(folder: Path) -> None:
    """Replace the figures of the page, and note them."""
    found = figures_of(folder)
    write_text(RECORD, json.dumps(found, indent=1) + "\n")
    write_text(PAGE, with_figures(PAGE.read_text(encoding="utf-8"), found))


if __name__ == "__main__":
    main(Path(*sys.argv[1:2]) if sys.argv[1:] else ROOT / "results" / "default")
