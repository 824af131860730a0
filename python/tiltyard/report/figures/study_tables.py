"""What the figures are drawn from: the tables of a study, and which methods a figure shows."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from tiltyard.engine.kind import Kind
from tiltyard.engine.statistics.summary import is_ranked, is_solved
from tiltyard.engine.statistics.tables import DIFFERENCES, read_json, read_summary, read_table
from tiltyard.engine.study import Study
from tiltyard.report.figures.settings import (
    ALL,
    pooled,
    setting_axes,
    setting_name,
    setting_title,
)

#: Letters of a title that fit in a line.
TITLE_LETTERS = 100
#: Column that says whether a method solved its cell, as the ranks count it.
SOLVED = "solved"


@dataclass(frozen=True)
class Tables:
    """The tables of a study, or of the part of it that is done.

    Parameters
    ----------
    study : Study
    folder : path
        Where they lie.
    note : str
        What a reader of any figure must know: methods switched off, a study half done.
    """

    study: Study
    folder: Path
    note: str = ""

    @property
    def kind(self) -> Kind:
        return self.study.kind

    @cached_property
    def summary(self) -> pd.DataFrame:
        return read_summary(self.study, self.folder)

    @cached_property
    def ranks(self) -> pd.DataFrame:
        return self.table("ranks")

    @cached_property
    def cost(self) -> pd.DataFrame:
        return self.table("cost")

    @cached_property
    def differences(self) -> dict[str, Any]:
        return read_json(self.study, self.folder / DIFFERENCES)

    def table(self, name: str) -> pd.DataFrame:
        """The table in ``<name>.csv``."""
        return read_table(self.study, self.folder / f"{name}.csv")

    @cached_property
    def ranked(self) -> pd.DataFrame:
        """The summary's rows of the methods that are ranked, with the column ``solved``."""
        return mark_solved(self.summary[is_ranked(self.summary)].reset_index(drop=True))

    @cached_property
    def families(self) -> list[str]:
        """Families as their colours go."""
        found = sorted(set(self.summary["family"]))
        known = list(self.kind.families)
        return [*known, *(family for family in found if family not in known)]

    def title(self, text: str) -> str:
        """Title of a figure."""
        note = textwrap.fill(f"({self.note})", TITLE_LETTERS) if self.note else ""
        return "\n".join(filter(None, [f"Study {self.study.name}: {text.strip()}", note]))

    def settings(self) -> Iterator[tuple[str, str, pd.DataFrame]]:
        """Name, title and rows of the summary, for each figure that is drawn per setting."""
        axes = setting_axes(self.kind)
        groups = list(self.summary.groupby(axes, sort=True)) if axes else [((), self.summary)]
        if pooled(len(groups)):
            yield ALL, f"median over {len(groups)} settings", self.summary
            return
        for _, rows in groups:
            values = {name: rows[name].iloc[0] for name in axes}
            yield setting_name(self.kind, values), setting_title(self.kind, values), rows


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
    best_first = number.where(number < of_family, of_family).sort_values(kind="stable").index
    return algorithms.loc[best_first[:count]].sort_values("place", kind="stable")
