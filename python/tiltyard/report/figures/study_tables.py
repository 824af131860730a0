"""What the figures are drawn from: the tables of a study, and which methods a figure shows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from tiltyard.engine.grid.axes import Configuration
from tiltyard.engine.statistics.replicates import METHOD_KEY
from tiltyard.engine.statistics.summary import is_solved
from tiltyard.report.figures.settings import SETTING, Setting, pooled, setting_name
from tiltyard.studies.derivatives.study import Paths, Study

#: Column that says whether a method solved its cell, as the ranks count it.
SOLVED = "solved"


@dataclass(frozen=True)
class Tables:
    """The tables of one study, or of the part of it that is done.

    Parameters
    ----------
    study : str
        Its name.
    summary, ranks, reach, cost : DataFrame
        From the files of the same names.
    differences : mapping
        From ``differences.json``.
    paths : Paths
        Where datasets and evaluations lie.
    configurations : sequence of Configuration
        Of the whole study.
    note : str
        What a reader of any figure must know: estimators switched off, a study half done.
    """

    study: str
    summary: pd.DataFrame
    ranks: pd.DataFrame
    reach: pd.DataFrame
    cost: pd.DataFrame
    differences: dict[str, Any]
    paths: Paths
    configurations: Sequence[Configuration]
    note: str = ""

    @classmethod
    def read(cls, study: Study, paths: Paths, folder: Path, note: str = "") -> Tables:
        """Read the tables of `study` in `folder`; datasets and evaluations are at `paths`."""
        frames = {name: pd.read_csv(folder / f"{name}.csv") for name in TABLES}
        differences = json.loads((folder / "differences.json").read_text(encoding="utf-8"))
        return cls(
            study.name,
            **frames,
            differences=differences,
            paths=paths,
            configurations=study.configurations,
            note=note,
        )

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """The summary's rows of the methods that are ranked, with the column ``solved``."""
        keys = self.ranks[METHOD_KEY]
        return mark_solved(self.summary.merge(keys, on=METHOD_KEY))

    def title(self, text: str) -> str:
        """Title of a figure."""
        note = f"\n({self.note})" if self.note else ""
        return f"Study {self.study}: {text}{note}"

    def settings(self) -> Iterator[tuple[str, str, pd.DataFrame]]:
        """Name, title and rows of the summary, for each figure that is drawn per setting."""
        groups = list(self.summary.groupby(list(SETTING), sort=True))
        if pooled(len(groups)):
            yield setting_name(None), f"median over {len(groups)} settings", self.summary
            return
        for (signal, samples, noise_model), rows in groups:
            setting = Setting(str(signal), int(str(samples)), str(noise_model))
            yield setting_name(setting), setting.title, rows


TABLES = ("summary", "ranks", "reach", "cost")


def mark_solved(summary: pd.DataFrame) -> pd.DataFrame:
    """`summary` with ``solved``: whether all replicates of a row are ``ok``."""
    return summary.assign(**{SOLVED: is_solved(summary)})


def by_algorithm(ranks: pd.DataFrame) -> pd.DataFrame:
    """`ranks` by place; an algorithm in two languages once, by its better ranked one."""
    return ranks.sort_values("place", kind="stable").drop_duplicates("method")


def choose(ranks: pd.DataFrame, count: int, of_family: int) -> pd.DataFrame:
    """At most `count` rows of `ranks`: of each family the best few, then the best of the rest.

    Parameters
    ----------
    ranks : DataFrame
        Method, ``family`` and ``place``.
    count : int
        Rows in all.
    of_family : int
        Rows of each family that come before all others.

    Returns
    -------
    DataFrame
        By place.
    """
    algorithms = by_algorithm(ranks)
    number = algorithms.groupby("family").cumcount()
    order = number.where(number < of_family, of_family).sort_values(kind="stable").index
    return algorithms.loc[order[:count]].sort_values("place", kind="stable")


__all__ = ["METHOD_KEY", "SOLVED", "Tables", "by_algorithm", "choose", "mark_solved"]
