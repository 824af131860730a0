"""Which workloads and strategies a static figure shows, and how they look and are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tiltyard.report.figures.style import COLOURS, MARKERS
from tiltyard.studies.throughput.statistics.launches import SETTING

#: Workloads that a figure shows; the page has all.
MOST_WORKLOADS = 4
#: Strategies that a panel shows, those of the least seconds.
MOST_STRATEGIES = 10
#: Letters of a strategy's or workload's name that are drawn.
LONGEST = 34
#: Error bars.
BARS: Any = {"elinewidth": 0.8, "capsize": 2.0}


def shown_settings(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Settings that are drawn: all if they are few, else some from the first to the last."""
    found = list(dict.fromkeys(table[SETTING].itertuples(index=False, name=None)))
    if len(found) <= MOST_WORKLOADS:
        return found
    places = np.linspace(0, len(found) - 1, MOST_WORKLOADS).round().astype(int)
    return [found[place] for place in places]


def of_setting(table: pd.DataFrame, setting: tuple[str, str]) -> pd.DataFrame:
    """Rows of `table` of one setting."""
    return table[table[SETTING].eq(list(setting)).all(axis=1)]


def setting_title(setting: tuple[str, str], settings: Sequence[tuple[str, str]]) -> str:
    """Name of a setting; its machine only where there are several."""
    workload, machine = setting
    several = len({machine for _, machine in settings}) > 1
    return shortened(f"{workload} on {machine}" if several and machine else workload, 60)


def left_out_words(table: pd.DataFrame) -> str:
    """What is not drawn, for the title; "" if all is."""
    count = len(table[SETTING].drop_duplicates())
    shown = len(shown_settings(table))
    return f"\n({shown} of {count} workloads; the page has all)" if shown < count else ""


def without_tags(table: pd.DataFrame, *tags: str) -> pd.DataFrame:
    """Rows whose tags have none of `tags`."""
    keeps = [set(tags).isdisjoint(own.split(",")) for own in table["tags"]]
    return table[np.array(keeps, dtype=bool)]


def within_cores(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of strategies with no more workers than cores; more have a table of their own."""
    return table[~(table["workers"] > table["cores"])]


def quickest(table: pd.DataFrame, column: str, most: int = MOST_STRATEGIES) -> pd.DataFrame:
    """At most so many rows of one setting, of the least of `column`; the least first."""
    known = table[table[column].notna()]
    return known.sort_values([column, "strategy"], kind="stable").head(most)


def shortened(name: str, longest: int = LONGEST) -> str:
    """`name` with its middle left out where it is too long to be drawn."""
    if len(name) <= longest:
        return name
    half = (longest - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def look(place: int) -> tuple[str, str]:
    """Colour and marker of the series of number `place`."""
    return COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]


def reaches(rows: pd.DataFrame, name: str) -> list[list[float]]:
    """Lengths of error bars below and above the column `name`, none negative."""
    below = (rows[name] - rows[f"{name}_low"]).clip(lower=0.0).fillna(0.0)
    above = (rows[f"{name}_high"] - rows[name]).clip(lower=0.0).fillna(0.0)
    return [list(below), list(above)]
