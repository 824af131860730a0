"""From how many workers on more do not help."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from tiltyard.studies.throughput.statistics.base import base_of
from tiltyard.studies.throughput.statistics.launches import FAMILY, Setting
from tiltyard.studies.throughput.statistics.noise import LESS, differs, noise_floor
from tiltyard.studies.throughput.statistics.paired import Estimate, ratio
from tiltyard.studies.throughput.statistics.words import known_to, number


class Enough(NamedTuple):
    """Number of workers beyond which no measured one is really faster; NaN if unknown."""

    workers: float
    sentence: str


def enough_workers(setting: Setting, fastest: str) -> Enough:
    """The number for strategies that differ from `fastest` in their workers alone.

    The best serial strategy stands for one worker. More workers than cores are never recommended;
    where they were tried, the sentence says what they did.
    """
    launches = setting.launches
    base = base_of(launches)
    if not fastest or not base:
        return Enough(np.nan, "Whether more workers help cannot be said: no wall time counts.")
    names = by_workers(launches, base, fastest)
    within = {count: name for count, name in names.items() if count <= setting.cores}
    if len(within) < 2:
        return Enough(
            np.nan, "Whether more workers help cannot be said: one number of them was measured."
        )
    floor = noise_floor(launches).share
    counts = sorted(within)
    enough = next(
        count
        for count in counts
        if not any(
            _quicker(launches, within[more], within[count], floor)
            for more in counts
            if more > count
        )
    )
    said = _sentence(setting, within, enough, floor)
    beyond = {count: name for count, name in names.items() if count > setting.cores}
    return Enough(enough, said + _beyond(setting, within[counts[-1]], beyond))


def by_workers(launches: pd.DataFrame, base: str, fastest: str) -> dict[int, str]:
    """Strategies of the family of `fastest` by their workers, with the base for one."""
    ok = launches[launches["compared"] & launches["ok"]]
    if fastest == base:
        fastest = _widest(ok, base)
    family = ok.loc[ok["method"].eq(fastest), FAMILY].iloc[0]
    own = ok[ok[FAMILY].eq(family).all(axis=1)].sort_values(["workers", "method"])
    found = own.drop_duplicates("workers")
    names = {
        int(count): str(name) for count, name in zip(found["workers"], found["method"], strict=True)
    }
    return {**names, 1: base}


def _widest(ok: pd.DataFrame, base: str) -> str:
    """The strategy with the same block as the base and most workers, the quickest of them."""
    block = ok.loc[ok["method"].eq(base), "block"].iloc[0]
    own = ok[ok["block"].eq(block) & ok["workers"].gt(1)]
    if own.empty:
        own = ok[ok["workers"].gt(1)]
    if own.empty:
        return base
    medians = own.groupby(["workers", "method"])["wall_seconds"].median()
    most = medians.index.get_level_values("workers").max()
    return str(medians[most].idxmin())


def _quicker(launches: pd.DataFrame, more: str, fewer: str, floor: float) -> bool:
    return differs(ratio(launches, more, fewer, "wall_seconds"), floor) == LESS


def _sentence(setting: Setting, within: dict[int, str], enough: int, floor: float) -> str:
    counts = sorted(within)
    top = counts[-1]
    if enough == top:
        found = ratio(setting.launches, within[counts[0]], within[top], "wall_seconds")
        all_cores = ", as many as there were cores" if top == setting.cores else ""
        return (
            f"More workers help up to {top}{all_cores}: {within[top]} is {number(found.value)} × "
            f"as fast as {within[counts[0]]}{known_to(found)}."
        )
    found = ratio(setting.launches, within[top], within[enough], "wall_seconds")
    if not found.rounds:
        return f"Whether more than {_workers(enough)} help cannot be said: no time of more counts."
    helps = "do not help" if floor >= 0.0 else "cannot be said to help"
    return (
        f"More than {_workers(enough)} {helps}: {within[top]} takes {number(found.value)} × the "
        f"time of {within[enough]}{known_to(found)}."
    )


def _beyond(setting: Setting, top: str, beyond: dict[int, str]) -> str:
    """What more workers than cores did."""
    if not beyond:
        return " Nothing was measured of more workers than cores."
    name = beyond[max(beyond)]
    found: Estimate = ratio(setting.launches, name, top, "wall_seconds")
    if not found.rounds:
        return ""
    return (
        f" More workers than the {setting.cores:g} cores, {name}, took {number(found.value)} × the "
        f"time of {top}."
    )


def _workers(count: int) -> str:
    return f"{count} worker{'' if count == 1 else 's'}"
