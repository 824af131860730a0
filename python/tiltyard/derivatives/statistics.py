"""The study's statistics beyond the summary: robustness, differences, reach, cost and alarms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from tiltyard.derivatives import dataset as datasets
from tiltyard.derivatives.catalogue import read_catalogue
from tiltyard.derivatives.estimator import Estimator
from tiltyard.derivatives.signals import find_signal
from tiltyard.derivatives.study import CELL, REPLICATES_SHARE, Paths, Study
from tiltyard.study.alarms import (
    Alarm,
    alarm_table,
    differing_twins,
    flat_estimates,
    identical_errors,
    inexact_truth,
    not_falling,
)
from tiltyard.study.cost import cost_table
from tiltyard.study.differences import differences
from tiltyard.study.files import UnreadableFile, write_text
from tiltyard.study.frames import write_frame
from tiltyard.study.methods import FLAT, NOT_FALLING, TWINS
from tiltyard.study.ranks import robustness
from tiltyard.study.reach import reach
from tiltyard.study.seeds import generator

#: Largest error of a truth, relative to the spread of its order, that no figure of the study can
#: tell from none: the smallest noise level is 1e-8, and the best estimates err by 1e-10.
TRUTH_TOLERANCE = 1e-12
#: Orders at which errors have to fall with the noise, as in the conformance suite.
FALLING_ORDERS = 1
#: Alarm -> the property of the conformance suite whose exemption explains it as well.
EXPLAINED_BY = {FLAT: "not_constant", NOT_FALLING: "falls_with_noise"}
LEVEL, ORDER = "noise_level", "order"


def read_summary(path: Path) -> pd.DataFrame:
    """A study's `summary.csv`; a text that is empty stays one.

    Raises
    ------
    UnreadableFile
        If it is missing, or an older version's.
    """
    if not path.is_file():
        raise UnreadableFile(f"{path}: no such file; `tiltyard merge` writes it")
    texts = ["tags", "oracle"]
    table = pd.read_csv(path, dtype=dict.fromkeys(texts, "str"))
    if missing := {*texts, "place", "flat"} - set(table):
        raise UnreadableFile(
            f"{path}: an older version's, without {', '.join(sorted(missing))}; "
            "`tiltyard merge` writes it again"
        )
    return table.assign(**{name: table[name].fillna("") for name in texts})


def write_statistics(study: Study, paths: Paths, into: Path | None = None) -> list[Alarm]:
    """Write the tables that follow from `summary.csv`, and return the alarms.

    Parameters
    ----------
    study : Study
    paths : Paths
        Where datasets and catalogue lie.
    into : path or None
        Folder of `summary.csv` and of the tables; the study's own if None.
    """
    folder = into or paths.folder
    summary = read_summary(folder / "summary.csv")
    write_frame(robustness(summary, CELL, CELL[0]), folder / "robustness.csv")
    found = differences(summary, CELL, REPLICATES_SHARE)
    write_text(folder / "differences.json", json.dumps(found, indent=1) + "\n")
    table = reach(summary, REPLICATES_SHARE, ORDER, study.reach_threshold)
    write_frame(table, folder / "reach.csv")
    write_frame(cost_table(summary, CELL, "samples"), folder / "cost.csv")
    alarms = list(find_alarms(summary, study, paths))
    write_frame(alarm_table(alarms), folder / "alarms.csv")
    return alarms


def find_alarms(summary: pd.DataFrame, study: Study, paths: Paths) -> Iterator[Alarm]:
    """Every alarm of the study, by kind."""
    entries = read_catalogue(paths.catalogue)
    same = {entry.name: entry.same_as for entry in entries if entry.same_as}
    flat, falls = (explained(entries, *reasons) for reasons in EXPLAINED_BY.items())
    yield from identical_errors(summary, CELL, same)
    twins = {entry.name for entry in entries if TWINS in entry.explained}
    yield from differing_twins(summary, CELL, LEVEL, twins)
    yield from flat_estimates(summary, CELL, LEVEL, ORDER, flat)
    yield from not_falling(summary, CELL, LEVEL, ORDER, FALLING_ORDERS, falls)
    yield from audit_truths(study, paths)


def explained(entries: Sequence[Estimator], alarm: str, exemption: str) -> set[str]:
    """Names of estimators, in any language, that declare why they raise `alarm`."""
    return {
        entry.name for entry in entries if alarm in entry.explained or exemption in entry.exempt
    }


def audit_truths(study: Study, paths: Paths) -> Iterator[Alarm]:
    """Compute the truth of one dataset for each signal again, independently, and compare.

    Which dataset it is follows from the study's seed. A dataset that is not there is left out.
    """
    for signal in study.config["signals"]:
        own = [point.id for point in study.configurations if point.values["signal"] == signal]
        there = [name for name in own if paths.dataset(name).exists()]
        if not there:
            continue
        name = there[int(generator(study.seed, signal, "audit").integers(len(there)))]
        found = datasets.read(paths.dataset(name), name)
        error = find_signal(signal).audit(found.t, found.exact.astype(np.longdouble))
        yield from inexact_truth(name, error, TRUTH_TOLERANCE)
