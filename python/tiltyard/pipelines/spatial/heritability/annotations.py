"""P values of the spots of an annotation as one, of one sample or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tiltyard.pipelines.spatial.faults import InputError
from tiltyard.pipelines.spatial.heritability.results import read_values
from tiltyard.pipelines.spatial.reading.opening import open_scores
from tiltyard.pipelines.spatial.rule.combining import cauchy

#: Columns of the table.
COLUMNS = ("annotation", "samples", "spots", "used", "dropped", "p_cauchy", "p_median", "q95")


def combine(
    results: Sequence[Path], folders: Sequence[Path], formula: str, annotation: str = ""
) -> tuple[Any, Any]:
    """A row for each annotation, and how many spots of it each sample has.

    Parameters
    ----------
    results : sequence of path
        Merged results of one trait, a sample each.
    folders : sequence of path
        Scores of all samples, in any order: they say the annotation of each spot.
    formula : str
        Which rule of outliers.
    annotation : str
        Column with the annotation, of scores that are not ours.

    Raises
    ------
    InputError
        If results are of different traits or no whole, or the scores of one are missing.
    """
    annotations = _annotations(folders, annotation)
    parts, traits = [], {}
    for number, path in enumerate(results):
        frame, facts = read_values(path)
        traits[facts["trait"]] = path
        if facts["end"] - facts["start"] != facts["spots"]:
            raise InputError(f"{path} is a range; merge all ranges first: tiltyard spatial merge")
        if facts["spots_sha256"] not in annotations:
            raise InputError(f"{path}: none of --scores has its spots; name the folder of them")
        own = annotations[facts["spots_sha256"]]
        parts.append(frame.assign(annotation=own, sample=f"{number}:{facts['project']}"))
    if len(traits) > 1:
        names = ", ".join(f"{trait} ({path})" for trait, path in traits.items())
        raise InputError(f"results of different traits cannot be combined: {names}")
    whole = pd.concat(parts, ignore_index=True)
    rows = [_row(name, own, formula) for name, own in whole.groupby("annotation", sort=True)]
    counts = whole.groupby(["annotation", "sample"], sort=True).size().reset_index(name="spots")
    counts["sample"] = counts["sample"].str.partition(":")[2]
    return pd.DataFrame(rows, columns=list(COLUMNS)), counts


def _annotations(folders: Sequence[Path], annotation: str) -> Mapping[str, list[str]]:
    found = {}
    for folder in folders:
        store = open_scores(folder, annotation)
        found[store.spots_sha256] = list(store.annotation)
        store.close()
    return found


def _row(name: Any, spots: Any, formula: str) -> dict[str, Any]:
    fine = spots[spots["status"] == "ok"]
    p = fine["p"].to_numpy(np.float64)
    row = {"annotation": name, "samples": spots["sample"].nunique(), "spots": len(spots)}
    if not len(p):
        nothing = dict.fromkeys(("p_cauchy", "p_median", "q95"), np.nan)
        return row | {"used": 0, "dropped": 0} | nothing
    combined, dropped = cauchy(p, formula)
    return row | {
        "used": len(p) - dropped,
        "dropped": dropped,
        "p_cauchy": combined,
        "p_median": float(np.median(p)),
        "q95": float(np.quantile(fine["neg_log10_p"], 0.95)),
    }
